import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { Site } from './site.ts';

/** The secret that holds a site's OAuth client, in the hands of its operator. */
export interface SiteSecret {
  read(): Promise<string>;
  upload(text: string): Promise<void>;
  close(): void;
}

/** Reaches for the Secrets Manager of a site. */
export function secretOf({ aws }: Pick<Site, 'aws'>): SiteSecret {
  const { secretsManagerEndpoint: endpoint, region, credentials, clientSecretId: SecretId } = aws;
  const client = new SecretsManagerClient({ endpoint, region, credentials });
  return {
    read: async () => (await client.send(new GetSecretValueCommand({ SecretId }))).SecretString ?? '',
    upload: async (text) => {
      await client.send(new PutSecretValueCommand({ SecretId, SecretString: text }));
    },
    close: () => client.destroy(),
  };
}
