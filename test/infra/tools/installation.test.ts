import { mkdirSync, writeFileSync } from 'node:fs';
import { devNull } from 'node:os';
import { join } from 'node:path';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { startLocalEnvironment } from '../../../infra/local/environment.ts';
import { findInstallation } from '../../../infra/tools/installation.ts';
import { runTool } from '../../support/run-tool.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

describe('a deployed stage', () => {
  it('is not found without a region', async () => {
    const { code, stdout, stderr } = await runTool('grants', ['export']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(
      /^gmail-offline-access: AWS cannot be used \([^\n]*[Rr]egion[^\n]*AWS_REGION[^\n]*\n$/,
    );
  });

  it('is not found under a name that is none', async () => {
    const { stderr } = await runTool('grants', ['export', '--stage', 'PROD']);
    expect(stderr).toMatch(/^gmail-offline-access: that is no stage: [^\n]*\n$/);
  });

  it('is not found where there is no such queue', async () => {
    const environment = await startLocalEnvironment({
      port: 0,
      googlePort: 0,
      dataFolder: temporaryFolder(),
      demoMessages: 1,
      sync: false,
      bundles: inject('bundles'),
    });
    onTestFinished(() => environment.close());
    const { stderr } = await runTool('grants', ['export', '--stage', 'test'], {
      AWS_ENDPOINT_URL_SQS: environment.aws.sqsEndpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'a',
      AWS_SECRET_ACCESS_KEY: 'b',
    });
    expect(stderr).toMatch(
      /^gmail-offline-access: there is no stage "test" in this AWS account and region; /,
    );
  });
});

describe('the environment of npm start', () => {
  const nothingRuns = /nothing runs in the data folder .*; begin with npm start, or .* DATA_DIR=/;

  it('is not found where nothing was ever started', async () => {
    const environment = { DATA_DIR: temporaryFolder() };
    await expect(findInstallation({ local: true }, environment)).rejects.toThrow(nothingRuns);
  });

  it('is not found where it was killed', async () => {
    const DATA_DIR = join(temporaryFolder(), 'data');
    mkdirSync(DATA_DIR);
    writeFileSync(join(DATA_DIR, 'lock'), '');
    writeFileSync(join(DATA_DIR, 'environment.json'), '{}');
    await expect(findInstallation({ local: true }, { DATA_DIR })).rejects.toThrow(nothingRuns);
  });

  it('is reached with local credentials, whatever profile, endpoints and proxy the shell has', async () => {
    const dataFolder = temporaryFolder();
    const local = await startLocalEnvironment({
      port: 0,
      googlePort: 0,
      dataFolder,
      demoMessages: 1,
      sync: false,
      bundles: inject('bundles'),
    });
    onTestFinished(() => local.close());
    const environment: Record<string, string | undefined> = {
      DATA_DIR: dataFolder,
      AWS_PROFILE: 'work',
      AWS_USE_FIPS_ENDPOINT: 'true',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
      NO_PROXY: '.example.com',
    };
    const { name, variables } = await findInstallation({ local: true }, environment);
    expect(name).toBe('local');
    expect(variables['GRANTS_TABLE']).toBe(local.aws.tableNames.grants);
    expect(environment).toEqual({
      DATA_DIR: dataFolder,
      AWS_CONFIG_FILE: devNull,
      AWS_SHARED_CREDENTIALS_FILE: devNull,
      NO_PROXY: '.example.com,localhost,127.0.0.1,[::1]',
      no_proxy: '.example.com,localhost,127.0.0.1,[::1]',
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_ENDPOINT_URL_DYNAMODB: local.aws.dynamodbEndpoint,
      AWS_ENDPOINT_URL_KMS: local.aws.kmsEndpoint,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: local.aws.secretsManagerEndpoint,
      AWS_ENDPOINT_URL_SQS: local.aws.sqsEndpoint,
      AWS_ENDPOINT_URL_EVENTBRIDGE: local.aws.eventBridgeEndpoint,
    });
  });
});
