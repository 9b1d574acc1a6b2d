import { setTimeout as delay } from 'node:timers/promises';
import type { Account } from '../accounts.ts';
import { answerOf, applyFault, type FaultEffect, waitFor } from '../faults.ts';
import { type Answer, json } from '../http.ts';
import type { GoogleParts } from '../parts.ts';
import type { GmailMethod } from '../quota.ts';
import {
  failedPrecondition,
  GmailError,
  insufficientScopes,
  invalidArgument,
  invalidCredentials,
  refused,
} from './errors.ts';
import { selectFields } from './fields.ts';
import { methods } from './methods.ts';

/** A call of one Gmail method, single or as a part of a batch. */
export interface GmailRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly authorization: string | undefined;
  /** A part of a batch that runs after another within the time of that one. */
  readonly takesNoTime?: boolean;
}

/** The account and scopes of an access token. */
interface Caller {
  readonly account: Account;
  readonly scopes: ReadonlySet<string>;
}

const scopeRoot = 'https://www.googleapis.com/auth/gmail.';
const readingScopes = [`${scopeRoot}readonly`, `${scopeRoot}modify`, 'https://mail.google.com/'];

/** Answers one Gmail call; errors are responses too. */
export async function callGmail(parts: GoogleParts, request: GmailRequest): Promise<Answer> {
  try {
    const url = URL.parse(request.target, 'http://localhost');
    if (url === null) throw invalidArgument('Invalid URL');
    const [, userId = '', path = ''] = /^\/gmail\/v1\/users\/([^/]+)(\/.*)$/.exec(url.pathname) ?? [];
    const found = findMethod(request.method, path);
    if (found === undefined) throw new GmailError(404, 'notFound', 'Method not found.');
    const caller = await callerOf(parts, request.authorization);
    // A fault may apply to one message, by its subject.
    const [id = ''] = found.ids;
    const subject = caller && parts.mailboxes.of(caller.account).get(id)?.content.subject;
    const points = [`${found.name}:${subject}`, found.name, 'gmail', '*'];
    const effect = parts.faults.next(points, caller?.account.email);
    const instead = answerOf(effect);
    if (instead) await waitFor(effect);
    const call = () => serve(parts, request, found, caller, userId, url.searchParams, effect);
    // A refusal is a response too, and can be lost like any other.
    return instead ?? applyFault(await call().catch(answerOfError), effect);
  } catch (error) {
    return answerOfError(error);
  }
}

function answerOfError(error: unknown): Answer {
  if (error instanceof GmailError) return error.answer;
  throw error;
}

interface FoundMethod {
  readonly name: GmailMethod;
  readonly ids: readonly string[];
}

function findMethod(verb: string, path: string): FoundMethod | undefined {
  if (verb === 'POST' && (path === '/watch' || path === '/stop')) {
    throw new GmailError(400, 'failedPrecondition', 'Push notifications are not available here.');
  }
  if (verb !== 'GET') return undefined;
  for (const name of Object.keys(methods) as GmailMethod[]) {
    const match = methods[name].path.exec(path);
    if (match) return { name, ids: match.slice(1).map(decode) };
  }
  return undefined;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw invalidArgument('Invalid URL');
  }
}

/** Returns the holder of the request's access token, if it is valid. */
export async function callerOf(
  { provider, accounts }: GoogleParts,
  authorization: string | undefined,
): Promise<Caller | undefined> {
  const [, bearer] = /^Bearer (\S+)$/i.exec(authorization ?? '') ?? [];
  const token = bearer === undefined ? undefined : await provider.AccessToken.find(bearer);
  const account = token && accounts.bySub(token.accountId);
  return account && { account, scopes: token.scopes };
}

async function serve(
  parts: GoogleParts,
  request: GmailRequest,
  { name, ids }: FoundMethod,
  caller: Caller | undefined,
  userId: string,
  parameters: URLSearchParams,
  effect: FaultEffect | undefined,
): Promise<Answer> {
  if (caller === undefined) throw invalidCredentials();
  const { account, scopes } = caller;
  const reads = readingScopes.some((scope) => scopes.has(scope));
  const metadata = scopes.has(`${scopeRoot}metadata`);
  const labelsOnly = name.startsWith('labels.') && scopes.has(`${scopeRoot}labels`);
  if (!reads && !metadata && !labelsOnly) throw insufficientScopes(name);
  if (userId !== 'me' && decode(userId).toLowerCase() !== account.email) {
    throw new GmailError(403, 'forbidden', `Delegation denied for ${account.email}`);
  }
  if (account.domainPolicy) {
    throw new GmailError(403, 'domainPolicy', 'The domain administrators have disabled Gmail apps.');
  }
  if (account.withoutGmail) throw failedPrecondition('Mail service not enabled');
  const refusal = parts.quota.admit(account.email, name);
  if (refusal !== undefined) throw refused(refusal);
  try {
    if (!request.takesNoTime) await delay(parts.quota.quota.latencyMs);
    await waitFor(effect);
    const body = await methods[name].run({
      account,
      mailbox: parts.mailboxes.of(account),
      parameters,
      ids,
      metadataOnly: !reads,
      now: parts.clock(),
      emptyPage: effect?.emptyPage === true,
      log: parts.log,
    });
    const fields = parameters.get('fields');
    return json(fields === null ? body : selectFields(body, fields));
  } finally {
    parts.quota.release(account.email);
  }
}
