import { Problem } from '../../lambdas/errors.ts';
import type { Grant, GrantStore } from '../../lambdas/grants/grant.ts';
import type { TokenCipher } from '../../lambdas/grants/token-cipher.ts';
import { decryptRefreshToken } from '../../lambdas/grants/vault.ts';
import type { ImportLine } from './import-line.ts';
import { inOrder } from './in-order.ts';
import type { Output } from './output.ts';

interface ExportDependencies {
  readonly grants: Pick<GrantStore, 'find'>;
  readonly listGrants: () => AsyncIterable<
    readonly { readonly accountId: string; readonly status: string }[]
  >;
  readonly cipher: Pick<TokenCipher, 'decrypt'>;
  readonly output: Output;
  readonly audit: (record: { event: string; count: number; bound: number; unreadable: number }) => void;
}

type Exported =
  | { readonly line: string; readonly isBound: boolean }
  | { readonly unreadable: true }
  | { readonly error: unknown }
  | undefined;

/** Grants decrypted at once. */
const atOnce = 4;

/**
 * Writes the refresh token of every active grant in clear, one per line, in the format of the import. Tokens that are
 * bound to a key are marked: the import refuses them. The audit line always reports how many tokens were written.
 *
 * @returns how many were written, how many of these are bound to a key, and how many do not decrypt
 * @throws Problem `vault_unavailable` if the caller may not decrypt; errors of the tables
 */
export async function exportGrants(
  dependencies: ExportDependencies,
): Promise<{ count: number; bound: number; unreadable: number }> {
  const { output, audit } = dependencies;
  let count = 0;
  let bound = 0;
  let unreadable = 0;
  try {
    for await (const exported of inOrder(activeAccounts(dependencies), atOnce, (id) =>
      exportOne(id, dependencies),
    )) {
      if (exported === undefined) continue;
      if ('error' in exported) throw exported.error;
      if ('unreadable' in exported) {
        unreadable += 1;
        continue;
      }
      await output.write(exported.line);
      count += 1;
      if (exported.isBound) bound += 1;
    }
    return { count, bound, unreadable };
  } finally {
    audit({ event: 'grants exported', count, bound, unreadable });
  }
}

async function* activeAccounts({ listGrants }: ExportDependencies): AsyncGenerator<string> {
  for await (const page of listGrants()) {
    for (const { accountId, status } of page) if (status === 'active') yield accountId;
  }
}

async function exportOne(accountId: string, { grants, cipher }: ExportDependencies): Promise<Exported> {
  try {
    const grant = await grants.find(accountId);
    if (grant?.status !== 'active') return undefined;
    const line = JSON.stringify(lineOf(grant, await decryptRefreshToken(grant, cipher)));
    return { line, isBound: grant.boundTo !== undefined };
  } catch (error) {
    return error instanceof Problem && error.code === 'grant_unreadable' ? { unreadable: true } : { error };
  }
}

function lineOf({ accountId, scopes, boundTo, owner, email }: Grant, refreshToken: string): ImportLine {
  return {
    account: accountId,
    refreshToken,
    scopes: [...scopes],
    ...(boundTo !== undefined && { boundTo }),
    ...(owner !== undefined && { owner }),
    ...(email !== '' && { email }),
  };
}
