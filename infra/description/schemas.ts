import { type ConversionConfig, toJsonSchema, toJsonSchemaDefs } from '@valibot/to-json-schema';
import type * as v from 'valibot';
import * as answers from '../../lambdas/client/answers.ts';
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
  // What only code can check, such as a return address, is said in words.
  errorMode: 'ignore',
  // Gmail may say more than what is known of it: not left open by chance, as the other objects are.
  overrideSchema: ({ valibotSchema, jsonSchema }) =>
    valibotSchema.type === 'loose_object' ? { ...jsonSchema, additionalProperties: true } : undefined,
  overrideRef: ({ referenceId }) => `#/components/schemas/${referenceId}`,
};

/** Every schema of an answer, by its name in the description. */
export const answerSchemas: Readonly<Record<string, Schema>> = Object.fromEntries(
  Object.entries(toJsonSchemaDefs(named, conversion)).map(([name, schema]) => [name, { ...schema }]),
);

/** Points to the schema of an answer. */
export function answerSchema(schema: v.GenericSchema): Schema {
  const [name] = Object.entries(named).find(([, one]) => one === schema) ?? [];
  if (name === undefined) throw new Error('This is no schema of lambdas/client/answers.ts.');
  return { $ref: `#/components/schemas/${name}` };
}

/** The JSON Schema of a body, of the schema by which its route reads it. */
export function bodySchema(schema: v.GenericSchema<unknown, unknown>): Schema {
  const { $schema: _, ...rest } = toJsonSchema(schema, conversion);
  return rest;
}
