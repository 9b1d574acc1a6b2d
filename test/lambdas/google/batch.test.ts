import { describe, expect, test } from 'vitest';
import { AccessTokenRefused } from '../../../lambdas/errors.ts';
import type { FetchRequest } from '../../../lambdas/sync/job/sync-gmail.ts';
import { fault } from '../../infra/local/google/support.ts';
import { answering, failing, gmailError, messagesOf, openLocal, openOver } from './support.ts';

const again = { kind: 'again' };

describe('over the local Google', () => {
  test('messages come as the mailbox has them', async () => {
    const { gmail, truth, units, forgetUsage } = await openLocal({ demoMessages: 25 });
    const mailbox = await truth();
    await forgetUsage();
    const answers = await gmail.fetch(messagesOf(mailbox));
    expect(answers).toMatchObject(
      mailbox.map(({ id, threadId, labelIds, historyId, internalDate, subject }) => ({
        kind: 'found',
        messages: [
          {
            id,
            threadId,
            labelIds,
            historyId: String(historyId).padStart(20, '0'),
            internalDate: Number(internalDate),
            subject,
          },
        ],
        unreadable: [],
      })),
    );
    const found = answers.flatMap((answer) => (answer.kind === 'found' ? answer.messages : []));
    for (const { from, to, snippet, size } of found) {
      expect([from, to]).toEqual([expect.stringContaining('@'), expect.stringContaining('@')]);
      expect([snippet.length > 0, size > 0]).toEqual([true, true]);
    }
    expect(await units()).toBe(25 * 20);
  });

  test('a thread comes with all its messages, Trash too', async () => {
    const { gmail, change, units, forgetUsage } = await openLocal();
    const first = String((await change('POST', 'messages', { subject: 'One' }))['ids']?.['0']);
    const [{ messages: [opening] = [] } = {}] = (await gmail.fetch([{ kind: 'message', id: first }])).filter(
      (answer) => answer.kind === 'found',
    );
    const threadId = String(opening?.threadId);
    await change('POST', 'messages', [
      { threadId, subject: 'Two' },
      { threadId, subject: 'Three', labelIds: ['TRASH'] },
    ]);
    await forgetUsage();
    const [answer] = await gmail.fetch([{ kind: 'thread', id: threadId }]);
    expect(answer).toMatchObject({
      kind: 'found',
      messages: [
        { id: first, threadId, subject: 'One' },
        { threadId, subject: 'Two' },
        { threadId, subject: 'Three', labelIds: ['TRASH'] },
      ],
      unreadable: [],
    });
    expect(await units()).toBe(40);
  });

  test('each part is judged alone, in the order of the requests', async () => {
    const { gmail, origin, truth } = await openLocal();
    const [one, two, three, four] = messagesOf(await truth());
    const gone: FetchRequest = { kind: 'message', id: '0123456789abcdef' };
    const limited = gmailError(429, 'rateLimitExceeded', 'Retry after 2100-01-01T00:00:00Z');
    await fault(origin, 'messages.get', { status: 429, body: limited, headers: { 'retry-after': '7' } });
    await fault(origin, 'messages.get', { status: 500 });
    const impossible: FetchRequest = { kind: 'message', id: '../labels' };
    const requests = [one, two, three, gone, impossible, four];
    expect(await gmail.fetch(requests.filter((request) => request !== undefined))).toMatchObject([
      { kind: 'limited', retryAfterSeconds: 7 },
      again,
      { kind: 'found', messages: [{ id: three?.id }] },
      { kind: 'gone' },
      { kind: 'refused', reason: '400 invalidArgument' },
      { kind: 'found', messages: [{ id: four?.id }] },
    ]);
  });

  test('parts beyond the quota are limited', async () => {
    const { gmail, truth } = await openLocal({ quota: { unitsPerUserMinute: 50 } });
    const answers = await gmail.fetch(messagesOf((await truth()).slice(0, 3)));
    expect(answers.map(({ kind }) => kind)).toEqual(['found', 'found', 'limited']);
    expect(answers[2]).toHaveProperty('retryAfterSeconds', undefined);
  });

  test.each([
    ['breaks off', { truncate: true }],
    ['is lost', { reset: true }],
    ['is a 503', { status: 503 }],
  ])('an answer that %s says of every part: again', async (_, effect) => {
    const { gmail, origin, truth, units, forgetUsage } = await openLocal();
    const requests = messagesOf((await truth()).slice(0, 3));
    await forgetUsage();
    await fault(origin, 'batch', effect);
    expect(await gmail.fetch(requests)).toEqual([again, again, again]);
    expect(await units(), 'it is tried once').toBe('status' in effect ? 0 : 60);
    expect((await gmail.fetch(requests)).map(({ kind }) => kind)).toEqual(['found', 'found', 'found']);
  });

  test('an answer that takes too long is worth another try, with fewer parts', async () => {
    const { gmail, origin, truth, transport } = await openLocal();
    const requests = messagesOf((await truth()).slice(0, 1));
    transport.defaults.timeout = 50;
    await fault(origin, 'batch', { hang: true });
    expect(await gmail.fetch(requests)).toEqual([{ kind: 'again' }]);
  });

  test('a dead token, a domain policy and a missing mailbox end the batch', async () => {
    const { gmail, change, truth } = await openLocal();
    const requests = messagesOf((await truth()).slice(0, 2));
    await change('PATCH', '', { withoutGmail: true });
    await expect(gmail.fetch(requests)).rejects.toMatchObject({ code: 'gmail_not_enabled' });
    await change('PATCH', '', { domainPolicy: true });
    await expect(gmail.fetch(requests)).rejects.toMatchObject({ code: 'domain_policy' });
    await change('POST', 'expire-access-tokens');
    await expect(gmail.fetch(requests)).rejects.toBeInstanceOf(AccessTokenRefused);
  });

  test('a 503 that names its time is obeyed, in a part and as a whole', async () => {
    const { gmail, origin, truth } = await openLocal();
    const requests = messagesOf((await truth()).slice(0, 2));
    const down = { status: 503, headers: { 'retry-after': '40' } };
    const limited = { kind: 'limited', retryAfterSeconds: 40 };
    await fault(origin, 'messages.get', down);
    expect(await gmail.fetch(requests)).toMatchObject([limited, { kind: 'found' }]);
    await fault(origin, 'batch', down);
    expect(await gmail.fetch(requests)).toEqual([limited, limited]);
    await fault(origin, 'labels.list', down);
    await expect(gmail.listLabels()).rejects.toMatchObject({
      code: 'google_unavailable',
      options: { retryAfterSeconds: 40 },
    });
  });

  test('nothing asked for is no call', async () => {
    const transport = answering('');
    expect(await openOver(transport).fetch([])).toEqual([]);
    expect(transport.calls).toBe(0);
  });
});

