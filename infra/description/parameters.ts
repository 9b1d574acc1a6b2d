import * as v from 'valibot';
import type { Schema } from './document.ts';

/** The relevant fields of one step of a valibot schema. */
interface Step {
  readonly type: string;
  readonly pipe?: readonly Step[];
  readonly wrapped?: Step;
  readonly requirement?: unknown;
  readonly options?: unknown;
  readonly literal?: unknown;
}

/**
 * Returns the JSON Schema of a value, or of a list of values, in a query.
 *
 * @throws Error for an unknown step, so that no constraint is dropped silently
 */
export function parameterSchema(entry: v.GenericSchema<unknown, unknown>): Schema {
  const [list, length, ...steps] = stepsOf(entry);
  if (list?.type !== 'array') throw new Error('A parameter is a list of the values it was given.');
  if (length?.type === 'max_length') {
    return { type: 'array', items: { type: 'string' }, maxItems: length.requirement };
  }
  if (length?.type !== 'length' || length.requirement !== 1)
    throw new Error('The schema must limit how often the parameter may be given.');
  const schema: Schema = Object.assign({ type: 'string' }, ...steps.map(jsonSchemaOf));
  const usual = v.safeParse(entry, undefined);
  return {
    ...typed(schema),
    ...(usual.success && usual.output !== undefined && usual.output !== '' && { default: usual.output }),
  };
}

/** Restores types: in a query a boolean is the word true or false, and an integer a string of digits. */
function typed(schema: Schema): Schema {
  if (JSON.stringify(schema['enum']) === '["true","false"]') return { type: 'boolean' };
  const { pattern: _, ...number } = schema;
  return schema['type'] === 'integer' ? number : schema;
}

/** The steps of a value's pipe, in order. */
function stepsOf({ pipe, wrapped, ...step }: Step): readonly Step[] {
  if (pipe !== undefined) return pipe.flatMap(stepsOf);
  return wrapped === undefined ? [step] : stepsOf(wrapped);
}

function jsonSchemaOf({ type, requirement, options, literal }: Step): Schema {
  switch (type) {
    case 'max_length':
      return { maxLength: requirement };
    case 'non_empty':
      return { minLength: 1 };
    case 'regex':
      return { pattern: requirement instanceof RegExp ? requirement.source : requirement };
    case 'picklist':
      return { enum: options };
    case 'literal':
      return { const: literal };
    case 'min_value':
      return { type: 'integer', minimum: requirement };
    case 'max_value':
      return { type: 'integer', maximum: requirement };
    case 'transform':
    case 'string':
    case 'number':
      return {};
    default:
      throw new Error(`No JSON Schema equivalent of ${type} is known.`);
  }
}
