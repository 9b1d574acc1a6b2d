import { KMSClient } from '@aws-sdk/client-kms';
import { createLoginMac } from '../../lambdas/aws/login-mac.ts';
import type { Site } from './site.ts';

/** Attributes that the site sets later on, which the MAC of a consent or a link does not cover. */
const free = ['mac', 'takenBy', 'takenAt'];

/** Puts a row into a site's table of logins as the site itself would, with the MAC that no other writer can make. */
export async function putSigned(
  { aws, put }: Pick<Site, 'aws' | 'put'>,
  row: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { kmsEndpoint: endpoint, region, credentials, loginKey: keyId } = aws;
  const kms = new KMSClient({ endpoint, region, credentials });
  try {
    const covered = Object.entries(row).filter(([name]) => !free.includes(name));
    const mac = createLoginMac({ keyId, version: '1' }, kms);
    await put('logins', { ...row, mac: await mac.of(Object.fromEntries(covered)) });
  } finally {
    kms.destroy();
  }
}
