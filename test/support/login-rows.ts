import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createLoginMac } from '../../lambdas/aws/login-mac.ts';
import type { Site } from './site.ts';

/** Attributes that the site sets later on, which the MAC of a consent or a link does not cover. */
const free = ['mac', 'takenBy', 'takenAt'];

/** Puts a row into a site's table of logins as the site itself would, with the MAC that no other writer can make. */
export async function putSigned(
  { aws, put }: Pick<Site, 'aws' | 'put'>,
  row: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { secretsManagerEndpoint: endpoint, region, credentials, loginKey: secretId } = aws;
  const secrets = new SecretsManagerClient({ endpoint, region, credentials });
  try {
    const covered = Object.entries(row).filter(([name]) => !free.includes(name));
    const mac = createLoginMac({ secretId, version: '1' }, secrets);
    await put('logins', { ...row, mac: await mac.of(Object.fromEntries(covered)) });
  } finally {
    secrets.destroy();
  }
}
