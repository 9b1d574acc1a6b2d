import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { Problem, type ProblemOptions } from '../errors.ts';
import { decodeText, withoutByteOrderMark } from '../text.ts';
import { clientOptions, isConfigurationError } from './client-options.ts';

/** The problem texts of a missing or empty secret, and of one that may not be read. */
interface SecretProblems {
  readonly missing: Pick<ProblemOptions, 'detail' | 'remedy'>;
  readonly unreadable: Pick<ProblemOptions, 'detail' | 'remedy'>;
}

/** One client for all secrets of a function, so that a cold start opens one connection to Secrets Manager. */
export function connectSecrets(): SecretsManagerClient {
  return new SecretsManagerClient(clientOptions);
}

/**
 * Reads a secret as text, its newest version at each call.
 *
 * @throws Problem `misconfigured` with the texts in `faults`, `storage_unavailable` if it cannot be reached
 */
export function createSecretReader(
  secretId: string,
  faults: SecretProblems,
  client = connectSecrets(),
): () => Promise<string> {
  return async () => {
    try {
      const { SecretString: text = '', SecretBinary: bytes } = await client.send(
        new GetSecretValueCommand({ SecretId: secretId }),
      );
      return bytes === undefined ? withoutByteOrderMark(text) : decodeText(bytes);
    } catch (cause) {
      if (cause instanceof ResourceNotFoundException) {
        throw new Problem('misconfigured', { ...faults.missing, cause });
      }
      if (!isConfigurationError(cause)) throw new Problem('storage_unavailable', { cause });
      throw new Problem('misconfigured', { ...faults.unreadable, cause });
    }
  };
}
