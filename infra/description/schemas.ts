import { type ConversionConfig, toJsonSchema, toJsonSchemaDefs } from '@valibot/to-json-schema';
import * as v from 'valibot';
import * as answers from '../../lambdas/api/answers.ts';
import type { Schema } from './document.ts';

const named = Object.fromEntries(
  Object.entries(answers).map(([name, schema]) => [
    `${name.charAt(0).toUpperCase()}${name.slice(1)}`,
    schema,
  ]),
);

const conversion: ConversionConfig = {
  target: 'draft-2020-12',
  typeMode: 'input',
  // Constraints that only code can check, such as those of a return address, are described in words.
  errorMode: 'ignore',
  // Gmail may add fields to these objects, so they are open on purpose.
  overrideSchema: ({ valibotSchema, jsonSchema }) =>
    valibotSchema.type === 'loose_object' ? { ...jsonSchema, additionalProperties: true } : undefined,
  overrideRef: ({ referenceId }) => `#/components/schemas/${referenceId}`,
};

/** Every response schema, by its name in the description. */
export const answerSchemas: Readonly<Record<string, Schema>> = Object.fromEntries(
  Object.entries(toJsonSchemaDefs(named, conversion)).map(([name, schema]) => [name, { ...schema }]),
);

/** The schema of a response, with references to named schemas. */
export function answerSchema(schema: v.GenericSchema): Schema {
  const { $schema: _, $defs: __, ...rest } = toJsonSchema(schema, { ...conversion, definitions: named });
  return rest;
}

/** The JSON Schema of a body, from the schema with which its route parses it and the words about each field. */
export function bodySchema(
  schema: v.GenericSchema<unknown, unknown>,
  words: Readonly<Record<string, string>>,
): Schema {
  const { $schema: _, properties = {}, ...rest } = toJsonSchema(schema, conversion);
  const described = Object.entries(properties).map(([name, property]) => [
    name,
    { ...Object(property), description: describedBy(words[name], property) },
  ]);
  return { ...rest, properties: Object.fromEntries(described) };
}

/** The words, and the schema's own description. */
function describedBy(words: string | undefined, property: unknown): string {
  const { description = '' } = v.parse(v.looseObject({ description: v.optional(v.string()) }), property);
  return [words, description].filter(Boolean).join(' ');
}
