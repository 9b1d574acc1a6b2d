import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { startLocalEnvironment } from '../../../infra/local/environment.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

it('tells the tools where the services are while it runs: names and addresses on loopback, no secret', async () => {
  const dataFolder = temporaryFolder();
  const file = join(dataFolder, 'environment.json');
  const environment = await startLocalEnvironment({
    port: 0,
    googlePort: 0,
    dataFolder,
    demoMessages: 1,
    sync: false,
    bundles: inject('bundles'),
  });
  const told: Record<string, string> = JSON.parse(readFileSync(file, 'utf8'));
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(told).toMatchObject({
    ORIGIN: environment.origin,
    GRANTS_TABLE: environment.aws.tableNames.grants,
    AWS_ENDPOINT_URL_KMS: environment.aws.kmsEndpoint,
  });
  for (const [name, value] of Object.entries(told)) {
    expect(name).not.toMatch(/ACCESS_KEY|SECRET_ACCESS|SESSION_TOKEN/);
    if (/^https?:/.test(value)) expect(value).toMatch(/^http:\/\/(127\.0\.0\.1|localhost):/);
  }
  await environment.close();
  expect(existsSync(file)).toBe(false);
});
