import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import * as v from 'valibot';
import { type AwsCall, arnOf } from './aws-call.ts';
import { type AwsDouble, startAwsDouble } from './aws-double.ts';
import { AwsError, createJsonService, parseRequest } from './json-service.ts';
import { openStateFile } from './state-file.ts';

const versionSchema = v.object({
  id: v.string(),
  value: v.string(),
  isBinary: v.optional(v.boolean(), false),
});
const stateSchema = v.record(v.string(), v.object({ version: v.optional(versionSchema) }));

/** A value is text, or bytes in Base64. */
const value = v.object({ SecretString: v.optional(v.string()), SecretBinary: v.optional(v.string()) });

const bySecret = v.object({ SecretId: v.string() });
const createRequest = v.object({ Name: v.string(), ...value.entries });
const putRequest = v.object({ SecretId: v.string(), ...value.entries });

/** A small AWS Secrets Manager: secrets of text or bytes with their current version, kept on disk. */
export async function startSecretsManager(
  folder: string,
  onCall?: (call: AwsCall) => void,
): Promise<AwsDouble> {
  const file = openStateFile(join(folder, 'secrets.json'), stateSchema, {});
  const secrets = file.state;

  function find(secretId: string) {
    const name = secretId.startsWith('arn:') ? secretId.split(':').slice(6).join(':') : secretId;
    const secret = Object.hasOwn(secrets, name) ? secrets[name] : undefined;
    if (secret === undefined) {
      throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
    }
    return { name, secret };
  }

  const server = createJsonService({
    CreateSecret(input) {
      const { Name, ...given } = parseRequest(createRequest, input);
      if (Object.hasOwn(secrets, Name)) {
        throw new AwsError(
          'ResourceExistsException',
          `The operation failed because the secret ${Name} already exists.`,
        );
      }
      const version = versionOf(given);
      secrets[Name] = { version };
      file.save();
      return { ARN: arn(Name), Name, VersionId: version?.id };
    },
    PutSecretValue(input) {
      const { SecretId, ...given } = parseRequest(putRequest, input);
      const { name, secret } = find(SecretId);
      const version = versionOf(given);
      if (version === undefined) {
        throw new AwsError(
          'InvalidRequestException',
          'You must provide either SecretString or SecretBinary.',
        );
      }
      secret.version = version;
      file.save();
      return { ARN: arn(name), Name: name, VersionId: version.id, VersionStages: ['AWSCURRENT'] };
    },
    GetSecretValue(input) {
      const { name, secret } = find(parseRequest(bySecret, input).SecretId);
      if (secret.version === undefined) {
        throw new AwsError(
          'ResourceNotFoundException',
          "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
        );
      }
      const { id, value, isBinary } = secret.version;
      return {
        ARN: arn(name),
        Name: name,
        VersionId: id,
        [isBinary ? 'SecretBinary' : 'SecretString']: value,
        VersionStages: ['AWSCURRENT'],
      };
    },
    DescribeSecret(input) {
      const { name, secret } = find(parseRequest(bySecret, input).SecretId);
      const versions = secret.version && { [secret.version.id]: ['AWSCURRENT'] };
      return { ARN: arn(name), Name: name, VersionIdsToStages: versions };
    },
  });
  return startAwsDouble(server, 'secretsmanager', onCall);
}

function versionOf({ SecretString, SecretBinary }: v.InferOutput<typeof value>) {
  const value = SecretString ?? SecretBinary;
  return value === undefined ? undefined : { id: randomUUID(), value, isBinary: SecretString === undefined };
}

function arn(name: string): string {
  return arnOf('secretsmanager', `secret:${name}`);
}
