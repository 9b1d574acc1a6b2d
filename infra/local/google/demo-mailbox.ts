import { demoMails } from './demo-mail.ts';
import { earlierHistoryId, messageIdAt } from './gmail/mailbox.ts';
import { type Attachment, type Message, type MessageContent, messageIdOf } from './gmail/message.ts';
import { readRawMessage } from './gmail/raw-message.ts';

/** A deterministic random number generator. */
interface Dice {
  /** From 0 up to, but not including, `below`. */
  number(below: number): number;
  chance(probability: number): boolean;
  one<const Items extends readonly [unknown, ...unknown[]]>(items: Items): Items[number];
}

interface Draft {
  readonly content: Omit<MessageContent, 'inReplyTo'>;
  readonly labelIds: readonly string[];
  readonly internalDate: number;
}

const hour = 60 * 60 * 1000;
const twoYears = 2 * 365 * 24 * hour;

const people = [
  'Grace Hopper <grace@example.com>',
  'Björn Åkesson <bjorn.akesson@example.se>',
  'Chidi Okafor <chidi@example.net>',
  'María José Núñez <mj.nunez@example.es>',
  '山田 太郎 <taro.yamada@example.jp>',
  'สมชาย ใจดี <somchai@example.co.th>',
  'Linus Example <linus@example.org>',
  'Zoë Lefèvre <zoe@example.fr>',
] as const;

const topics = [
  'Quarterly numbers',
  'Lunch on Thursday?',
  'Draft of the proposal',
  'Re-planning the offsite',
  'Réunion à Genève',
  'ประชุมทีมวันจันทร์',
  'Photos from the hike 🏔️',
  'Contract, second round',
  'Budget für das nächste Jahr',
  'Question about the engine',
  '見積もりの件',
  'Notes from today',
] as const;

const sentences = [
  'Thanks for the quick answer, that helps a lot.',
  'I have attached the latest version.',
  'Could you have a look before Friday?',
  'Let us talk about it over coffee, the café on the corner is open again.',
  "I don't think we should change the date once more.",
  'The numbers of last month look better than I feared.',
  'Please find my comments below; none of them is urgent.',
  'ขอบคุณมากครับ แล้วเจอกันวันจันทร์',
  'Grüße aus Zürich, wo es seit Tagen regnet.',
  'Who takes the minutes this time?',
  'I moved the meeting to 3 pm & booked the large room.',
] as const;

const files = [
  { filename: 'proposal.pdf', mimeType: 'application/pdf', sizeBytes: 48_213 },
  { filename: 'numbers.xlsx', mimeType: 'application/vnd.ms-excel', sizeBytes: 18_944 },
  { filename: 'photo.jpg', mimeType: 'image/jpeg', sizeBytes: 91_120 },
  { filename: 'notes.txt', mimeType: 'text/plain', sizeBytes: 2_310 },
] as const satisfies readonly Attachment[];

/** The fewest messages of a mailbox with raw messages: tests need small, uniform ones. */
const fewestWithDemoMail = 100;

/**
 * Returns a realistic mailbox of `count` messages: threads between people, newsletters, receipts, build mails, trips,
 * drafts, spam; the newest ones with every feature of mail. It is the same for the same owner, count and day; dates are
 * in the two years before `now`.
 */
export async function demoMailbox(owner: string, count: number, now: number): Promise<Message[]> {
  const dice = throwDice([...owner].reduce((sum, letter) => Math.imul(sum, 31) + letter.charCodeAt(0), 7));
  const threads: Draft[][] = count < fewestWithDemoMail ? [] : await demoThreads(owner, now);
  for (let drafted = threads.flat().length; drafted < count; drafted += threads.at(-1)?.length ?? 0) {
    const start = now - twoYears + Math.floor(dice.number(1e6) * (twoYears / 1e6));
    threads.push(draftThread(dice, owner, start, now).slice(0, count - drafted));
  }
  const drafts = threads.flatMap((thread, threadNumber) =>
    thread.map((draft) => ({ ...draft, threadNumber })),
  );
  drafts.sort((one, other) => one.internalDate - other.internalDate);
  const threadIds = new Map<number, string>();
  const lastIds = new Map<number, string>();
  return drafts.map(({ threadNumber, content, labelIds, internalDate }, index) => {
    const id = messageIdAt(internalDate, index);
    const threadId = threadIds.get(threadNumber) ?? id;
    const answered = lastIds.get(threadNumber);
    threadIds.set(threadNumber, threadId);
    lastIds.set(threadNumber, id);
    return {
      id,
      threadId,
      historyId: earlierHistoryId(count - index),
      internalDate,
      labelIds,
      content:
        answered === undefined || content.raw !== undefined
          ? content
          : { ...content, inReplyTo: messageIdOf({ id: answered }) },
    };
  });
}

async function demoThreads(owner: string, now: number): Promise<Draft[][]> {
  const drafts = demoMails.map(async ({ hoursAgo, labelIds, thread, write }, index) => {
    const internalDate = now - hoursAgo * hour;
    const date = new Date(internalDate).toUTCString().replace('GMT', '+0000');
    const content = await readRawMessage(Buffer.from(`Date: ${date}\r\n${write(owner)}`));
    return { draft: { content, labelIds, internalDate }, thread: thread ?? index };
  });
  const threads = Map.groupBy(await Promise.all(drafts), ({ thread }) => thread);
  return [...threads.values()].map((messages) => messages.map(({ draft }) => draft));
}