describe('an answer of several parts', () => {
  const requests: FetchRequest[] = [
    { kind: 'message', id: 'a1' },
    { kind: 'message', id: 'b2' },
  ];
  const first = part(0, 200, message('a1'));
  const second = part(1, 200, message('b2'));
  const found = (id: string) => ({ kind: 'found', messages: [{ id }], unreadable: [] });

  test.each([
    ['in any order', batch(second, first)],
    ['with lines that end in LF', batch(first, second).replaceAll('\r\n', '\n')],
    ['after words that belong to no part', `Hello.\r\n${batch(first, second)}Goodbye.`],
    ['with white space after its boundaries', batch(first, second).replaceAll('--edge\r', '--edge \t\r')],
    ['with one part twice', batch(first, second, part(1, 500, {}))],
    ['with an answer that nobody asked for', batch(part(7, 200, message('c3')), first, second)],
  ])('is read %s', async (_, body) => {
    expect(await fetchFrom(body)).toMatchObject([found('a1'), found('b2')]);
  });

  test.each(['multipart/mixed; boundary="edge"', 'Multipart/Mixed;charset=UTF-8; Boundary=edge; x=y'])(
    'has its boundary in %s',
    async (contentType) => {
      expect(await fetchFrom(batch(first, second), contentType)).toMatchObject([found('a1'), found('b2')]);
    },
  );

  test.each([
    ['is missing', batch(first)],
    ['is cut off', batch(first, second).slice(0, -120)],
    ['is not ended', batch(first, second).replace('--edge--\r\n', '')],
    ['has no status', batch(first, second.replace('HTTP/1.1 200', 'HTTP/1.1'))],
    ['has no Content-ID', batch(first, second.replace('Content-ID: <response-item-1>', 'X: y'))],
    ['is no JSON', batch(first, part(1, 200, message('b2')).replace('{', '['))],
    ['is another message', batch(first, part(1, 200, message('c3')))],
    ['says neither yes nor no', batch(first, part(1, 302, {}))],
    ['failed at Google', batch(first, part(1, 503, gmailError(503, 'backendError')))],
  ])('whose part %s is asked for that again', async (_, body) => {
    expect(await fetchFrom(body)).toMatchObject([found('a1'), again]);
  });

  test.each([
    ['is empty', '', 'multipart/mixed; boundary=edge'],
    ['has no boundary', batch(first, second), 'multipart/mixed'],
    ['is HTML', '<html>', 'text/html'],
    ['is JSON', '{}', 'application/json'],
  ])('that %s is asked for again', async (_, body, contentType) => {
    expect(await fetchFrom(body, contentType)).toEqual([again, again]);
  });

  test.each([
    [403, 'userRateLimitExceeded', { kind: 'limited' }],
    [429, 'rateLimitExceeded', { kind: 'limited' }],
    [404, 'notFound', { kind: 'gone' }],
    [403, 'forbidden', { kind: 'refused', reason: '403 forbidden' }],
    [400, 'failedPrecondition', again],
    [410, 'Dear Bob, please', { kind: 'refused', reason: '410' }],
  ])('with a part of status %i %s', async (status, reason, expected) => {
    const body = batch(first, part(1, status, gmailError(status, reason)));
    expect(await fetchFrom(body)).toMatchObject([found('a1'), expected]);
  });

  test('whose part lacks a scope ends the batch', async () => {
    const body = batch(first, part(1, 403, gmailError(403, 'insufficientPermissions')));
    await expect(fetchFrom(body)).rejects.toMatchObject({ code: 'insufficient_scope' });
  });

  test('that is too large to be taken is worth a smaller batch; of one part, that part is refused', async () => {
    const { fetch } = openOver(failing(Object.assign(new Error('too large'), { type: 'max-size' })));
    expect(await fetch(requests)).toEqual([again, again]);
    const refused = { kind: 'refused', reason: 'answer too large' };
    expect(await fetch(requests.slice(0, 1))).toEqual([refused]);
  });

  async function fetchFrom(body: string, contentType = 'multipart/mixed; boundary=edge') {
    return openOver(answering(body, { headers: { 'content-type': contentType } })).fetch(requests);
  }
});

