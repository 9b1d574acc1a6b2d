import * as v from 'valibot';

/** The parts of a JSON Schema that readers see. */
export const readable = v.looseObject({
  $ref: v.optional(v.string()),
  type: v.optional(v.union([v.string(), v.array(v.string())])),
  description: v.optional(v.string(), ''),
  properties: v.optional(v.record(v.string(), v.record(v.string(), v.unknown())), {}),
  required: v.optional(v.array(v.string()), []),
  items: v.optional(v.record(v.string(), v.unknown())),
  anyOf: v.optional(v.array(v.record(v.string(), v.unknown()))),
  oneOf: v.optional(v.array(v.record(v.string(), v.unknown()))),
  enum: v.optional(v.array(v.unknown())),
  const: v.optional(v.unknown()),
  minimum: v.optional(v.number()),
  maximum: v.optional(v.number()),
  default: v.optional(v.unknown()),
});

export type Readable = v.InferOutput<typeof readable>;

/** The bounds of a number, such as ` from 1 to 500`, or nothing. */
export function rangeOf({ minimum, maximum }: Readable): string {
  if (minimum === undefined) return '';
  return maximum === undefined ? ` from ${minimum}` : ` from ${minimum} to ${maximum}`;
}
