import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import {
  admin,
  connect,
  gmail,
  google,
  type Json,
  labelsScope,
  list,
  metadataScope,
  reason,
  type Tokens,
} from '../support.ts';

const rawOf = (lines: readonly string[], charset: BufferEncoding = 'utf8') =>
  Buffer.from(lines.join('\r\n'), charset);
const head = ['From: Bo <bo@example.net>', 'To: ada@example.com', 'Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?='];
const inlinePicture = rawOf([
  ...[...head, 'Content-Type: multipart/related; boundary=b', '', '--b', 'Content-Type: text/html', ''],
  ...[
    '<p>words <img src="cid:s1"></p>',
    '--b',
    'Content-Type: image/png; name="image001.png"',
    'Content-ID: <s1>',
  ],
  ...['Content-Transfer-Encoding: base64', '', 'iVBORw0KGgo=', '--b--', ''],
]);
const attachedMessage = rawOf([
  ...[
    ...head,
    'Content-Type: multipart/mixed; boundary="b b"',
    '',
    'Preamble',
    '--b b',
    '',
    'words',
    '--b b',
  ],
  ...['Content-Type: message/rfc822', 'Content-Disposition: attachment; filename="complaint.eml"', ''],
  ...['Subject: Complaint', '', 'Please.', '--b b--', 'Epilogue'],
]);
const latin1 = rawOf(
  [...head, 'Content-Type: text/plain; charset=iso-8859-1', '', 'words für Zoë'],
  'latin1',
);

const ids = (messages: Json | undefined) => list(messages).map((message) => message['id']);

async function truth(origin: string, email = 'ada@example.com', query = '') {
  const { body } = await admin(origin, 'GET', `accounts/${email}/messages${query}`);
  return list(body['messages']);
}

async function listAll(origin: string, tokens: Tokens, query: string): Promise<unknown[]> {
  const found: unknown[] = [];
  let pageToken: string | undefined;
  do {
    const more = pageToken === undefined ? '' : `&pageToken=${pageToken}`;
    const { body } = await gmail(origin, tokens, `messages?${query}${more}`);
    found.push(...ids(body['messages']));
    pageToken = body['nextPageToken'] === undefined ? undefined : String(body['nextPageToken']);
  } while (pageToken !== undefined);
  return found;
}

test('the profile tells address, sizes and a history ID above 2^53, as text', async () => {
  const { origin } = await google({ demoMessages: 50 });
  const tokens = await connect(origin);
  const messages = await truth(origin);
  const { body } = await gmail(origin, tokens, 'profile');
  expect(body).toEqual({
    emailAddress: 'ada@example.com',
    messagesTotal: 50,
    threadsTotal: new Set(messages.map((message) => message['threadId'])).size,
    historyId: expect.stringMatching(/^\d{16,}$/),
  });
  expect(BigInt(String(body['historyId']))).toBeGreaterThan(2n ** 53n);
});

test('pages of a listing add up to the mailbox, newest first, without Spam and Trash', async () => {
  const { origin } = await google({ demoMessages: 400 });
  const tokens = await connect(origin);
  expect(await listAll(origin, tokens, 'maxResults=37')).toEqual(
    (await truth(origin, 'ada@example.com', '?includeSpamTrash=false')).map((message) => message['id']),
  );
  const everything = await truth(origin);
  expect(await listAll(origin, tokens, 'maxResults=500&includeSpamTrash=true')).toEqual(
    everything.map((message) => message['id']),
  );
  expect(everything.some((message) => list(message['labelIds']).map(String).includes('SPAM'))).toBe(true);
});

test('a page holds 100 messages by default and 500 at the most', async () => {
  const { origin } = await google({ demoMessages: 700 });
  const tokens = await connect(origin);
  const page = async (query: string) =>
    ids((await gmail(origin, tokens, `messages?${query}`)).body['messages']).length;
  expect([await page(''), await page('maxResults=500'), await page('maxResults=600')]).toEqual([
    100, 500, 500,
  ]);
});

test('a listing goes on where it was, though the mailbox changes meanwhile', async () => {
  const { origin } = await google({ demoMessages: 40 });
  const tokens = await connect(origin);
  const before = await truth(origin);
  const first = await gmail(origin, tokens, 'messages?maxResults=10&includeSpamTrash=true');
  await admin(origin, 'POST', 'accounts/ada@example.com/messages', { subject: 'New' });
  await admin(origin, 'DELETE', `accounts/ada@example.com/messages/${before[9]?.['id']}`);
  const query = `messages?maxResults=10&includeSpamTrash=true&pageToken=${first.body['nextPageToken']}`;
  const second = await gmail(origin, tokens, query);
  expect(ids(second.body['messages'])).toEqual(before.slice(10, 20).map((message) => message['id']));
});

