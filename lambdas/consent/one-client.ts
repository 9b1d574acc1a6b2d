import { Problem } from '../errors.ts';
import type { CodeExchanger } from './code-exchange.ts';

/** What an operator is to do where the two places name two clients. */
export const clientMismatchRemedy =
  'the option clientId and the uploaded client_secret.json name different clients: ' +
  'deploy with the client ID in the file, or upload the file of that client';

/** The two places that name the OAuth client of this site. */
export interface ClientNames {
  /** As the deployment names it: consents begin with this one. */
  readonly clientId: string;
  /** As the uploaded `client_secret.json` names it: codes are exchanged with that one. */
  readonly google: Pick<CodeExchanger, 'clientId'>;
}

/**
 * Requires both places to name the same client. Where they do not, no consent can be completed: Google takes a code only
 * from the client that it was given to, so the code is not sent.
 *
 * @throws Problem `misconfigured`, and what reading the file throws.
 */
export async function requireOneClient({ clientId, google }: ClientNames): Promise<void> {
  if ((await google.clientId(clientId)) === clientId) return;
  throw new Problem('misconfigured', {
    detail:
      'Its settings name two OAuth clients. Nothing was stored. Its administrator must fix them; the log says how.',
    remedy: clientMismatchRemedy,
  });
}
