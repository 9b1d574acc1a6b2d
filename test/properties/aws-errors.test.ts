import { KMSClient } from '@aws-sdk/client-kms';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { isConfigurationError } from '../../lambdas/aws/client-options.ts';
import { createClientSecretReader } from '../../lambdas/aws/client-secret.ts';
import { callConditionally, callTable } from '../../lambdas/aws/table.ts';
import { createTokenCipher } from '../../lambdas/aws/token-key.ts';
import { describeError } from '../../lambdas/log.ts';
import { almost, bounded, laterOrProblem, numRuns } from './support.ts';

vi.stubEnv('AWS_REGION', 'us-east-1');
vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');

const names = [
  'AccessDeniedException',
  'ThrottlingException',
  'KMSInvalidStateException',
  'ResourceNotFoundException',
  '',
  'constructor',
];

/** What the SDK throws, nearly; and anything at all. */
const thrown = fc.oneof(
  fc
    .tuple(
      fc.constantFrom(...names),
      fc.string(),
      almost(fc.constant({ code: 'ECONNRESET', $metadata: { httpStatusCode: 400 } })),
    )
    .map(([name, message, more]) => {
      const error = Object.assign(new Error(message), more);
      // Its properties came from elsewhere: some cannot be set, and what is shown must not depend on that.
      Object.defineProperty(error, 'name', { value: name });
      return error;
    }),
  fc.anything(),
);

const context = {
  service: 'gmail-offline-access',
  accountId: '1',
  clientId: 'c',
  tokenKind: 'refresh',
} as const;

describe('whatever AWS answers', () => {
  test('of a table is a problem', async () => {
    const property = fc.asyncProperty(thrown, async (error) => {
      const call = () => Promise.reject(error);
      expect(
        await laterOrProblem(() => callTable(call()), 'misconfigured', 'storage_unavailable'),
      ).toBeUndefined();
      await laterOrProblem(() => callConditionally(call()), 'misconfigured', 'storage_unavailable');
    });
    await fc.assert(property, { numRuns });
  });

  test('of the token key is a problem', async () => {
    let error: unknown;
    const client = new KMSClient(failing(() => error));
    const cipher = createTokenCipher('key', client);
    const property = fc.asyncProperty(thrown, async (any) => {
      error = any;
      await laterOrProblem(
        () => cipher.encrypt('token', context),
        'vault_unavailable',
        'grant_unreadable',
        'misconfigured',
      );
      await laterOrProblem(
        () => cipher.decrypt(new Uint8Array(1), context),
        'vault_unavailable',
        'grant_unreadable',
        'misconfigured',
      );
    });
    await fc.assert(property, { numRuns });
    client.destroy();
  });

  test('of the secret is a problem', async () => {
    let error: unknown;
    const client = new SecretsManagerClient(failing(() => error));
    const property = fc.asyncProperty(thrown, async (any) => {
      error = any;
      await laterOrProblem(
        createClientSecretReader('secret', client),
        'misconfigured',
        'storage_unavailable',
      );
    });
    await fc.assert(property, { numRuns });
    client.destroy();
  });

  test('is told in the log by name, code and place alone', () => {
    const property = fc.property(thrown, (error) => {
      expect(typeof bounded(() => isConfigurationError(error))).toBe('boolean');
      const told = bounded(() => describeError(error));
      expect(Object.keys(told).every((key) => ['errorName', 'errorCode', 'stack'].includes(key))).toBe(true);
      for (const value of Object.values(told)) expect(['string', 'undefined']).toContain(typeof value);
    });
    fc.assert(property, { numRuns });
  });
});

/** A client of which every call fails in this way. */
function failing(error: () => unknown) {
  const handle = async () => {
    throw error();
  };
  return { requestHandler: { handle }, maxAttempts: 1 };
}
