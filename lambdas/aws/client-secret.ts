import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createSecretReader } from './secret.ts';

/** Reads the secret that holds `client_secret.json`; throws what `createSecretReader` throws. */
export function createClientSecretReader(
  secretId: string,
  client?: SecretsManagerClient,
): () => Promise<string> {
  const faults = {
    missing: {
      detail: 'The administrator of this site has not uploaded client_secret.json yet.',
      remedy:
        'upload client_secret.json from Google’s console with the command in the output UploadClientSecret',
    },
    unreadable: {
      remedy:
        'let this function read the client secret: restore it if it is being deleted, enable its key, or deploy again',
    },
  };
  return createSecretReader(secretId, faults, client);
}
