import * as v from 'valibot';
import { escapeHtml } from '../../lambdas/http/html.ts';
import type { Schema } from './document.ts';
import { readable, typeIn } from './readable-schema.ts';

/** Text with `code` in it, as HTML. */
export function prose(text: string): string {
  return escapeHtml(text).replace(/`([^`]+)`/g, '<code>$1</code>');
}

/** The type of a schema's values, as HTML. */
export const typeOf = typeIn({
  code: (text) => `<code>${escapeHtml(text)}</code>`,
  linkTo: (name) => `<a href="#schema-${name}">${name}</a>`,
});

/** The fields of an object, or of each alternative object, as HTML; for any other schema, its type. */
export function fieldsOf(schema: Schema): string {
  const { properties, required, anyOf, oneOf = anyOf } = v.parse(readable, schema);
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
