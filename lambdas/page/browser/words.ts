import { isProblemCode, problems } from '../../errors.ts';

/** Formats dates and numbers in English, the page's language, and in the user's time zone. */
export class Words {
  readonly #locale: string;
  readonly #zone: string | undefined;
  readonly #numbers: Intl.NumberFormat;

  constructor(languages: readonly string[] = ['en-GB'], zone?: string) {
    // Some browsers report locales that Intl refuses, such as `en-US@posix`.
    this.#locale = languages.find((language) => /^en(-[A-Z]{2})?$/.test(language)) ?? 'en-GB';
    this.#zone = zone;
    this.#numbers = new Intl.NumberFormat(this.#locale);
  }

  number(value: number): string {
    return this.#numbers.format(value);
  }

  /** A number of things, such as `1 message` or `1,200 messages`. */
  count(value: number, one: string, many = `${one}s`): string {
    return `${this.number(value)} ${value === 1 ? one : many}`;
  }

  /** The shortest form: the time for today, else the day. */
  shortDate(time: number, now: number): string {
    const day = this.#format(time, { year: 'numeric', month: 'numeric', day: 'numeric' });
    const dayOf = (other: number) =>
      this.#format(other, { year: 'numeric', month: 'numeric', day: 'numeric' });
    if (day === dayOf(now)) return this.#format(time, { hour: '2-digit', minute: '2-digit' });
    if (day === dayOf(now - 86_400_000)) return 'Yesterday';
    const sameYear = this.#format(time, { year: 'numeric' }) === this.#format(now, { year: 'numeric' });
    return this.#format(time, { day: 'numeric', month: 'short', ...(!sameYear && { year: 'numeric' }) });
  }

  longDate(time: number): string {
    return this.#format(time, { dateStyle: 'full', timeStyle: 'short' });
  }

  /** How long ago or how soon, such as `2 minutes ago` or `any moment`. */
  relative(time: number, now: number): string {
    const seconds = Math.round((time - now) / 1000);
    if (Math.abs(seconds) < 10) return time > now ? 'any moment' : 'just now';
    const format = new Intl.RelativeTimeFormat(this.#locale, { numeric: 'auto' });
    const [amount, unit] = inUnits(seconds);
    return format.format(amount, unit);
  }

  /** An approximate duration, such as `about 41 minutes`. */
  duration(seconds: number): string {
    if (seconds < 60) return 'less than a minute';
    const [amount, unit] = inUnits(seconds);
    return `about ${this.count(amount, unit)}`;
  }

  size(bytes: number): string {
    if (bytes < 1000) return this.count(bytes, 'byte');
    const [amount, unit] = bytes < 1_000_000 ? [bytes / 1000, 'kB'] : [bytes / 1_000_000, 'MB'];
    return `${this.number(amount < 10 ? Math.round(amount * 10) / 10 : Math.round(amount))} ${unit}`;
  }

  #format(time: number, options: Intl.DateTimeFormatOptions): string {
    return new Intl.DateTimeFormat(this.#locale, { ...options, timeZone: this.#zone }).format(time);
  }
}

function inUnits(seconds: number): [number, 'second' | 'minute' | 'hour' | 'day'] {
  const length = Math.abs(seconds);
  if (length < 60) return [seconds, 'second'];
  if (length < 3570) return [Math.round(seconds / 60), 'minute'];
  if (length < 84_600) return [Math.round(seconds / 3600), 'hour'];
  return [Math.round(seconds / 86_400), 'day'];
}

/** The name of a sender, or the address if there is none. Trimmed first: leading spaces would take cubic time. */
export function senderName(from: string): string {
  const [, name = ''] = /^\s*"?([^"<]*?)"?\s*<[^<>]*>\s*$/.exec(from.trim()) ?? [];
  return name === '' ? from.replace(/^\s*<(.*)>\s*$/, '$1') : name;
}

export function wordsOfCode(code: string): string {
  if (code === 'waiting_for_daily_quota')
    return 'This site’s Gmail quota for today is used up. It resumes by itself.';
  if (code === 'rate_limited') return 'Gmail asked for a pause. It resumes by itself.';
  return isProblemCode(code) ? `${problems[code].title}.` : code;
}
