import { resolve } from 'node:path';
import { GetQueueUrlCommand, QueueDoesNotExist, SQSClient } from '@aws-sdk/client-sqs';
import { clientOptions } from '../../lambdas/aws/client-options.ts';
import { readEnvironmentFile } from '../local/environment-file.ts';
import { reachLocalServices } from '../local/reach-local-services.ts';
import { namesOf, stageName } from '../names.ts';
import { variablesOf } from '../settings.ts';
import type { Options } from './command-line.ts';
import { ToolError, UsageError } from './tool-error.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/** An installation that a tool works on. */
export interface Installation {
  /** The stage, or `local`. */
  readonly name: string;
  /** The variables of its functions. */
  readonly variables: Variables;
}

/**
 * Finds the installation: a deployed stage, by the shell's AWS credentials and region, or the one that `npm start` runs
 * in the data folder. AWS clients created afterwards connect to it.
 *
 * @param environment of this process; for `--local`, the endpoints of the local services are set in it
 * @throws ToolError if it does not exist
 */
export async function findInstallation(
  options: Options,
  environment: NodeJS.ProcessEnv,
): Promise<Installation> {
  const { stage = 'prod', local = false } = options;
  const given = givenVariables(options);
  if (local) return { name: 'local', variables: { ...enterLocal(environment), ...given } };
  if (!stageName.form.test(stage)) {
    throw new UsageError(`that is no stage: give ${stageName.words}`);
  }
  const { settings, syncQueue } = namesOf(stage);
  const queueUrl = await findQueue(stage, syncQueue);
  return { name: stage, variables: { ...variablesOf({ ...settings, syncQueue: queueUrl }), ...given } };
}

/** The options of the deployment that are not stored under a fixed name in AWS. */
function givenVariables(options: Options): Variables {
  return variablesOf({
    scopes: options.scopes,
    dailyUnits: options['daily-units'],
    copy: options['no-copy'] ? 'off' : undefined,
  });
}

function enterLocal(environment: NodeJS.ProcessEnv): Variables {
  const folder = resolve(environment['DATA_DIR'] || '.local');
  const variables = readEnvironmentFile(folder);
  if (variables === undefined) {
    throw new ToolError(
      `nothing runs in the data folder ${folder}; begin with npm start, or name another folder with DATA_DIR=…`,
    );
  }
  reachLocalServices(environment);
  for (const [name, value] of Object.entries(variables)) {
    if (name.startsWith('AWS_')) environment[name] = value;
  }
  if (!environment['AWS_ACCESS_KEY_ID'] || !environment['AWS_SECRET_ACCESS_KEY']) {
    // The embedded services ignore credentials; the SDK requires them.
    Object.assign(environment, { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' });
  }
  return variables;
}

/** The first call to AWS: if it fails, all others would fail, too. */
async function findQueue(stage: string, QueueName: string): Promise<string> {
  const sqs = new SQSClient(clientOptions);
  try {
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
    if (QueueUrl !== undefined) return QueueUrl;
    throw new ToolError('SQS names no queue URL; try again');
  } catch (error) {
    if (error instanceof ToolError) throw error;
    if (error instanceof QueueDoesNotExist) {
      throw new ToolError(
        `there is no stage "${stage}" in this AWS account and region; choose another with --stage, or see to the credentials and AWS_REGION`,
      );
    }
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    throw new ToolError(
      `AWS cannot be used (${reason}); see to the credentials and to AWS_REGION, or name the environment of npm start with --local`,
    );
  } finally {
    sqs.destroy();
  }
}