test('an empty listing has no messages key', async () => {
  const { origin } = await google();
  const tokens = await connect(origin, { login_hint: 'linus@example.org' });
  expect((await gmail(origin, tokens, 'messages')).body).toEqual({ resultSizeEstimate: 0 });
  expect((await gmail(origin, tokens, 'threads')).body).toEqual({ resultSizeEstimate: 0 });
});

test('the estimated size is no count', async () => {
  const { origin } = await google({ demoMessages: 80 });
  const tokens = await connect(origin);
  const { body } = await gmail(origin, tokens, 'messages?includeSpamTrash=true');
  expect(body['resultSizeEstimate']).not.toBe(80);
});

test('a page token of nowhere, or of another listing, is refused', async () => {
  const { origin } = await google({ demoMessages: 40 });
  const tokens = await connect(origin);
  const { body } = await gmail(origin, tokens, 'messages?maxResults=5');
  for (const query of ['pageToken=nonsense', `pageToken=${body['nextPageToken']}&q=hello`]) {
    const refused = await gmail(origin, tokens, `messages?${query}`);
    expect([refused.status, reason(refused)]).toEqual([400, 'invalidArgument']);
    expect(refused.body['error']?.['message']).toBe('Invalid pageToken');
  }
});

test('label IDs are joined by AND, and q narrows further', async () => {
  const { origin } = await google({ demoMessages: 300 });
  const tokens = await connect(origin);
  const having =
    (...labels: string[]) =>
    (message: Json) =>
      labels.every((label) => list(message['labelIds']).map(String).includes(label));
  const messages = await truth(origin);
  const wanted = messages.filter(having('INBOX', 'UNREAD')).map((message) => message['id']);
  expect(wanted.length).toBeGreaterThan(0);
  expect(await listAll(origin, tokens, 'labelIds=INBOX&labelIds=UNREAD')).toEqual(wanted);
  expect(await listAll(origin, tokens, 'labelIds=INBOX&q=is:unread')).toEqual(wanted);
  const spam = messages.filter(having('SPAM')).map((message) => message['id']);
  expect(await listAll(origin, tokens, 'labelIds=SPAM')).toEqual(spam);
  expect(await listAll(origin, tokens, 'q=in:spam')).toEqual(spam);
});

test('each format holds what Gmail’s does', async () => {
  const { origin } = await google();
  const tokens = await connect(origin);
  const { body } = await admin(origin, 'POST', 'accounts/ada@example.com/messages', {
    subject: 'Grüße aus Genève',
    from: 'Zoë Lefèvre <zoe@example.fr>',
    text: 'Salut & "bonjour"\r\n',
    html: '<p>Salut</p>',
    labelIds: ['INBOX', 'UNREAD'],
  });
  const [id] = list(body['ids']);
  const get = async (query: string) => (await gmail(origin, tokens, `messages/${id}?${query}`)).body;

  const full = await get('');
  expect(full).toMatchObject({
    id,
    threadId: id,
    labelIds: ['INBOX', 'UNREAD'],
    snippet: 'Salut &amp; &quot;bonjour&quot;',
    historyId: expect.stringMatching(/^\d+$/),
    internalDate: expect.stringMatching(/^\d{13}$/),
    payload: { mimeType: 'multipart/alternative' },
  });
  expect(String(id)).toMatch(/^[0-9a-f]{16}$/);
  const headers = list(full['payload']?.['headers']);
  expect(headers).toContainEqual({ name: 'Subject', value: 'Grüße aus Genève' });
  const [plain, html] = list(full['payload']?.['parts']);
  expect(plain).toMatchObject({ partId: '0', mimeType: 'text/plain' });
  expect(Buffer.from(String(html?.['body']?.['data']), 'base64url').toString()).toBe('<p>Salut</p>');

  const metadata = await get('format=metadata&metadataHeaders=subject&metadataHeaders=From');
  expect(metadata['payload']).toEqual({
    mimeType: 'multipart/alternative',
    headers: [
      { name: 'From', value: 'Zoë Lefèvre <zoe@example.fr>' },
      { name: 'Subject', value: 'Grüße aus Genève' },
    ],
  });
  expect(await get('format=minimal')).not.toHaveProperty('payload');
  const raw = await get('format=raw');
  expect(raw).not.toHaveProperty('payload');
  const text = Buffer.from(String(raw['raw']), 'base64url').toString();
  expect(text).toMatch(/^\p{ASCII}*$/u);
  const [, encoded = ''] = /^Subject: =\?UTF-8\?B\?(.*)\?= aus/m.exec(text) ?? [];
  expect(Buffer.from(encoded, 'base64').toString()).toBe('Grüße');
});

