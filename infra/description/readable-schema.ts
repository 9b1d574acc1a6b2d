import * as v from 'valibot';
import type { Schema } from './document.ts';

const inner = v.record(v.string(), v.unknown());

/** The parts of a JSON Schema that readers see. */
export const readable = v.looseObject({
  $ref: v.optional(v.string()),
  type: v.optional(v.union([v.string(), v.array(v.string())])),
  description: v.optional(v.string(), ''),
  properties: v.optional(v.record(v.string(), inner), {}),
  required: v.optional(v.array(v.string()), []),
  items: v.optional(inner),
  anyOf: v.optional(v.array(inner)),
  oneOf: v.optional(v.array(inner)),
  enum: v.optional(v.array(v.unknown())),
  const: v.optional(v.unknown()),
  minimum: v.optional(v.number()),
  maximum: v.optional(v.number()),
  default: v.optional(v.unknown()),
});

type Readable = v.InferOutput<typeof readable>;

/** How a format writes values and the names of schemas. */
interface Format {
  readonly code: (text: string) => string;
  readonly linkTo: (name: string) => string;
}

/** Returns the type of a schema's values in this format, such as `number from 1 to 500, default 50`. */
export function typeIn({ code, linkTo }: Format): (schema: Schema) => string {
  const typeOf = (schema: Schema): string => {
    const read = v.parse(readable, schema);
    const usual = read.default === undefined ? '' : `, default ${code(String(read.default))}`;
    return `${kindOf(read)}${rangeOf(read)}${usual}`;
  };
  function kindOf({ $ref, const: only, enum: values, oneOf, anyOf = oneOf, items, type }: Readable): string {
    if ($ref !== undefined) return linkTo(nameOf($ref));
    if (only !== undefined) return only === '' ? 'empty' : code(String(only));
    if (values !== undefined) return values.map((value) => code(String(value))).join(' or ');
    if (anyOf !== undefined) return anyOf.map(typeOf).join(' or ');
    return items === undefined ? [type ?? 'anything'].flat().join(' or ') : `list of ${typeOf(items)}`;
  }
  return typeOf;
}

function rangeOf({ minimum, maximum }: Readable): string {
  if (minimum === undefined) return '';
  return maximum === undefined ? ` from ${minimum}` : ` from ${minimum} to ${maximum}`;
}

/** The name of a component, by a reference to it. */
export function nameOf(reference: string): string {
  return reference.slice(reference.lastIndexOf('/') + 1);
}
