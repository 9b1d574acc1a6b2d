import * as v from 'valibot';
import { options } from '../cloud/options.ts';
import { localSettings } from '../local/settings.ts';
import type { Setting } from '../settings.ts';

/** The variables of `npm start`, as a table in Markdown. */
export function variableTable(): string {
  const rows = localSettings.map((setting) => {
    const { variable, words, locally } = setting;
    const usual = locally === undefined ? usualOf(setting) : locally.replace(/^\w+$/, code);
    return [code(variable), usual, words + ifList(setting)];
  });
  return table(['variable', 'default', 'meaning'], rows);
}

/** The options of a deployment, as a table in Markdown. It refers to the other table for those of `npm start`. */
export function optionTable(): string {
  const explained = new Set(localSettings.map(({ variable }) => variable));
  const rows = entriesOf(options).map(([name, setting]) => {
    const { variable = '', words } = setting;
    return [code(name), usualOf(setting), explained.has(variable) ? code(variable) : words];
  });
  return table(['option', 'default', 'meaning'], rows);
}

/** The options as properties of the construct, in TypeScript. */
export function properties(): string {
  return entriesOf(options)
    .map(([name, setting]) => {
      const { schema } = setting;
      const isRequired = schema.type !== 'optional';
      const comment = commentOf(plain(setting.words), isRequired ? undefined : typedDefault(setting));
      return `${comment}\n  readonly ${name}${isRequired ? '' : '?'}: ${typeOf(setting)}${isRequired ? '' : ' | undefined'};`;
    })
    .join('\n');
}

/** The default, for readers. */
function usualOf({ usually, schema }: Setting): string {
  const fixed = v.getDefault(schema);
  return usually ?? (fixed ? code(String(fixed)) : 'none');
}

/** The default as TypeScript, or in words. */
function typedDefault(setting: Setting): string {
  const { usually, schema } = setting;
  const fixed = v.getDefault(schema);
  if (usually !== undefined || !fixed) return plain(usualOf(setting));
  const value = v.parse(schema, fixed);
  return Array.isArray(value) || typeof value === 'string' ? quoted(value) : String(value);
}

function quoted(value: unknown): string {
  return JSON.stringify(value).replaceAll('"', `'`).replaceAll(`','`, `', '`);
}

const oneOfWords = v.object({
  wrapped: v.object({ type: v.literal('picklist'), options: v.array(v.string()) }),
});

function typeOf({ type, schema }: Setting): string {
  if (type !== undefined) return type;
  return v.is(oneOfWords, schema) ? schema.wrapped.options.map(quoted).join(' | ') : 'string';
}

function ifList({ type }: Setting): string {
  return type === 'readonly string[]' ? '; a list, separated by spaces' : '';
}

/** Markdown without links and emphasis. */
function plain(markdown: string): string {
  return markdown.replaceAll(/\[([^\]]+)\]\([^)]+\)/g, '$1').replaceAll('**', '');
}

function commentOf(words: string, usual: string | undefined): string {
  const sentence = `${words.slice(0, 1).toUpperCase()}${words.slice(1)}.`;
  const lines = [...wrapped(sentence), ...(usual === undefined ? [] : [`@default ${usual}`])];
  return ['  /**', ...lines.map((line) => `   * ${line}`.trimEnd()), '   */'].join('\n');
}

/** Wraps a text to the line length of comments in the source. */
function wrapped(text: string): readonly string[] {
  return text.match(/\S.{0,112}(?= |$)/g) ?? [];
}

function table(head: string[], rows: string[][]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function code(text: string): string {
  return `\`${text}\``;
}

function entriesOf(settings: Readonly<Record<string, Setting>>): [string, Setting][] {
  return Object.entries(settings);
}
