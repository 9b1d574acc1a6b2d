import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';

/** A Google account. */
export interface Account {
  /** The account's permanent key: 21 decimal digits. */
  readonly sub: string;
  /** The address, which may change. */
  readonly email: string;
  readonly name: string;
  /** Whether Google has verified that the address belongs to the account; it may be of any other provider. */
  readonly emailVerified: boolean;
  /** The Workspace domain; absent for a consumer account. */
  readonly hd?: string;
  /** An administrator blocks the Gmail API. */
  readonly domainPolicy: boolean;
  /** The account has no Gmail, for example because it was created with another provider's address. */
  readonly withoutGmail: boolean;
  /** How long its further consents last, in seconds; null: without a limit. */
  readonly consentSeconds: number | null;
}

/** The accounts of the local Google. */
export class Accounts {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Returns every account, in the order in which they were made. */
  all(): Account[] {
    const rows = this.#database.prepare('SELECT value FROM accounts ORDER BY rowid').all();
    return rows.map((row) => read(row));
  }

  /** Returns the account with this `sub`. */
  bySub(sub: string): Account | undefined {
    const row = this.#database.prepare('SELECT value FROM accounts WHERE sub = ?').get(sub);
    return row && read(row);
  }

  /** Returns the account with this address, whatever its case. */
  byEmail(email: string): Account | undefined {
    const row = this.#database.prepare('SELECT value FROM accounts WHERE email = ?').get(email.toLowerCase());
    return row && read(row);
  }

  /** Returns the account that a `login_hint` names: an address or a `sub`. */
  byHint(hint: string | undefined): Account | undefined {
    return hint === undefined ? undefined : (this.byEmail(hint) ?? this.bySub(hint));
  }

  /** Creates an account. Its `sub` is derived from its address and its position, so it is the same on every machine. */
  create(details: { readonly email: string; readonly name?: string; readonly hd?: string }): Account {
    const email = details.email.toLowerCase();
    const digest = createHash('sha256').update(`${this.all().length} ${email}`).digest('hex');
    const account: Account = {
      sub: `1${(BigInt(`0x${digest}`) % 10n ** 20n).toString().padStart(20, '0')}`,
      email,
      name: details.name ?? nameOf(email),
      emailVerified: true,
      ...(details.hd === undefined ? {} : { hd: details.hd }),
      domainPolicy: false,
      withoutGmail: false,
      consentSeconds: null,
    };
    this.#database
      .prepare('INSERT INTO accounts (sub, email, value) VALUES (?, ?, ?)')
      .run(account.sub, email, JSON.stringify(account));
    return account;
  }

  /** Changes an account and returns it. */
  change(account: Account, change: Partial<Omit<Account, 'sub'>>): Account {
    const email = change.email?.toLowerCase() ?? account.email;
    const changed: Account = { ...account, ...change, email };
    this.#database
      .prepare('UPDATE accounts SET email = ?, value = ? WHERE sub = ?')
      .run(email, JSON.stringify(changed), account.sub);
    return changed;
  }
}

function read(row: Record<string, unknown>): Account {
  // Accounts of an older data folder lack the field.
  return {
    emailVerified: true,
    withoutGmail: false,
    consentSeconds: null,
    ...JSON.parse(String(row['value'])),
  };
}

function nameOf(email: string): string {
  const [local = email] = email.split('@');
  return local.charAt(0).toUpperCase() + local.slice(1);
}
