import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { Problem } from '../errors.ts';
import { decodeText, withoutByteOrderMark } from '../text.ts';
import { clientOptions, isOperatorsFault } from './client-options.ts';

/**
 * Reads the secret that holds `client_secret.json`.
 *
 * @throws Problem `misconfigured` when nothing was uploaded yet or it may not be read, `storage_unavailable` when it
 * cannot be reached.
 */
export function createSecretReader(
  secretId: string,
  client: SecretsManagerClient = new SecretsManagerClient(clientOptions),
): () => Promise<string> {
  return async () => {
    try {
      const { SecretString: text = '', SecretBinary: bytes } = await client.send(
        new GetSecretValueCommand({ SecretId: secretId }),
      );
      return bytes === undefined ? withoutByteOrderMark(text) : decodeText(bytes);
    } catch (error) {
      if (error instanceof ResourceNotFoundException) {
        throw new Problem('misconfigured', {
          detail: 'The administrator of this site must still upload client_secret.json.',
          remedy:
            'upload the client_secret.json from Google’s console, as the output UploadClientSecret says',
          cause: error,
        });
      }
      if (!isOperatorsFault(error)) throw new Problem('storage_unavailable', { cause: error });
      throw new Problem('misconfigured', {
        remedy:
          'let this function read the client secret: restore it if it is being deleted, enable its key, or deploy again',
        cause: error,
      });
    }
  };
}
