import * as v from 'valibot';
import type { Schema } from './document.ts';
import { readable, typeIn } from './readable-schema.ts';

/** The type of a schema's values, as Markdown; for a named schema, a link to it. */
export const typeOf = typeIn({
  code: (text) => `\`${text}\``,
  linkTo: (name) => `[${name}](#${name.toLowerCase()})`,
});

/** A list item for each field of an object, or of the objects that it may be; fields of inner objects by their path. */
export function fieldsOf(schema: Schema): string[] {
  const { properties, required, anyOf = [], oneOf = anyOf } = v.parse(readable, schema);
  if (oneOf.length > 0) return [...new Set(oneOf.flatMap(fieldsOf))];
  return Object.entries(properties).flatMap(([name, property]) => [
    fieldLine(name, property, required.includes(name)),
    ...innerFields(name, property),
  ]);
}

/** A list item: the name of a field or parameter, its type unless it is any text, and its meaning. */
export function fieldLine(name: string, schema: Schema, isRequired: boolean, words?: string): string {
  const { description, default: usual } = v.parse(readable, schema);
  const kinds = [typeOf(schema), isRequired || usual !== undefined ? '' : 'optional'];
  const notes = kinds.filter((text) => text !== '' && text !== 'string').join(', ');
  return [`- \`${name}\``, notes === '' ? '' : `(${notes})`, words ?? description].filter(Boolean).join(' ');
}

function innerFields(name: string, property: Schema): string[] {
  const { items, $ref } = v.parse(readable, property);
  if ($ref !== undefined) return [];
  const path = items === undefined ? name : `${name}[]`;
  return fieldsOf(items ?? property).map((line) => line.replace('- `', `- \`${path}.`));
}
