import { expect, test } from 'vitest';
import { logDecryptions } from '../../../lambdas/grants/log-decryptions.ts';
import type { EncryptionContext } from '../../../lambdas/grants/token-cipher.ts';
import { bindingCipher } from '../../support/doubles/binding-cipher.ts';
import { recordingLog } from '../../support/doubles/recording-log.ts';

const service = 'gmail-offline-access';
const refresh = { service, accountId: '107', clientId: 'client', tokenKind: 'refresh' } as const;
const login = { service, loginId: 'hash-canary', clientId: 'client', tokenKind: 'login' } as const;

function build() {
  const log = recordingLog();
  const kms = bindingCipher();
  return { log, kms, cipher: logDecryptions(kms, 'sync a mailbox', log) };
}

test.each<[EncryptionContext, object]>([
  [refresh, { tokenKind: 'refresh', accountId: '107', reason: 'sync a mailbox' }],
  [login, { tokenKind: 'login', reason: 'sync a mailbox' }],
])(
  'a decryption leaves a line that says which kind of token, whose and what for: %o',
  async (context, said) => {
    const { cipher, log } = build();
    const ciphertext = await cipher.encrypt('1//canary', context);
    expect(log.lines).toEqual([]);
    expect(await cipher.decrypt(ciphertext, context)).toBe('1//canary');
    expect(log.lines).toEqual([{ level: 'info', event: 'token decrypted', accountId: undefined, ...said }]);
    expect(JSON.stringify(log.lines)).not.toContain('canary');
  },
);

test('what the key did not decrypt leaves none, and the problem stays what it was', async () => {
  const { cipher, kms, log } = build();
  const ciphertext = await cipher.encrypt('1//canary', refresh);
  kms.available = false;
  await expect(cipher.decrypt(ciphertext, refresh)).rejects.toMatchObject({ code: 'vault_unavailable' });
  expect(log.lines).toEqual([]);
});
