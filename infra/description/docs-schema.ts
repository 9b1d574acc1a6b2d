import * as v from 'valibot';
import { escapeHtml } from '../../lambdas/http/html.ts';
import type { Schema } from './document.ts';
import { type Readable, rangeOf, readable } from './readable-schema.ts';

/** Text with `code` in it, as HTML. */
export function prose(text: string): string {
  return escapeHtml(text).replace(/`([^`]+)`/g, '<code>$1</code>');
}

/** The type of a schema's values, as HTML. */
export function typeOf(schema: Schema): string {
  const said = v.parse(readable, schema);
  const usual =
    said.default === undefined ? '' : `, default <code>${escapeHtml(String(said.default))}</code>`;
  return `${kindOf(said)}${rangeOf(said)}${usual}`;
}

function kindOf({ $ref, const: only, enum: values, oneOf, anyOf = oneOf, items, type }: Readable): string {
  if ($ref !== undefined) {
    const name = escapeHtml($ref.slice($ref.lastIndexOf('/') + 1));
    return `<a href="#schema-${name}">${name}</a>`;
  }
  if (only !== undefined) return `<code>${escapeHtml(String(only))}</code>`;
  if (values !== undefined)
    return values.map((value) => `<code>${escapeHtml(String(value))}</code>`).join(' or ');
  if (anyOf !== undefined) return anyOf.map(typeOf).join(' or ');
  if (items !== undefined) return `list of ${typeOf(items)}`;
  return escapeHtml([type ?? 'anything'].flat().join(' or '));
}

/** The fields of an object, or of each alternative object, as HTML; for any other schema, its type. */
export function fieldsOf(schema: Schema): string {
  const said = v.parse(readable, schema);
  const { properties, required, anyOf, oneOf = anyOf } = said;
  const names = Object.keys(properties);
  if (names.length === 0) {
    return oneOf?.some((each) => 'properties' in each)
      ? oneOf.map(fieldsOf).join('<p>or</p>\n')
      : `<p>${typeOf(schema)}</p>`;
  }
  const lines = names.map((name) => {
    const property = properties[name] ?? {};
    const { description } = v.parse(readable, property);
    const optional = required.includes(name) ? '' : ', may be absent';
    const inner = 'properties' in property ? fieldsOf(property) : '';
    return `<dt><code>${escapeHtml(name)}</code> <span class="quiet">${typeOf(property)}${optional}</span></dt>\n<dd>${prose(description)}${inner}</dd>`;
  });
  return `<dl class="fields">\n${lines.join('\n')}\n</dl>`;
}
