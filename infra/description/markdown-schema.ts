import * as v from 'valibot';
import type { Schema } from './document.ts';
import { readable, typeIn } from './readable-schema.ts';

/** The type of a schema's values, as Markdown. */
export const typeOf = typeIn({
  code: (text) => `\`${text}\``,
  linkTo: (name) => `\`${name}\``,
});

/** A list item for each field of an object, or of the objects that it may be. */
export function fieldsOf(schema: Schema): string[] {
  const { properties, required, anyOf = [], oneOf = anyOf } = v.parse(readable, schema);
  if (oneOf.length > 0) return [...new Set(oneOf.flatMap(fieldsOf))];
  return Object.entries(properties).map(([name, property]) =>
    fieldLine(name, property, required.includes(name)),
  );
}

/** A list item: the name of a field or parameter, its type unless it is any text, and its meaning. */
export function fieldLine(name: string, schema: Schema, isRequired: boolean, words?: string): string {
  const { description, default: usual } = v.parse(readable, schema);
  const kinds = [typeOf(schema), isRequired || usual !== undefined ? '' : 'optional'];
  const notes = kinds.filter((text) => text !== '' && text !== 'string').join(', ');
  return [`- \`${name}\``, notes === '' ? '' : `(${notes})`, words ?? description].filter(Boolean).join(' ');
}
