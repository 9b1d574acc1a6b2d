import { labels } from './labels.ts';
import { type Message, messageIdOf, sizeEstimate } from './message.ts';

/** Says whether a message is one that the query asks for. */
export type Predicate = (message: Message) => boolean;

/** A query, read. */
export interface Query {
  readonly matches: Predicate;
  /** The query itself speaks of Spam or Trash (`in:spam`, `in:trash`, `in:anywhere`, `label:spam`). */
  readonly reachesSpamAndTrash: boolean;
}

const token = /\s*(?:([(){}])|(-)(?=\S)|([a-z_]*:?"[^"]*")|([^\s(){}]+))/giy;

const days: Record<string, number> = { d: 1, m: 30, y: 365 };

/**
 * Reads a search as Gmail's box does: words and "phrases", operators, `OR` (which binds tighter than standing
 * side by side), `{}`, `-` and parentheses. Words match whole words, whatever their case; an unknown operator is
 * a word like any other. Dates are UTC.
 */
export function parseQuery(text: string, now: number): Query {
  const tokens = [...text.matchAll(token)].map((match) => match[0].trim());
  let position = 0;
  let reachesSpamAndTrash = false;

  function all(end: string | undefined, field: string): Predicate {
    const parts: Predicate[] = [];
    while (position < tokens.length && tokens[position] !== end) parts.push(alternatives(field));
    position += 1;
    return (message) => parts.every((part) => part(message));
  }

  function alternatives(field: string): Predicate {
    const parts = [one(field)];
    while (tokens[position] === 'OR' && position + 1 < tokens.length) {
      position += 1;
      parts.push(one(field));
    }
    return (message) => parts.some((part) => part(message));
  }

  function one(field: string): Predicate {
    const word = tokens[position] ?? '';
    position += 1;
    if (word === '-') {
      const negated = one(field);
      return (message) => !negated(message);
    }
    if (word === '(') return all(')', field);
    if (word === '{') return any(field);
    if (word === ')' || word === '}' || word === 'AND') return () => true;
    if (word.endsWith(':') && tokens[position] === '(') {
      position += 1;
      return all(')', word);
    }
    const term = `${field}${word}`;
    if (/^(in:(spam|trash|anywhere)|label:(spam|trash))$/i.test(term)) reachesSpamAndTrash = true;
    return termPredicate(term, now);
  }

  function any(field: string): Predicate {
    const parts: Predicate[] = [];
    while (position < tokens.length && tokens[position] !== '}') parts.push(one(field));
    position += 1;
    return (message) => parts.some((part) => part(message));
  }

  const matches = all(undefined, '');
  return { matches, reachesSpamAndTrash };
}

function termPredicate(term: string, now: number): Predicate {
  const colon = term.indexOf(':');
  const value = term.slice(colon + 1).replaceAll('"', '');
  const predicate = colon > 0 ? operator(term.slice(0, colon).toLowerCase(), value, now) : undefined;
  return (
    predicate ?? contains(({ content }) => [content.subject, content.from, content.to, content.text], term)
  );
}

function operator(name: string, value: string, now: number): Predicate | undefined {
  switch (name) {
    case 'from':
      return contains(({ content }) => [content.from], value);
    case 'to':
      return contains(({ content }) => [content.to], value);
    case 'subject':
      return contains(({ content }) => [content.subject], value);
    case 'label':
      return hasLabel(labelNamed(value));
    case 'category':
      return hasLabel(`CATEGORY_${value === 'primary' ? 'PERSONAL' : value.toUpperCase()}`);
    case 'is':
      return state(value.toLowerCase());
    case 'in':
      return place(value.toLowerCase());
    case 'has':
      return value === 'attachment' ? ({ content }) => (content.attachments ?? []).length > 0 : undefined;
    case 'filename':
      return ({ content }) =>
        (content.attachments ?? []).some(({ filename }) => fold(filename).includes(fold(value)));
    case 'rfc822msgid':
      return (message) => messageIdOf(message).slice(1, -1) === value.replace(/^<|>$/g, '');
    default:
      return measure(name, value, now);
  }
}

function measure(name: string, value: string, now: number): Predicate | undefined {
  if (name === 'after' || name === 'before') {
    const time = readDate(value);
    if (time === undefined) return undefined;
    return name === 'after' ? (m) => m.internalDate >= time : (m) => m.internalDate < time;
  }
  if (name === 'newer_than' || name === 'older_than') {
    const [, amount = '', unit = ''] = /^(\d+)([dmy])$/.exec(value) ?? [];
    const time = now - Number(amount) * (days[unit] ?? Number.NaN) * 24 * 60 * 60 * 1000;
    if (Number.isNaN(time)) return undefined;
    return name === 'newer_than' ? (m) => m.internalDate > time : (m) => m.internalDate <= time;
  }
  if (name === 'larger' || name === 'smaller') {
    const [, amount = '', unit = ''] = /^(\d+)([km]?)b?$/i.exec(value) ?? [];
    if (amount === '') return undefined;
    const factor = { '': 1, k: 1024, m: 1024 ** 2 }[unit.toLowerCase()] ?? 1;
    const size = Number(amount) * factor;
    return name === 'larger' ? (m) => sizeEstimate(m) > size : (m) => sizeEstimate(m) < size;
  }
  return undefined;
}

function readDate(value: string): number | undefined {
  if (/^\d{9,}$/.test(value)) return Number(value) * 1000;
  const [, year, month, date] = /^(\d{4})[/-](\d{1,2})[/-](\d{1,2})$/.exec(value) ?? [];
  return year === undefined ? undefined : Date.UTC(Number(year), Number(month) - 1, Number(date));
}

function state(value: string): Predicate | undefined {
  if (value === 'read') return ({ labelIds }) => !labelIds.includes('UNREAD');
  const known = ['unread', 'starred', 'important'].includes(value);
  return known ? hasLabel(value.toUpperCase()) : undefined;
}

function place(value: string): Predicate | undefined {
  if (value === 'anywhere') return () => true;
  if (value === 'drafts') return hasLabel('DRAFT');
  const known = ['inbox', 'sent', 'draft', 'trash', 'spam'].includes(value);
  return known ? hasLabel(value.toUpperCase()) : undefined;
}

function hasLabel(id: string): Predicate {
  return ({ labelIds }) => labelIds.includes(id);
}

/** In a search, a label's spaces and slashes are written as hyphens. */
function labelNamed(value: string): string {
  const wanted = value.toLowerCase().replace(/[ /]/g, '-');
  const names = (name: string) => name.toLowerCase().replace(/[ /]/g, '-') === wanted;
  return labels.find(({ id, name }) => names(name) || names(id))?.id ?? value;
}

/** Matches whole words in their order, so that "art" is not found in "start". */
function contains(fields: (message: Message) => string[], words: string): Predicate {
  const wanted = ` ${fold(words)} `;
  if (wanted.trim() === '') return () => true;
  return (message) => fields(message).some((field) => ` ${fold(field)} `.includes(wanted));
}

/** Brings text to lower-case words of letters and digits, accents off. */
function fold(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