describe('a message', () => {
  const read = async (value: unknown, kind: FetchRequest['kind'] = 'message') => {
    const headers = { 'content-type': 'multipart/mixed; boundary=edge' };
    const [answer] = await openOver(answering(batch(part(0, 200, value)), { headers })).fetch([
      { kind, id: 'a1' },
    ]);
    return answer;
  };

  test('lacks nothing when Gmail leaves out what is empty', async () => {
    const { id, threadId, historyId, internalDate } = message('a1');
    expect(await read({ id, threadId, historyId, internalDate })).toEqual({
      kind: 'found',
      messages: [
        {
          id: 'a1',
          threadId: 't1',
          labelIds: [],
          historyId: '00009007199254740993',
          internalDate: 1_700_000_000_000,
          from: '',
          to: '',
          subject: '',
          snippet: '',
          size: 0,
        },
      ],
      unreadable: [],
    });
  });

  test('has its snippet as text', async () => {
    expect(await read({ ...message('a1'), snippet: 'Tom &amp; Ann&#39;s &amp;lt;' })).toMatchObject({
      messages: [{ snippet: "Tom & Ann's &lt;" }],
    });
  });

  test('has its headers however they are written, and as they are decoded', async () => {
    const headers = [
      { name: 'SUBJECT', value: 'Grüße, Jürgen – 你好' },
      { name: 'from', value: '"Zoë" <zoe@example.com>' },
      { name: 'To' },
    ];
    expect(await read({ ...message('a1'), payload: { headers } })).toMatchObject({
      messages: [{ subject: 'Grüße, Jürgen – 你好', from: '"Zoë" <zoe@example.com>', to: '' }],
    });
  });

  test.each([
    ['historyId', { historyId: 12 }],
    ['internalDate', { internalDate: 'yesterday' }],
    ['labelIds', { labelIds: Array.from({ length: 10_000 }, (_, number) => `Label_${1e15 + number}`) }],
    ['payload.headers.0.value', { payload: { headers: [{ name: 'Subject', value: ['secret'] }] } }],
  ])('that has no readable %s is named, and its mail is not', async (field, change) => {
    expect(await read({ ...message('a1'), ...change })).toEqual({
      kind: 'found',
      messages: [],
      unreadable: [{ id: 'a1', reason: `unreadable ${field}` }],
    });
  });

  test('that is nothing at all is named by what was asked for', async () => {
    expect(await read('mail')).toMatchObject({ messages: [], unreadable: [{ id: 'a1' }] });
  });

  test.each([
    ['exactly as long as it may be', 'x'.repeat(2_000), 'x'.repeat(2_000)],
    ['longer', 'x'.repeat(450_000), `${'x'.repeat(1_999)}…`],
    ['cut in a character', `${'x'.repeat(1_998)}${'😀'.repeat(200_000)}`, `${'x'.repeat(1_998)}…`],
  ])('keeps the beginning of a text that the sender chose: %s', async (_, value, kept) => {
    const headers = ['From', 'To', 'Subject'].map((name) => ({ name, value }));
    expect(await read({ ...message('a1'), snippet: value, payload: { headers } })).toMatchObject({
      messages: [{ from: kept, to: kept, subject: kept, snippet: kept }],
    });
  });

  test('harms no other of its thread', async () => {
    const messages = [message('b1'), { ...message('b2'), historyId: '' }, message('b3')];
    expect(await read({ id: 'a1', messages }, 'thread')).toMatchObject({
      kind: 'found',
      messages: [{ id: 'b1' }, { id: 'b3' }],
      unreadable: [{ id: 'b2', reason: 'unreadable historyId' }],
    });
  });

  test('without an ID makes its thread unreadable, which is no reason to lose it', async () => {
    const refused = { kind: 'refused', reason: 'unreadable thread' };
    expect(await read({ id: 'a1', messages: [message('b1'), {}] }, 'thread')).toEqual(refused);
    expect(await read({ id: 'a1', messages: 'many' }, 'thread')).toEqual(refused);
  });

  test('of another thread is no answer', async () => {
    expect(await read({ id: 'a2', messages: [message('b1')] }, 'thread')).toEqual(again);
  });
});

function message(id: string) {
  return {
    id,
    threadId: 't1',
    labelIds: ['INBOX'],
    snippet: 'Hello',
    historyId: '9007199254740993',
    internalDate: '1700000000000',
    sizeEstimate: 1234,
    payload: { headers: [{ name: 'Subject', value: 'Hello' }] },
  };
}

function part(index: number, status: number, body: unknown): string {
  return [
    'Content-Type: application/http',
    `Content-ID: <response-item-${index}>`,
    '',
    `HTTP/1.1 ${status} Whatever`,
    'Content-Type: application/json; charset=UTF-8',
    '',
    JSON.stringify(body, null, 2).replaceAll('\n', '\r\n'),
    '',
  ].join('\r\n');
}

function batch(...parts: string[]): string {
  return `${parts.map((each) => `--edge\r\n${each}`).join('')}--edge--\r\n`;
}
