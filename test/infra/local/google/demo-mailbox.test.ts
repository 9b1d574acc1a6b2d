import { expect, test } from 'vitest';
import { demoMailbox } from '../../../../infra/local/google/demo-mailbox.ts';
import { rawMessage } from '../../../../infra/local/google/gmail/message-format.ts';

const now = Date.UTC(2026, 10, 20);
const mailbox = await demoMailbox('Ada <ada@example.com>', 2000, now);

test('it is the same each time, and another for another owner', async () => {
  expect(await demoMailbox('Ada <ada@example.com>', 2000, now)).toEqual(mailbox);
  const other = await demoMailbox('Bob <bob@example.com>', 2000, now);
  expect(other.map(({ content }) => content.subject)).not.toEqual(
    mailbox.map(({ content }) => content.subject),
  );
});

test('it has as many messages as asked for, each with its own ID, in the last two years', () => {
  expect(mailbox).toHaveLength(2000);
  expect(new Set(mailbox.map(({ id }) => id)).size).toBe(2000);
  const dates = mailbox.map(({ internalDate }) => internalDate);
  expect(Math.min(...dates)).toBeGreaterThan(now - 2 * 366 * 24 * 60 * 60 * 1000);
  expect(Math.max(...dates)).toBeLessThanOrEqual(now);
});

test('it has what a mailbox has', () => {
  const labels = new Set(mailbox.flatMap(({ labelIds }) => labelIds));
  for (const label of ['INBOX', 'SENT', 'DRAFT', 'SPAM', 'TRASH', 'UNREAD', 'STARRED', 'IMPORTANT']) {
    expect(labels).toContain(label);
  }
  for (const label of ['Label_1', 'Label_2', 'Label_3', 'CATEGORY_PROMOTIONS'])
    expect(labels).toContain(label);
  const sizes = Map.groupBy(mailbox, ({ threadId }) => threadId);
  const longest = Math.max(...[...sizes.values()].map((thread) => thread.length));
  expect(longest).toBeGreaterThan(5);
  expect(longest).toBeLessThanOrEqual(12);
  expect(mailbox.some(({ content }) => content.attachments !== undefined)).toBe(true);
  expect(mailbox.some(({ content }) => /[^\p{ASCII}]/u.test(content.subject))).toBe(true);
});

test('its newest messages have what mail can have; a small mailbox has none of them', async () => {
  const newest = mailbox.slice(-40);
  const types = newest.flatMap(({ content }) => content.attachments ?? []).map(({ mimeType }) => mimeType);
  expect(types).toEqual(expect.arrayContaining(['image/png', 'application/pdf', 'application/ics']));
  const html = newest.map(({ content }) => content.html ?? '').join('');
  for (const shown of ['src="cid:', 'src="https://', '<table']) expect(html).toContain(shown);
  const subjects = newest.map(({ content }) => content.subject).join('\n');
  for (const script of ['Thai', 'Han', 'Arabic', 'Hebrew'])
    expect(subjects).toMatch(new RegExp(`\\p{Script=${script}}`, 'u'));
  const notes = newest.filter(({ content }) => content.subject.endsWith('Notes on the engine'));
  expect([notes.length, new Set(notes.map(({ threadId }) => threadId)).size]).toEqual([3, 1]);
  const small = await demoMailbox('Ada <ada@example.com>', 20, now);
  expect(small.filter(({ content }) => content.raw !== undefined)).toEqual([]);
});

test('each message is well-formed mail in ASCII, its lines within bounds', () => {
  for (const message of mailbox.slice(0, 200)) {
    const text = rawMessage(message).toString('latin1');
    expect(text).toMatch(/^\p{ASCII}*$/u);
    expect(Math.max(...text.split('\r\n').map((line) => line.length))).toBeLessThan(998);
    expect(text).toMatch(/^From: .*\r\n/m);
  }
});
