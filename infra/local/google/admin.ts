import * as v from 'valibot';
import type { Account, Accounts } from './accounts.ts';
import { faultSchema } from './faults.ts';
import { isLabel } from './gmail/labels.ts';
import type { NewMessage } from './gmail/mailbox.ts';
import type { Message } from './gmail/message.ts';
import { readRawMessage } from './gmail/raw-message.ts';
import { type Answer, json } from './http.ts';
import type { GoogleParts } from './parts.ts';
import { serverAuthCode } from './phone.ts';
import { quotaOf, quotaSchema } from './quota.ts';
import { gmailScopes, identityScopes, readScopes } from './scopes.ts';

const email = v.pipe(v.string(), v.email());
const labelIds = v.array(v.pipe(v.string(), v.check(isLabel, 'there is no such label')));

const newAccount = v.strictObject({
  email,
  name: v.exactOptional(v.string()),
  hd: v.exactOptional(v.string()),
});

const accountChange = v.strictObject({
  email: v.exactOptional(email),
  emailVerified: v.exactOptional(v.boolean()),
  domainPolicy: v.exactOptional(v.boolean()),
  withoutGmail: v.exactOptional(v.boolean()),
  consentSeconds: v.exactOptional(v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1)))),
});

const offlineAccess = v.strictObject({
  clientId: v.string(),
  scopes: v.optional(v.array(v.pipe(v.string(), v.check(isScope, 'there is no such scope'))), [
    'openid',
    'email',
    'profile',
    'https://www.googleapis.com/auth/gmail.readonly',
  ]),
  forceCodeForRefreshToken: v.optional(v.boolean(), true),
  nonce: v.exactOptional(v.string()),
});

const newMessage = v.strictObject({
  subject: v.optional(v.string(), 'A new message'),
  from: v.optional(v.string(), 'Someone Else <someone@example.net>'),
  to: v.optional(v.string()),
  text: v.optional(v.string(), 'Hello.\r\n'),
  html: v.exactOptional(v.string()),
  labelIds: v.optional(labelIds, ['INBOX', 'UNREAD']),
  threadId: v.exactOptional(v.string()),
  date: v.optional(v.union([v.string(), v.number()])),
  sizeBytes: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(1))),
});

/** A raw message in base64url, in the form of Gmail's `messages.insert`. */
const rawMessage = v.strictObject({
  raw: v.pipe(v.string(), v.regex(/^[\w+/=-]+$/)),
  labelIds: v.optional(labelIds, ['INBOX', 'UNREAD']),
  threadId: v.exactOptional(v.string()),
  date: v.optional(v.union([v.string(), v.number()])),
});

const newMessages = v.union([
  v.strictObject({ count: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100_000)) }),
  v.array(v.union([rawMessage, newMessage])),
  rawMessage,
  newMessage,
]);

const relabelling = v.strictObject({
  add: v.optional(labelIds, []),
  remove: v.optional(labelIds, []),
});

/** An invalid request to an admin route. */
class AdminError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Answers the admin routes, with which tests control the local Google; the real one has none. */
export async function administer(
  parts: GoogleParts,
  method: string,
  url: URL,
  body: Buffer,
): Promise<Answer> {
  try {
    return await route(parts, method, url, body);
  } catch (error) {
    if (error instanceof AdminError) return json({ error: error.message }, error.status);
    if (error instanceof v.ValiError) {
      const issues = v.flatten(error.issues);
      return json({ error: 'The request cannot be read.', issues }, 400);
    }
    throw error;
  }
}

async function route(parts: GoogleParts, method: string, url: URL, body: Buffer): Promise<Answer> {
  const { accounts, faults, quota } = parts;
  const [, , collection = '', address, ...rest] = url.pathname.split('/').map(decodeURIComponent);
  switch (`${method} ${collection}`) {
    case 'GET quota':
      return json(quota.quota);
    case 'PUT quota':
      quota.quota = quotaOf(readJson(quotaSchema, body));
      return json(quota.quota);
    case 'GET usage':
      return json(quota.usage);
    case 'DELETE usage':
      quota.forgetUsage();
      return json({});
    case 'GET faults':
      return json({ faults: faults.list() });
    case 'POST faults':
      faults.add(readJson(faultSchema, body));
      return json({ faults: faults.list() }, 201);
    case 'DELETE faults':
      faults.clear(url.searchParams.get('account') ?? undefined);
      return json({});
  }
  if (collection !== 'accounts') throw new AdminError(404, 'There is no such admin route.');
  if (address === undefined) {
    if (method === 'GET') return json({ accounts: accounts.all() });
    if (method === 'POST') return createAccount(accounts, body);
    throw new AdminError(405, 'Accounts are listed with GET and made with POST.');
  }
  const account = accounts.byHint(address);
  if (account === undefined) throw new AdminError(404, `There is no account ${address}.`);
  return accountRoute(parts, method, account, rest, url, body);
}

