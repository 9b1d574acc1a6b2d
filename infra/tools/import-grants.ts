import { admissionFor } from '../../lambdas/consent/sign-up.ts';
import { Problem, type ProblemCode, problems } from '../../lambdas/errors.ts';
import type { Grant } from '../../lambdas/grants/grant.ts';
import { storeConsent, type VaultDependencies } from '../../lambdas/grants/vault.ts';
import { mailboxOf } from '../../lambdas/mail-address.ts';
import { missingGmailScopes, parseScopes } from '../../lambdas/scopes.ts';
import type { HeldToken, TokenCheck } from './held-token.ts';
import { type ImportLine, parseImportLine } from './import-line.ts';
import { inOrder } from './in-order.ts';
import { explain, startSmall } from './tool-error.ts';

interface ImportDependencies extends VaultDependencies {
  readonly google: TokenCheck;
  /** The scopes that a grant must have. */
  readonly scopes: readonly string[];
  /** Called for every stored grant. */
  readonly connected: (grant: Grant, held: HeldToken) => Promise<void>;
  readonly dryRun: boolean;
  /** Called for each line, in their order. */
  readonly report: (text: string) => void;
}

export interface ImportSummary {
  readonly stored: number;
  readonly refused: number;
  /** Why it stopped before the end; a faulty line does not stop it. */
  readonly stoppedBecause?: string;
}

/** The outcome of a line, in words. */
interface Outcome {
  readonly state: 'stored' | 'refused' | 'not done';
  readonly text: string;
}

/** Lines processed at once, which hides the latency of Google. */
const atOnce = 4;

/** Problems of one line. All others would affect the next line, too. */
const linesProblems: readonly ProblemCode[] = ['owner_mismatch', 'account_mismatch', 'sign_up_closed'];

/**
 * Stores a team's refresh tokens, one per line, after Google has confirmed that each is valid, its account and its
 * scopes. An invalid line changes nothing and does not stop the others. The import stops if Google or AWS is
 * unreachable. It can be repeated safely: lines already stored are stored again.
 */
export async function importGrants(
  lines: AsyncIterable<string>,
  dependencies: ImportDependencies,
): Promise<ImportSummary> {
  const { report, dryRun } = dependencies;
  const counts = { stored: 0, refused: 0, 'not done': 0 };
  let stoppedBecause: string | undefined;
  for await (const outcome of inOrder(numbered(lines), atOnce, createTaker(dependencies))) {
    if (outcome === undefined) continue;
    const { number, state, text } = outcome;
    counts[state] += 1;
    report(`line ${number}: ${state === 'stored' && dryRun ? 'would be stored' : state}: ${text}`);
    if (state === 'not done') stoppedBecause ??= `line ${number}: ${text}`;
  }
  const { stored, refused } = counts;
  return { stored, refused, ...(stoppedBecause !== undefined && { stoppedBecause }) };
}

interface NumberedLine {
  readonly number: number;
  readonly text: string;
}

async function* numbered(lines: AsyncIterable<string>): AsyncGenerator<NumberedLine> {
  let number = 0;
  for await (const text of lines) {
    number += 1;
    if (text.trim() !== '') yield { number, text };
  }
}

/** Processes one line, unless the import has stopped. */
function createTaker(dependencies: ImportDependencies) {
  const lastOfAccount = new Map<string, Promise<unknown>>();
  let failed = false;

  async function settle(line: ImportLine): Promise<Outcome> {
    try {
      return await importOne(line, dependencies);
    } catch (error) {
      if (error instanceof Problem && linesProblems.includes(error.code)) {
        return { state: 'refused', text: startSmall(problems[error.code].title) };
      }
      failed = true;
      return { state: 'not done', text: explain(error) };
    }
  }

  return async ({ number, text }: NumberedLine): Promise<(Outcome & { number: number }) | undefined> => {
    if (failed) return undefined;
    const parsed = parseImportLine(text);
    if ('fault' in parsed) return { number, state: 'refused', text: parsed.fault };
    const { line } = parsed;
    // Lines of one account are processed in sequence, so that the last one in the file wins.
    const before = lastOfAccount.get(line.account) ?? Promise.resolve();
    const settled = before.then(() => (failed ? undefined : settle(line)));
    lastOfAccount.set(line.account, settled);
    const outcome = await settled;
    if (lastOfAccount.get(line.account) === settled) lastOfAccount.delete(line.account);
    return outcome && { number, ...outcome };
  };
}

async function importOne(line: ImportLine, dependencies: ImportDependencies): Promise<Outcome> {
  const { google, grants, connected, dryRun, scopes: askedScopes } = dependencies;
  if (line.boundTo !== undefined) return { state: 'refused', text: boundElsewhere };
  const held = await google.check(line.refreshToken);
  if ('refused' in held) return { state: 'refused', text: held.refused };
  const fault = faultOf(line, held, askedScopes);
  if (fault !== undefined) return { state: 'refused', text: fault };
  const { owner, refreshToken } = line;
  // The operator may connect any account, but must not take a mailbox from its owner.
  const invitation = owner === undefined ? undefined : { owner };
  const admit = admissionFor(held, invitation, { signUp: 'open', signUpDomains: [] });
  const whom = `${held.accountId}${held.email && ` (${held.email})`}`;
  if (dryRun) {
    admit(await grants.find(held.accountId));
    return { state: 'stored', text: whom };
  }
  const clientId = await google.clientId();
  const grant = await storeConsent({ ...held, clientId, askedScopes, refreshToken }, { admit }, dependencies);
  if (grant === undefined) throw new Error('The refresh token was not stored.');
  await connected(grant, held);
  const keptWider = missingGmailScopes(grant.scopes, held.scopes).length > 0;
  const text = keptWider ? `${whom}; the stored grant has more scopes, and stays` : whom;
  return { state: 'stored', text };
}

/** Google requires a proof by the token's key, which is not exported. */
const boundElsewhere =
  'the token is bound to a key of the installation that exported it, and unusable here; its user must consent again';

/** The contradiction between the line and Google's answer. */
function faultOf(line: ImportLine, held: HeldToken, askedScopes: readonly string[]): string | undefined {
  if (held.accountId !== line.account) return 'the token belongs to another account than the line';
  if (line.email !== undefined && mailboxOf(line.email) !== mailboxOf(held.email)) {
    return 'the account has another address than the line: correct it, or omit email';
  }
  const lacking = missingGmailScopes(askedScopes, held.scopes);
  if (lacking.length > 0) return `the token lacks scopes of this installation: ${lacking.join(' ')}`;
  const said = parseScopes(line.scopes?.join(' ') ?? '');
  const less = missingGmailScopes(said, held.scopes);
  return less.length > 0 ? 'the token has fewer scopes than the line' : undefined;
}
