import { Problem } from '../../lambdas/errors.ts';
import type { Grant, GrantStore } from '../../lambdas/grants/grant.ts';
import type { TokenCipher } from '../../lambdas/grants/token-cipher.ts';
import { decryptRefreshToken } from '../../lambdas/grants/vault.ts';
import type { ImportLine } from './import-line.ts';
import { inOrder } from './in-order.ts';
import type { Output } from './output.ts';

export interface ExportDependencies {
  readonly grants: Pick<GrantStore, 'find'>;
  readonly listGrants: () => AsyncIterable<
    readonly { readonly accountId: string; readonly status: string }[]
  >;
  readonly cipher: Pick<TokenCipher, 'decrypt'>;
  readonly output: Output;
  /** Writes the audit's line. */
  readonly audit: (record: { event: string; count: number; unreadable: number }) => void;
}

type Exported =
  | { readonly line: string }
  | { readonly unreadable: true }
  | { readonly error: unknown }
  | undefined;

/** Grants decrypted at once. */
const atOnce = 4;

/**
 * Gives every active grant's refresh token in clear, one a line, in the form that the import takes. However it ends,
 * the audit is told how many tokens went out.
 *
 * @returns how many were given, and how many do not decrypt
 * @throws Problem `vault_unavailable` when the caller may not decrypt, and as the tables
 */
export async function exportGrants(
  dependencies: ExportDependencies,
): Promise<{ count: number; unreadable: number }> {
  const { output, audit } = dependencies;
  let count = 0;
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
    }
    return { count, unreadable };
  } finally {
    audit({ event: 'grants exported', count, unreadable });
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
    return { line: JSON.stringify(lineOf(grant, await decryptRefreshToken(grant, cipher))) };
  } catch (error) {
    return error instanceof Problem && error.code === 'grant_unreadable' ? { unreadable: true } : { error };
  }
}

function lineOf({ accountId, scopes, owner, email }: Grant, refreshToken: string): ImportLine {
  return {
    account: accountId,
    refreshToken,
    scopes: [...scopes],
    ...(owner !== undefined && { owner }),
    ...(email !== '' && { email }),
  };
}
