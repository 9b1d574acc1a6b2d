import { Problem } from '../errors.ts';
import type { CodeExchanger } from './code-exchange.ts';

/** The operator's remedy if the two places name different clients. */
export const clientMismatchRemedy =
  'the option clientId and the uploaded client_secret.json name different clients: ' +
  'deploy with the client ID in the file, or upload the file of that client';

/** The two places that name this site's OAuth client. */
export interface ClientNames {
  /** From the deployment: consents start with this client. */
  readonly clientId: string;
  /** From the uploaded `client_secret.json`: codes are exchanged with this client. */
  readonly google: Pick<CodeExchanger, 'clientId'>;
}

/**
 * Requires both places to name the same client. Otherwise no consent can be completed, because Google accepts a code
 * only from the client that requested it; so the code is not sent.
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