test('an attachment is fetched by the ID in its part', async () => {
  const { origin } = await google({ demoMessages: 200 });
  const tokens = await connect(origin);
  const { body } = await gmail(origin, tokens, 'messages?q=has:attachment&maxResults=1');
  const [id] = ids(body['messages']);
  const message = (await gmail(origin, tokens, `messages/${id}`)).body;
  const part = list(message['payload']?.['parts']).find((candidate) => String(candidate['filename']) !== '');
  const path = `messages/${id}/attachments/${part?.['body']?.['attachmentId']}`;
  const attachment = await gmail(origin, tokens, path);
  expect(attachment.body['size']).toBe(part?.['body']?.['size']);
  const bytes = Buffer.from(String(attachment.body['data']), 'base64url');
  expect(bytes).toHaveLength(Number(attachment.body['size']));
});

test.each([
  ['an inline picture', 'multipart/related', ['text/html ', 'image/png image001.png'], inlinePicture],
  [
    'an attached message',
    'multipart/mixed',
    ['text/plain ', 'message/rfc822 complaint.eml', 'text/plain '],
    attachedMessage,
  ],
  ['another charset', 'text/plain', ['text/plain '], latin1],
])('a raw message with %s is kept as it came', async (_, mimeType, leaves, raw) => {
  const { origin } = await google();
  const tokens = await connect(origin);
  const sent = { raw: raw.toString('base64url') };
  const { body } = await admin(origin, 'POST', 'accounts/ada@example.com/messages', sent);
  const [id] = list(body['ids']);
  const back = (await gmail(origin, tokens, `messages/${id}?format=raw`)).body;
  expect(back).toMatchObject({ raw: sent.raw, sizeEstimate: raw.length });
  const { payload = {} } = (await gmail(origin, tokens, `messages/${id}`)).body;
  expect(payload['mimeType']).toBe(mimeType);
  const leavesOf = (part: Json): Json[] => {
    const inner = list(part['parts']).flatMap(leavesOf);
    return String(part['mimeType']).startsWith('multipart/') ? inner : [part, ...inner];
  };
  expect(leavesOf(payload).map((part) => `${part['mimeType']} ${part['filename']}`)).toEqual(leaves);
  for (const part of leavesOf(payload)) {
    const { attachmentId, data, size } = part['body'] ?? {};
    const path = `messages/${id}/attachments/${attachmentId}`;
    const bytes = attachmentId === undefined ? data : (await gmail(origin, tokens, path)).body['data'];
    expect(Buffer.from(String(bytes), 'base64url')).toHaveLength(Number(size));
  }
  const { body: found } = await gmail(origin, tokens, 'messages?q=subject:gruße%20words');
  expect(ids(found['messages'])).toEqual([id]);
});

test('a search’s unknown operator is logged, and no word of the search', async () => {
  const logs: unknown[] = [];
  const { origin } = await google({ log: (fields) => logs.push(fields) });
  const tokens = await connect(origin);
  await gmail(origin, tokens, 'messages?q=from:secret%20colour:blue');
  expect(logs).toEqual([{ event: 'unknown_search_operator', operator: 'colour' }]);
});

test('a message can be as large as a test wants it', async () => {
  const { origin } = await google();
  const tokens = await connect(origin);
  const wanted = { subject: 'Large', sizeBytes: 6_000_000 };
  const { body } = await admin(origin, 'POST', 'accounts/ada@example.com/messages', wanted);
  const [id] = list(body['ids']);
  const message = (await gmail(origin, tokens, `messages/${id}`)).body;
  expect(message['payload']?.['body']?.['size']).toBe(6_000_000);
  const { body: found } = await gmail(origin, tokens, 'messages?q=larger:5M');
  expect(ids(found['messages'])).toEqual([id]);
});

test('fields trims an answer', async () => {
  const { origin } = await google();
  const tokens = await connect(origin);
  const listed = await gmail(origin, tokens, 'messages?maxResults=2&fields=messages(id),nextPageToken');
  expect(Object.keys(listed.body).sort()).toEqual(['messages', 'nextPageToken']);
  expect(Object.keys(list(listed.body['messages'])[0] ?? {})).toEqual(['id']);
  const [id] = ids(listed.body['messages']);
  const message = await gmail(origin, tokens, `messages/${id}?fields=id,payload/headers(name)`);
  expect(Object.keys(message.body)).toEqual(['id', 'payload']);
  expect(list(message.body['payload']?.['headers'])[0]).toEqual({ name: 'Delivered-To' });
  expect((await gmail(origin, tokens, 'messages?fields=messages(id')).status).toBe(400);
});

