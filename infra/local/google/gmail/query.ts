import { labels } from './labels.ts';
import { type Message, type MessageContent, messageIdOf, sizeEstimate } from './message.ts';
import { type Expression, type Proximity, readQuery, type Term } from './query-syntax.ts';
import { placesOf, wordsOf } from './search-words.ts';

/** Whether a message matches the query. */
type Predicate = (message: Message) => boolean;

/** A parsed query. */
export interface Query {
  readonly matches: Predicate;
  /** The query itself requests Spam or Trash (`in:spam`, `in:trash`, `in:anywhere`, `label:spam`). */
  readonly reachesSpamAndTrash: boolean;
  /** Operators that are unknown, or have an unknown value. */
  readonly unknownOperators: readonly string[];
}

/** The user and the time of a search. */
interface Searcher {
  /** The address that `me` means. */
  readonly email: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

const day = 24 * 60 * 60 * 1000;
const days: Readonly<Record<string, number>> = { d: 1, m: 30, y: 365 };

/**
 * Parses a search in Gmail's language. Words match whole words, ignoring case and accents. An unknown operator, or one
 * with an unknown value, is searched as text, as at Gmail. Dates are UTC.
 */
export function parseQuery(text: string, searcher: Searcher): Query {
  const query = readQuery(text);
  const unknown = new Set<string>();
  const matches = predicateOf(query, (term) => {
    const { operator = '' } = term;
    const known = Object.hasOwn(operators, operator)
      ? operators[operator]?.(term.value, searcher)
      : undefined;
    if (known !== undefined) return known;
    if (term.operator === undefined) return anywhere(term.value);
    unknown.add(term.operator);
    return anywhere(`${term.operator}:${term.value}`);
  });
  return { matches, reachesSpamAndTrash: reaches(query), unknownOperators: [...unknown] };
}

function predicateOf(expression: Expression, ofTerm: (term: Term) => Predicate): Predicate {
  switch (expression.kind) {
    case 'term':
      return ofTerm(expression);
    case 'near':
      return near(expression);
    case 'not': {
      const excluded = predicateOf(expression.of, ofTerm);
      return (message) => !excluded(message);
    }
    case 'all': {
      const parts = expression.of.map((part) => predicateOf(part, ofTerm));
      return (message) => parts.every((part) => part(message));
    }
    case 'any': {
      const parts = expression.of.map((part) => predicateOf(part, ofTerm));
      return (message) => parts.some((part) => part(message));
    }
  }
}

/** Whether the query itself searches Spam or Trash. A negated term (`-in:spam`) does not. */
function reaches(expression: Expression): boolean {
  if (expression.kind === 'term') {
    const { operator = '', value } = expression;
    return /^(in:(spam|trash|anywhere)|label:(spam|trash))$/i.test(`${operator}:${value}`);
  }
  return (expression.kind === 'all' || expression.kind === 'any') && expression.of.some(reaches);
}

/** The searched parts of a message. `to` is every recipient, as at Gmail. */
const fields = {
  from: ({ from }) => [from],
  to: ({ to, cc = '', bcc = '' }) => [to, cc, bcc],
  cc: ({ cc = '' }) => [cc],
  bcc: ({ bcc = '' }) => [bcc],
  deliveredto: (content) => headersOf(content, 'delivered-to'),
  list: (content) => [...headersOf(content, 'list-id'), ...headersOf(content, 'list-post')],
  subject: ({ subject }) => [subject],
  filename: ({ attachments = [] }) => attachments.map(({ filename }) => filename),
  anywhere: ({ subject, from, to, cc = '', bcc = '', text, attachments = [] }) => [
    ...[subject, from, to, cc, bcc, text],
    ...attachments.map(({ filename }) => filename),
  ],
} as const satisfies Readonly<Record<string, (content: MessageContent) => readonly string[]>>;

type Field = keyof typeof fields;

type Operator = (value: string, searcher: Searcher) => Predicate | undefined;

/** Each operator's predicate; undefined for an unknown value. */
const operators: Readonly<Record<string, Operator>> = {
  from: (value, searcher) => contains('from', addressOf(value, searcher)),
  to: (value, searcher) => contains('to', addressOf(value, searcher)),
  cc: (value, searcher) => contains('cc', addressOf(value, searcher)),
  bcc: (value, searcher) => contains('bcc', addressOf(value, searcher)),
  deliveredto: (value, searcher) => contains('deliveredto', addressOf(value, searcher)),
  list: (value) => contains('list', value),
  subject: (value) => contains('subject', value),
  filename: (value) => contains('filename', value),
  rfc822msgid: (value) => (message) => withoutAngles(messageIdOf(message)) === withoutAngles(value),
  label: (value) => hasLabel(labelNamed(value) ?? ''),
  category: (value) => lookUp(categories, value),
  is: (value) => lookUp(states, value),
  in: (value) => lookUp(inValues, value) ?? whereLabel(value),
  has: (value) => lookUp(hasValues, value),
  after: (value) => sinceDate(value),
  newer: (value) => sinceDate(value),
  before: (value) => negate(sinceDate(value)),
  older: (value) => negate(sinceDate(value)),
  newer_than: (value, { now }) => sinceAge(value, now),
  older_than: (value, { now }) => negate(sinceAge(value, now)),
  larger: (value) => compareSize(value, (size, limit) => size > limit),
  size: (value) => compareSize(value, (size, limit) => size > limit),
  smaller: (value) => compareSize(value, (size, limit) => size < limit),
};

/** Two Gmail categories without a label in its API. */
const categories: Readonly<Record<string, Predicate>> = {
  primary: hasLabel('CATEGORY_PERSONAL'),
  social: hasLabel('CATEGORY_SOCIAL'),
  promotions: hasLabel('CATEGORY_PROMOTIONS'),
  updates: hasLabel('CATEGORY_UPDATES'),
  forums: hasLabel('CATEGORY_FORUMS'),
  reservations: () => false,
  purchases: () => false,
};

const states: Readonly<Record<string, Predicate>> = {
  unread: hasLabel('UNREAD'),
  read: (message) => !hasLabel('UNREAD')(message),
  starred: hasLabel('STARRED'),
  important: hasLabel('IMPORTANT'),
  draft: hasLabel('DRAFT'),
  sent: hasLabel('SENT'),
  chat: hasLabel('CHAT'),
  snoozed: () => false,
  muted: () => false,
};

const inValues: Readonly<Record<string, Predicate>> = {
  anywhere: () => true,
  inbox: hasLabel('INBOX'),
  sent: hasLabel('SENT'),
  draft: hasLabel('DRAFT'),
  drafts: hasLabel('DRAFT'),
  trash: hasLabel('TRASH'),
  spam: hasLabel('SPAM'),
  chats: hasLabel('CHAT'),
  snoozed: () => false,
  archive: ({ labelIds }) =>
    !['INBOX', 'SENT', 'DRAFT', 'TRASH', 'SPAM', 'CHAT'].some((label) => labelIds.includes(label)),
};

const userLabels = new Set(labels.filter(({ type }) => type === 'user').map(({ id }) => id));
const hasUserLabel: Predicate = ({ labelIds }) => labelIds.some((id) => userLabels.has(id));

/** Stars and marks of Gmail's web interface that the API does not expose, so that no message matches them. */
const otherMarks = [
  ...['orange-star', 'red-star', 'purple-star', 'blue-star', 'green-star', 'red-bang', 'orange-guillemet'],
  ...['yellow-bang', 'green-check', 'blue-info', 'purple-question'],
];

const hasValues: Readonly<Record<string, Predicate>> = {
  attachment: ({ content: { attachments = [] } }) => attachments.some(({ isInline }) => isInline !== true),
  userlabels: hasUserLabel,
  nouserlabels: (message) => !hasUserLabel(message),
  'yellow-star': hasLabel('STARRED'),
  ...Object.fromEntries(otherMarks.map((mark) => [mark, () => false])),
  drive: links(/\b(drive|docs)\.google\.com\//),
  document: links(/\bdocs\.google\.com\/document\//),
  spreadsheet: links(/\bdocs\.google\.com\/spreadsheets\//),
  presentation: links(/\bdocs\.google\.com\/presentation\//),
  youtube: links(/\b(youtube\.com|youtu\.be)\//),
};

function lookUp(table: Readonly<Record<string, Predicate>>, value: string): Predicate | undefined {
  const name = value.toLowerCase();
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

function negate(predicate: Predicate | undefined): Predicate | undefined {
  return predicate && ((message) => !predicate(message));
}

function hasLabel(id: string): Predicate {
  return ({ labelIds }) => labelIds.includes(id);
}

function whereLabel(value: string): Predicate | undefined {
  const id = labelNamed(value);
  return id === undefined ? undefined : hasLabel(id);
}

/** In a search, a label's spaces and slashes are written as hyphens, or the label is quoted. */
function labelNamed(value: string): string | undefined {
  const written = (name: string) => name.toLowerCase().replace(/[ /]/g, '-');
  return labels.find(({ id, name }) => written(name) === written(value) || written(id) === written(value))
    ?.id;
}

function links(address: RegExp): Predicate {
  return ({ content: { text, html = '' } }) => address.test(text) || address.test(html);
}

function addressOf(value: string, { email }: Searcher): string {
  return value.toLowerCase() === 'me' ? email : value;
}

function withoutAngles(messageId: string): string {
  return messageId.replace(/^<|>$/g, '');
}

/** `2026/11/30`, `2026-11-30`, `11/30/2026`, or seconds since 1970. A day begins at midnight UTC. */
function sinceDate(value: string): Predicate | undefined {
  const time = readDate(value);
  return time === undefined ? undefined : ({ internalDate }) => internalDate >= time;
}

function readDate(value: string): number | undefined {
  if (/^\d{5,12}$/.test(value)) return Number(value) * 1000;
  const iso = /^(\d{4})[/-](\d{1,2})[/-](\d{1,2})$/.exec(value);
  const american = /^(\d{1,2})[/-](\d{1,2})[/-](\d{4})$/.exec(value);
  const [year, month, date] = iso ? iso.slice(1) : american ? [american[3], american[1], american[2]] : [];
  if (year === undefined || !inRange(month, 12) || !inRange(date, 31)) return undefined;
  return Date.UTC(Number(year), Number(month) - 1, Number(date));
}

function inRange(text: string | undefined, most: number): boolean {
  return Number(text) >= 1 && Number(text) <= most;
}

function sinceAge(value: string, now: number): Predicate | undefined {
  const [, amount = '', unit = ''] = /^(\d{1,6})([dmy])$/i.exec(value) ?? [];
  const length = days[unit.toLowerCase()];
  if (length === undefined) return undefined;
  const time = now - Number(amount) * length * day;
  return ({ internalDate }) => internalDate > time;
}

function compareSize(
  value: string,
  compare: (size: number, limit: number) => boolean,
): Predicate | undefined {
  const [, amount = '', unit = ''] = /^(\d{1,12})([kmg]?)b?$/i.exec(value) ?? [];
  if (amount === '') return undefined;
  const limit = Number(amount) * 1024 ** ['', 'k', 'm', 'g'].indexOf(unit.toLowerCase());
  return (message) => compare(sizeEstimate(message), limit);
}

function headersOf({ headers = [], to }: MessageContent, wanted: string): string[] {
  const found = headers.filter(([name]) => name.toLowerCase() === wanted).map(([, value]) => value);
  return wanted === 'delivered-to' && found.length === 0 ? [to] : found;
}

function anywhere(words: string): Predicate {
  return contains('anywhere', words);
}

/** Finds whole words in order, so that "art" is not found in "start". */
function contains(field: Field, words: string): Predicate {
  const wanted = wordsOf(words);
  if (wanted.length === 0) return () => true;
  return ({ content }) => textsOf(content, field).some((text) => placesOf(wanted, text).length > 0);
}

function near({ first, second, distance, isOrdered }: Proximity): Predicate {
  const [one, other] = [wordsOf(first), wordsOf(second)];
  const areNear = (text: readonly string[]) => {
    const others = placesOf(other, text);
    return placesOf(one, text).some((place) =>
      others.some((next) => {
        const between = next >= place ? next - place - one.length : place - next - other.length;
        return between >= 0 && between <= distance && (!isOrdered || next > place);
      }),
    );
  };
  return ({ content }) => textsOf(content, 'anywhere').some(areNear);
}

/** A cache of the words of messages: a message's content never changes. */
const read = new WeakMap<MessageContent, Map<Field, readonly (readonly string[])[]>>();

function textsOf(content: MessageContent, field: Field): readonly (readonly string[])[] {
  const known = read.get(content) ?? new Map<Field, readonly (readonly string[])[]>();
  read.set(content, known);
  const words = known.get(field) ?? fields[field](content).map(wordsOf);
  known.set(field, words);
  return words;
}
