/**
 * A CloudFormation template as lines to be read in a review, where a change of one thing is a change of one line. It
 * looks like YAML. Texts that CloudFormation joins are written as one, with `${…}` for what it fills in; JSON within a
 * text is written out; and hashes of assets are left out, since they change with every line of code and say nothing.
 */
export function readableTemplate(template: object): string {
  return `${linesOf(template).join('\n')}\n`.replaceAll(/[0-9a-f]{64}/g, '<hash>');
}

function linesOf(value: object): string[] {
  return Array.isArray(value)
    ? value.flatMap((item: unknown) => {
        const [first = '', ...others] = leafOf(item) ?? linesOf(Object(withoutText(item)));
        return [`- ${first}`, ...others.map((line) => `  ${line}`)];
      })
    : Object.entries(value).flatMap(([name, inner]: [string, unknown]) => {
        const leaf = leafOf(inner);
        if (leaf !== undefined) return [`${name}: ${leaf[0]}`];
        return [`${name}:`, ...linesOf(Object(withoutText(inner))).map((line) => `  ${line}`)];
      });
}

/** The one line of a plain value, an empty list or object, or a text; undefined for what takes several. */
function leafOf(value: unknown): [string] | undefined {
  const plain = textOf(value) ?? value;
  if (typeof plain === 'string') return isJson(plain) ? undefined : [quoted(plain)];
  if (typeof plain !== 'object' || plain === null) return [JSON.stringify(plain)];
  return Object.keys(plain).length === 0 ? [JSON.stringify(plain)] : undefined;
}

/** What a JSON text holds; anything else as it is. */
function withoutText(value: unknown): unknown {
  const text = textOf(value) ?? value;
  return typeof text === 'string' ? JSON.parse(text) : value;
}

const isJson = (text: string) => text.startsWith('{"');

/** A text that could be taken for something else keeps its quotes. */
function quoted(text: string): string {
  const plain = /^[\w/.$(*][^\n]*$/.test(text) && !/^[\d.]+$|^(true|false|null)$/.test(text);
  return plain ? text : JSON.stringify(text);
}

/** The text that CloudFormation makes of one of its functions; undefined for anything else. */
function textOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const [[name, argument] = ['', undefined], ...others]: [string, unknown][] = Object.entries(value);
  if (others.length > 0) return undefined;
  if (name === 'Ref') return `\${${argument}}`;
  if (name === 'Fn::ImportValue') return `\${import ${argument}}`;
  if (!Array.isArray(argument)) return undefined;
  if (name === 'Fn::GetAtt') return `\${${argument.join('.')}}`;
  const [between, parts]: unknown[] = argument;
  if (name !== 'Fn::Join' || between !== '' || !Array.isArray(parts)) return undefined;
  return parts.map((part: unknown) => textOf(part) ?? wordsOf(part)).join('');
}

/** A part of a text: literal, or what some rarer function says, without the quotes that would break a JSON text. */
function wordsOf(part: unknown): string {
  if (typeof part !== 'object' || part === null) return String(part);
  const words = Object.entries(part).map(([name, inner]) => `${name} ${textOf(inner) ?? wordsOf(inner)}`);
  return Array.isArray(part)
    ? Object.values(part)
        .map((item) => textOf(item) ?? wordsOf(item))
        .join(' ')
    : `\${${words.join(' ')}}`;
}