function draftThread(dice: Dice, owner: string, start: number, now: number): Draft[] {
  const kind = dice.number(100);
  if (kind < 45) return conversation(dice, owner, start, now);
  const [draft, labelIds] = single(dice, owner, kind);
  const unread = dice.chance(0.3) ? ['UNREAD'] : [];
  return [{ content: draft, labelIds: [...labelIds, ...unread], internalDate: start }];
}

function conversation(dice: Dice, owner: string, start: number, now: number): Draft[] {
  const other = dice.one(people);
  const topic = dice.one(topics);
  const label = dice.one([[], [], ['Label_3'], ['IMPORTANT'], ['STARRED'], ['Label_2']] as const);
  const length = 1 + Math.min(dice.number(12), dice.number(12), dice.number(12));
  const drafts: Draft[] = [];
  let time = start;
  for (let index = 0; index < length && time < now; index += 1) {
    const mine = index % 2 === 1;
    const unread = !mine && index === length - 1 && dice.chance(0.25);
    drafts.push({
      content: letter(dice, mine ? owner : other, mine ? other : owner, index === 0 ? topic : `Re: ${topic}`),
      labelIds: [
        ...(mine ? ['SENT'] : ['INBOX', 'CATEGORY_PERSONAL']),
        ...label,
        ...(unread ? ['UNREAD'] : []),
      ],
      internalDate: time,
    });
    time += hour / 4 + dice.number(2 * 24 * hour);
  }
  return drafts;
}

function letter(dice: Dice, from: string, to: string, subject: string): MessageContent {
  const lines = Array.from({ length: 2 + dice.number(5) }, () => dice.one(sentences));
  const text = `Hello,\r\n\r\n${lines.join('\r\n')}\r\n\r\nBest,\r\n${from.split(' ')[0] ?? ''}\r\n`;
  return {
    from,
    to,
    subject,
    text,
    ...(dice.chance(0.6) ? { html: asHtml(text) } : {}),
    ...(dice.chance(0.15) ? { attachments: [dice.one(files)] } : {}),
  };
}

function single(dice: Dice, owner: string, kind: number): [MessageContent, string[]] {
  const number = 1000 + dice.number(9000);
  if (kind < 60) {
    const from = dice.one([
      'Morning Brief <news@brief.example>',
      'Café Journal <lettre@cafe-journal.example>',
    ]);
    return [
      bulk(from, owner, `This week: ${dice.one(topics)}`, dice.one(sentences)),
      ['INBOX', 'CATEGORY_PROMOTIONS'],
    ];
  }
  if (kind < 72) {
    const text = `Thank you for your order ${number}.\r\nTotal: ${number / 100} EUR\r\n`;
    const receipt = {
      filename: `receipt-${number}.pdf`,
      mimeType: 'application/pdf',
      sizeBytes: 12_000 + number,
    };
    const content = {
      from: 'Shop <orders@shop.example>',
      to: owner,
      subject: `Your receipt #${number}`,
      text,
    };
    return [{ ...content, attachments: [receipt] }, ['INBOX', 'CATEGORY_UPDATES', 'Label_1']];
  }
  if (kind < 84) {
    const outcome = dice.one(['passed', 'passed', 'failed']);
    const text = `The build ${number} of branch main has ${outcome} after ${dice.number(20)} minutes.\r\n`;
    const subject = `[ci] Build ${number} ${outcome}`;
    return [{ from: 'CI <ci@builds.example>', to: owner, subject, text }, ['INBOX', 'CATEGORY_UPDATES']];
  }
  if (kind < 89) {
    const subject = `Your trip to ${dice.one(['Genève', 'กรุงเทพฯ', 'Reykjavík', 'São Paulo'])}`;
    const text = `Booking reference LG${number}. Check-in opens 24 hours before departure.\r\n`;
    const content = {
      from: 'Travel Desk <trips@travel.example>',
      to: owner,
      subject,
      text,
      html: asHtml(text),
    };
    return [content, ['INBOX', 'CATEGORY_UPDATES', 'Label_2', 'IMPORTANT']];
  }
  if (kind < 92) return [letter(dice, owner, dice.one(people), dice.one(topics)), ['DRAFT']];
  if (kind < 96) {
    const text = `Dear friend, you have won ${number} coins. Answer today!\r\n`;
    return [
      { from: 'Prize Office <win@prizes.example>', to: owner, subject: 'You have WON', text },
      ['SPAM'],
    ];
  }
  return [bulk('Old Shop <info@old-shop.example>', owner, 'Last chance!', dice.one(sentences)), ['TRASH']];
}

function bulk(from: string, to: string, subject: string, sentence: string): MessageContent {
  const text = `${sentence}\r\n\r\nTo leave this list, follow the link below.\r\n`;
  const headers = [['List-Unsubscribe', '<https://list.example/leave>']] as const;
  return { from, to, subject, text, html: asHtml(text), headers };
}

function asHtml(text: string): string {
  const escaped = text.replace(/&/g, '&amp;').replace(/</g, '&lt;');
  return `<html><body><p>${escaped.trim().replace(/(\r\n)+/g, '</p><p>')}</p></body></html>`;
}

/** Mulberry32: a small generator, the same on every machine. */
function throwDice(seed: number): Dice {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    number: (below) => Math.floor(next() * below),
    chance: (probability) => next() < probability,
    one: (items) => items[Math.floor(next() * items.length)] ?? items[0],
  };
}
