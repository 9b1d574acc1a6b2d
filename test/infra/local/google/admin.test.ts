import { expect, test } from 'vitest';
import { admin, connect, gmail, google, list } from './support.ts';

const mail = 'accounts/linus@example.org/messages';

test('messages are added, one, several or a number of them', async () => {
  const { origin } = await google();
  const one = await admin(origin, 'POST', mail, { subject: 'One', date: '2026-01-02T03:04:05Z' });
  const several = await admin(origin, 'POST', mail, [{ subject: 'Two' }, { subject: 'Three' }]);
  const many = await admin(origin, 'POST', mail, { count: 5 });
  const counts = [one, several, many].map(({ body }) => list(body['ids']).length);
  expect(counts).toEqual([1, 2, 5]);
  const messages = list((await admin(origin, 'GET', mail)).body['messages']);
  expect(messages).toHaveLength(8);
  expect(messages.at(-1)).toMatchObject({
    subject: 'One',
    internalDate: String(Date.UTC(2026, 0, 2, 3, 4, 5)),
  });
});

test('a message can join a thread', async () => {
  const { origin } = await google();
  const first = await admin(origin, 'POST', mail, { subject: 'First' });
  const [threadId] = list(first.body['ids']);
  await admin(origin, 'POST', mail, { subject: 'Re: First', threadId });
  const tokens = await connect(origin, { login_hint: 'linus@example.org' });
  const thread = await gmail(origin, tokens, `threads/${threadId}`);
  expect(list(thread.body['messages'])).toHaveLength(2);
  const nowhere = await admin(origin, 'POST', mail, { threadId: '0123456789abcdef' });
  expect(nowhere.status).toBe(404);
});

test('labels change and messages go, as Gmail then shows', async () => {
  const { origin } = await google();
  const { body } = await admin(origin, 'POST', mail, [{ subject: 'Kept' }, { subject: 'Gone' }]);
  const [kept, gone] = list(body['ids']);
  const labelled = await admin(origin, 'POST', `${mail}/${kept}/labels`, {
    add: ['Label_1'],
    remove: ['UNREAD'],
  });
  expect(labelled.body['labelIds']).toEqual(['INBOX', 'Label_1']);
  expect((await admin(origin, 'DELETE', `${mail}/${gone}`)).status).toBe(200);
  const tokens = await connect(origin, { login_hint: 'linus@example.org' });
  const listed = await gmail(origin, tokens, 'messages?labelIds=Label_1');
  expect(listed.body['messages']).toEqual([{ id: kept, threadId: kept }]);
  expect((await gmail(origin, tokens, `messages/${gone}`)).status).toBe(404);
});

test.each([
  ['POST', mail, { labelIds: ['Label_99'] }, 400],
  ['POST', mail, { date: 'tomorrow' }, 400],
  ['POST', mail, { colour: 'blue' }, 400],
  ['DELETE', `${mail}/0123456789abcdef`, undefined, 404],
  ['GET', 'accounts/nobody@example.com/messages', undefined, 404],
  ['POST', 'accounts', { email: 'ada@example.com' }, 409],
  ['POST', 'accounts', { email: 'no address' }, 400],
  ['GET', 'nonsense', undefined, 404],
])('%s %s %j is refused', async (method, path, body, status) => {
  const { origin } = await google();
  expect((await admin(origin, method, path, body)).status).toBe(status);
});
