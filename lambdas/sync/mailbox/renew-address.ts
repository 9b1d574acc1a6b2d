import { randomUUID } from 'node:crypto';
import type { MailboxKey } from '../../copied-message.ts';
import type { Grant } from '../../grants/grant.ts';
import { mailboxOf } from '../../mail-address.ts';
import { type SyncQueue, sendMessage } from './sync-queue.ts';

/** The addresses by which grants are found. Conditional writes return whether they took place. */
export interface GrantAddresses {
  /** The other grants with this address: at most one, except among rows of older releases. */
  othersWith(email: string, accountId: string): Promise<readonly MailboxKey[]>;
  /**
   * Stores the address of a grant if the consent is still the same. The account is found by it only if Google vouches
   * for it.
   */
  put(grant: Pick<Grant, 'accountId' | 'consentId'>, shown: ShownAddress): Promise<boolean>;
  /** Clears the address of an account's grant if it is still this one. */
  drop(accountId: string, email: string): Promise<boolean>;
}

interface ShownAddress {
  readonly email: string;
  /** Whether Google vouches for it. Otherwise the address may belong to another account by now. */
  readonly emailVerified: boolean;
}

/**
 * Stores the address that Google returns for a grant now, and announces a change. An administrator may rename a user
 * and give the address to another user. So the address is taken from any other grant, which is then not found by an
 * address until Google returns its own. An address for which Google does not vouch is taken from no grant, and no
 * account is found by it.
 *
 * @throws Problem `storage_unavailable`; the next consent or comparison does the rest
 */
export async function renewAddress(
  grant: Pick<Grant, 'accountId' | 'generation' | 'consentId' | 'email' | 'emailUnverified'>,
  shown: ShownAddress,
  { addresses, queue }: { readonly addresses: GrantAddresses; readonly queue: SyncQueue },
): Promise<void> {
  const { email, emailVerified } = shown;
  if (email === '') return;
  const others = await addresses.othersWith(email, grant.accountId);
  if (others.length > 0 && !emailVerified) {
    if (grant.email !== '') await addresses.drop(grant.accountId, grant.email);
    return;
  }
  for (const other of others) {
    await enqueueRenamed(other, queue);
    await addresses.drop(other.accountId, email);
  }
  const isSame = mailboxOf(email) === mailboxOf(grant.email);
  if (isSame && emailVerified === !grant.emailUnverified) return;
  if (!isSame) await enqueueRenamed(grant, queue);
  await addresses.put(grant, shown);
}

/** Enqueues the announcement of the change: only the account's worker writes the account's feed. */
async function enqueueRenamed({ accountId, generation }: MailboxKey, queue: SyncQueue): Promise<void> {
  await sendMessage({ kind: 'renamed', accountId, generation, jobId: randomUUID() }, queue);
}
