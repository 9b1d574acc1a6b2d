import { randomUUID } from 'node:crypto';
import type { MailboxKey } from '../../copied-message.ts';
import type { Grant } from '../../grants/grant.ts';
import { mailboxOf } from '../../mail-address.ts';
import { type SyncQueue, sendMessage } from './sync-queue.ts';

/** The addresses by which grants are found. Conditional writes answer whether they took place. */
export interface GrantAddresses {
  /** The other grants that are found by this address: at most one, but for what older releases stored. */
  othersWith(email: string, accountId: string): Promise<readonly MailboxKey[]>;
  /**
   * Stores the address of a grant if the consent is still the same. The account is then found by it, if Google vouches
   * for it, and by none otherwise.
   */
  put(grant: Pick<Grant, 'accountId' | 'consentId'>, shown: ShownAddress): Promise<boolean>;
  /** Empties the address of an account's grant if it is still this one. */
  drop(accountId: string, email: string): Promise<boolean>;
}

/** An address that Google gave with an account. */
export interface ShownAddress {
  readonly email: string;
  /** Whether Google vouches for it: else the address may have another holder by now. */
  readonly emailVerified: boolean;
}

/**
 * Keeps the address of a grant as Google shows it now, and publishes a change. Administrators rename users and give the
 * address to somebody else: so an address that another grant still has is taken from that one, which is found by none
 * until Google shows its own. An address for which Google does not vouch is taken from none, and finds none.
 *
 * @throws Problem `storage_unavailable`; the next consent or comparison does what is left
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
    await addresses.drop(grant.accountId, email);
    return;
  }
  for (const other of others) {
    await enqueueRenamed(other, queue);
    await addresses.drop(other.accountId, email);
  }
  const isSame = mailboxOf(email) === mailboxOf(grant.email);
  if (isSame && !(emailVerified && grant.emailUnverified)) return;
  if (!isSame) await enqueueRenamed(grant, queue);
  await addresses.put(grant, shown);
}

/** Asks the account's worker to publish the change, since it alone writes the account's feed. */
async function enqueueRenamed({ accountId, generation }: MailboxKey, queue: SyncQueue): Promise<void> {
  await sendMessage({ kind: 'renamed', accountId, generation, jobId: randomUUID() }, queue);
}