function createAccount(accounts: Accounts, body: Buffer): Answer {
  const details = readJson(newAccount, body);
  if (accounts.byEmail(details.email))
    throw new AdminError(409, `There is an account ${details.email} already.`);
  return json(accounts.create(details), 201);
}

async function accountRoute(
  parts: GoogleParts,
  method: string,
  account: Account,
  [action, id, detail]: readonly string[],
  url: URL,
  body: Buffer,
): Promise<Answer> {
  const { accounts, artifacts, mailboxes } = parts;
  const mailbox = mailboxes.of(account);
  switch (`${method} ${action ?? ''}`) {
    case 'GET ':
      return json(account);
    case 'PATCH ':
      return json(accounts.change(account, readJson(accountChange, body)));
    case 'POST revoke':
      artifacts.revokeAccount(account.sub);
      return json({});
    case 'POST server-auth-code':
      return giveServerAuthCode(parts, account, body);
    case 'POST expire-access-tokens':
      artifacts.expireAccessTokens(account.sub);
      return json({});
    case 'POST expire-history':
      mailbox.expireHistory();
      return json({ historyId: mailbox.historyId });
    case 'GET messages':
      return json(truth(mailbox.newestFirst(), url.searchParams.get('includeSpamTrash') !== 'false'));
  }
  if (action !== 'messages') throw new AdminError(404, 'There is no such admin route.');
  if (method === 'POST' && id === undefined) {
    const added = mailbox.add(await readNewMessages(parts, account, body));
    return json({ ids: added.map((message) => message.id) }, 201);
  }
  const message = mailbox.get(id ?? '');
  if (message === undefined) throw new AdminError(404, `There is no message ${id}.`);
  if (method === 'POST' && detail === 'labels') {
    const { add, remove } = readJson(relabelling, body);
    return json(summary(mailbox.relabel(message, add, remove)));
  }
  if (method === 'DELETE' && detail === undefined) {
    mailbox.delete(message);
    return json({});
  }
  throw new AdminError(405, 'A message is deleted with DELETE; its labels change with POST …/labels.');
}

async function giveServerAuthCode(parts: GoogleParts, account: Account, body: Buffer): Promise<Answer> {
  const request = readJson(offlineAccess, body);
  const given = await serverAuthCode(parts, account, request);
  if (given === undefined) throw new AdminError(404, `There is no client ${request.clientId}.`);
  return json(given, 201);
}

function isScope(name: string): boolean {
  return readScopes(name).every((scope) => identityScopes.has(scope) || gmailScopes.has(scope));
}

async function readNewMessages(
  { mailboxes, clock }: GoogleParts,
  account: Account,
  body: Buffer,
): Promise<NewMessage[]> {
  const wanted = readJson(newMessages, body);
  const list = 'count' in wanted ? numbered(wanted.count) : [wanted].flat();
  const read = list.map(async ({ labelIds, threadId, date, ...given }, index) => {
    if (threadId !== undefined && mailboxes.of(account).thread(threadId).length === 0) {
      throw new AdminError(404, `There is no thread ${threadId}.`);
    }
    // A millisecond apart, so that messages added together keep their order.
    const internalDate = date === undefined ? clock() + index : new Date(date).getTime();
    if (Number.isNaN(internalDate)) throw new AdminError(400, 'date is neither ISO text nor milliseconds.');
    const content =
      'raw' in given
        ? await readRawMessage(Buffer.from(given.raw, 'base64url'))
        : { ...given, to: given.to ?? account.email };
    return { content, labelIds, internalDate, ...(threadId === undefined ? {} : { threadId }) };
  });
  return Promise.all(read);
}

function numbered(count: number): v.InferOutput<typeof newMessage>[] {
  return Array.from({ length: count }, (_, index) =>
    v.parse(newMessage, { subject: `New message ${index + 1}` }),
  );
}

function truth(messages: readonly Message[], includeSpamTrash: boolean) {
  const hidden = ({ labelIds }: Message) => labelIds.includes('SPAM') || labelIds.includes('TRASH');
  return { messages: messages.filter((message) => includeSpamTrash || !hidden(message)).map(summary) };
}

function summary({ id, threadId, labelIds, historyId, internalDate, content }: Message) {
  const { subject } = content;
  return { id, threadId, labelIds, historyId, internalDate: String(internalDate), subject };
}

function readJson<Schema extends v.GenericSchema>(schema: Schema, body: Buffer): v.InferOutput<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(body.toString() || '{}');
  } catch {
    throw new AdminError(400, 'The body is not JSON.');
  }
  return v.parse(schema, value);
}
