import { expect, test } from 'vitest';
import { admin, connect, fault, gmail, google, type Json, list } from '../support.ts';

const mail = 'accounts/ada@example.com/messages';

async function changedMailbox() {
  const { origin } = await google();
  const tokens = await connect(origin);
  const profile = await gmail(origin, tokens, 'profile');
  const start = String(profile.body['historyId']);
  const { body } = await admin(origin, 'POST', mail, [{ subject: 'One' }, { subject: 'Two' }]);
  const [one, two] = list(body['ids']).map(String);
  await admin(origin, 'POST', `${mail}/${one}/labels`, { add: ['STARRED'], remove: ['UNREAD'] });
  await admin(origin, 'DELETE', `${mail}/${two}`);
  const history = async (query = '') => gmail(origin, tokens, `history?startHistoryId=${start}${query}`);
  return { origin, tokens, one, two, history };
}

test('history tells what happened, oldest first, with rising IDs', async () => {
  const { one, two, history } = await changedMailbox();
  const { body } = await history();
  const records = list(body['history']);
  expect(records.map((record) => Object.keys(record).sort())).toEqual([
    ['id', 'messages', 'messagesAdded'],
    ['id', 'messages', 'messagesAdded'],
    ['id', 'labelsAdded', 'labelsRemoved', 'messages'],
    ['id', 'messages', 'messagesDeleted'],
  ]);
  const idOf = (record: Json) => list(record['messages'])[0]?.['id'];
  expect(records.map(idOf)).toEqual([one, two, one, two]);
  const [labelled] = list(records[2]?.['labelsAdded']);
  expect(labelled).toEqual({
    message: { id: one, threadId: one, labelIds: ['INBOX', 'STARRED'] },
    labelIds: ['STARRED'],
  });
  const historyIds = records.map((record) => BigInt(String(record['id'])));
  expect(historyIds).toEqual([...historyIds].sort((a, b) => (a < b ? -1 : 1)));
  expect(body['historyId']).toBe(String(historyIds.at(-1)));
});

test('a message carries the ID of its last change', async () => {
  const { origin, tokens, one, history } = await changedMailbox();
  const records = list((await history()).body['history']);
  const message = await gmail(origin, tokens, `messages/${one}?format=minimal`);
  expect(message.body['historyId']).toBe(records[2]?.['id']);
});

test('history IDs gain a digit, so that text does not sort as numbers do', async () => {
  const { origin } = await google();
  const tokens = await connect(origin);
  const before = String((await gmail(origin, tokens, 'profile')).body['historyId']);
  await admin(origin, 'POST', mail, { count: 100 });
  const after = String((await gmail(origin, tokens, 'profile')).body['historyId']);
  expect(after.length).toBe(before.length + 1);
  const { body } = await gmail(origin, tokens, `history?startHistoryId=${before}&maxResults=500`);
  expect(list(body['history'])).toHaveLength(100);
});

test('pages add up', async () => {
  const { history } = await changedMailbox();
  const whole = list((await history()).body['history']);
  const pages: Json[] = [];
  let query = '&maxResults=1';
  for (;;) {
    const { body } = await history(query);
    pages.push(...list(body['history']));
    if (body['nextPageToken'] === undefined) break;
    query = `&maxResults=1&pageToken=${body['nextPageToken']}`;
  }
  expect(pages).toEqual(whole);
});

test('types and a label narrow history', async () => {
  const { one, history } = await changedMailbox();
  const deleted = list((await history('&historyTypes=messageDeleted')).body['history']);
  expect(deleted.map((record) => Object.keys(record))).toEqual([['id', 'messages', 'messagesDeleted']]);
  const starred = list((await history('&labelId=STARRED')).body['history']);
  expect(starred.map((record) => list(record['messages'])[0]?.['id'])).toEqual([one]);
});

test('an expired history stays so, and new changes can be asked for from the current ID', async () => {
  const { origin, tokens } = await changedMailbox();
  const { body } = await admin(origin, 'POST', 'accounts/ada@example.com/expire-history');
  await admin(origin, 'POST', mail, { subject: 'Three' });
  const history = await gmail(origin, tokens, `history?startHistoryId=${body['historyId']}`);
  expect(list(history.body['history'])).toHaveLength(1);
});

test('a page can be empty and still lead on', async () => {
  const { origin, history } = await changedMailbox();
  await fault(origin, 'history.list', { emptyPage: true });
  const { body } = await history();
  expect(body).not.toHaveProperty('history');
  const next = await history(`&pageToken=${body['nextPageToken']}`);
  expect(list(next.body['history'])).toHaveLength(4);
});

test('a start that is no number is refused', async () => {
  const { origin, tokens } = await changedMailbox();
  expect((await gmail(origin, tokens, 'history?startHistoryId=soon')).status).toBe(400);
  expect((await gmail(origin, tokens, 'history')).status).toBe(400);
});
