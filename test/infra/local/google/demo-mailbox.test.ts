import { expect, test } from 'vitest';
import { demoMailbox } from '../../../../infra/local/google/demo-mailbox.ts';
import { rawMessage } from '../../../../infra/local/google/gmail/message-format.ts';

const now = Date.UTC(2026, 10, 20);
const mailbox = demoMailbox('Ada <ada@example.com>', 2000, now);

test('it is the same each time, and another for another owner', () => {
  expect(demoMailbox('Ada <ada@example.com>', 2000, now)).toEqual(mailbox);
  const other = demoMailbox('Bob <bob@example.com>', 2000, now);
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

test('each message is well-formed mail in ASCII, its lines within bounds', () => {
  for (const message of mailbox.slice(0, 200)) {
    const text = rawMessage(message).toString('latin1');
    expect(text).toMatch(/^\p{ASCII}*$/u);
    expect(Math.max(...text.split('\r\n').map((line) => line.length))).toBeLessThan(998);
    expect(text).toMatch(/^From: .*\r\n/m);
  }
});

test('twenty thousand messages take no time to speak of', () => {
  const start = performance.now();
  expect(demoMailbox('Ada <ada@example.com>', 20_000, now)).toHaveLength(20_000);
  expect(performance.now() - start).toBeLessThan(3000);
});