test('answers are compressed for a User-Agent that says gzip, and for no other', async () => {
  const { origin } = await google();
  const { accessToken } = await connect(origin);
  const { request } = await import('node:http');
  const ask = (agent: string) =>
    new Promise<{ encoding: string | undefined; bytes: Buffer }>((resolve, reject) => {
      const headers = {
        authorization: `Bearer ${accessToken}`,
        'accept-encoding': 'gzip',
        'user-agent': agent,
      };
      request(`${origin}/gmail/v1/users/me/profile`, { headers }, async (response) => {
        const bytes = Buffer.concat(await response.toArray());
        resolve({ encoding: response.headers['content-encoding'], bytes });
      })
        .on('error', reject)
        .end();
    });
  const compressed = await ask('test (gzip)');
  expect(compressed.encoding).toBe('gzip');
  expect(JSON.parse(gunzipSync(compressed.bytes).toString())).toHaveProperty('emailAddress');
  expect((await ask('test')).encoding).toBeUndefined();
});

test('a dead or absent token gets 401 authError', async () => {
  const { origin } = await google();
  const tokens = await connect(origin);
  await admin(origin, 'POST', 'accounts/ada@example.com/expire-access-tokens');
  const dead = await gmail(origin, tokens, 'profile');
  expect(dead).toMatchObject({ status: 401, body: { error: { code: 401, status: 'UNAUTHENTICATED' } } });
  expect(reason(dead)).toBe('authError');
  expect(dead.headers.get('www-authenticate')).toContain('Bearer');
  expect((await fetch(`${origin}/gmail/v1/users/me/profile`)).status).toBe(401);
});

test('a token without a Gmail scope gets 403 insufficientPermissions', async () => {
  const { origin } = await google();
  const tokens = await connect(origin, { scope: 'openid email' });
  const refused = await gmail(origin, tokens, 'messages');
  expect([refused.status, reason(refused)]).toEqual([403, 'insufficientPermissions']);
  expect(list(refused.body['error']?.['details'])[0]?.['reason']).toBe('ACCESS_TOKEN_SCOPE_INSUFFICIENT');
});

test('the metadata scope reaches no body and no search', async () => {
  const { origin } = await google();
  const tokens = await connect(origin, { scope: `openid ${metadataScope}` });
  const listed = await gmail(origin, tokens, 'messages');
  const [id] = ids(listed.body['messages']);
  const search = await gmail(origin, tokens, 'messages?q=hello');
  expect(search.status).toBe(403);
  expect(search.body['error']?.['message']).toBe("Metadata scope does not support 'q' parameter");
  expect((await gmail(origin, tokens, `messages/${id}`)).status).toBe(403);
  expect((await gmail(origin, tokens, `messages/${id}?format=metadata`)).status).toBe(200);
});

test('the labels scope reaches labels only', async () => {
  const { origin } = await google();
  const tokens = await connect(origin, { scope: `openid ${labelsScope}` });
  expect((await gmail(origin, tokens, 'labels')).status).toBe(200);
  expect((await gmail(origin, tokens, 'messages')).status).toBe(403);
});

test('a mailbox is reached by its own address, another’s is not', async () => {
  const { origin } = await google();
  const { accessToken } = await connect(origin);
  const headers = { authorization: `Bearer ${accessToken}` };
  const status = async (user: string) =>
    (await fetch(`${origin}/gmail/v1/users/${encodeURIComponent(user)}/profile`, { headers })).status;
  expect([await status('ada@example.com'), await status('grace@example.com')]).toEqual([200, 403]);
});

test('an administrator can forbid Gmail while the token stays valid', async () => {
  const { origin } = await google();
  const tokens = await connect(origin);
  await admin(origin, 'PATCH', 'accounts/ada@example.com', { domainPolicy: true });
  const refused = await gmail(origin, tokens, 'profile');
  expect([refused.status, reason(refused)]).toEqual([403, 'domainPolicy']);
  const headers = { authorization: `Bearer ${tokens.accessToken}` };
  expect((await fetch(`${origin}/v1/userinfo`, { headers })).status).toBe(200);
});

test('what is not served says so', async () => {
  const { origin } = await google();
  const tokens = await connect(origin);
  expect((await gmail(origin, tokens, 'drafts')).status).toBe(404);
  const headers = { authorization: `Bearer ${tokens.accessToken}` };
  const watch = await fetch(`${origin}/gmail/v1/users/me/watch`, { method: 'POST', headers });
  expect(watch.status).toBe(400);
});

test('labels are listed, and counted one at a time', async () => {
  const { origin } = await google({ demoMessages: 100 });
  const tokens = await connect(origin);
  const { body } = await gmail(origin, tokens, 'labels');
  expect(list(body['labels'])).toContainEqual({ id: 'Label_3', name: 'Work/Projects', type: 'user' });
  const inbox = (await truth(origin)).filter(({ labelIds }) => list(labelIds).map(String).includes('INBOX'));
  const label = await gmail(origin, tokens, 'labels/INBOX');
  expect(label.body).toMatchObject({ id: 'INBOX', type: 'system', messagesTotal: inbox.length });
  expect((await gmail(origin, tokens, 'labels/Label_9')).status).toBe(404);
});
