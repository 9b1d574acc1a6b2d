import type Provider from 'oidc-provider';
import type { Accounts } from './accounts.ts';
import type { Artifacts } from './artifacts.ts';
import type { Consents } from './consents.ts';
import type { Proofs } from './dpop.ts';
import type { Faults } from './faults.ts';
import type { Mailboxes } from './gmail/mailbox.ts';
import type { QuotaKeeper } from './quota.ts';
import type { Secrets } from './settings.ts';

/** The local Google's OAuth client: a confidential one, of type web application. */
export interface GoogleClient {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUris: readonly string[];
}

/** Receives the log fields of the local Google: never words of a search or of mail. */
export type GoogleLog = (fields: Readonly<Record<string, unknown> & { readonly event: string }>) => void;

/** What the OAuth half consists of, before its provider. */
export interface ProviderParts {
  readonly issuer: string;
  readonly client: GoogleClient;
  readonly accounts: Accounts;
  readonly artifacts: Artifacts;
  readonly consents: Consents;
  readonly proofs: Proofs;
  readonly secrets: Secrets;
}

/** What the local Google consists of. */
export interface GoogleParts extends ProviderParts {
  readonly provider: Provider;
  readonly mailboxes: Mailboxes;
  readonly quota: QuotaKeeper;
  readonly faults: Faults;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly log: GoogleLog;
  /** The application's name on the consent page. */
  readonly applicationName: string;
}
