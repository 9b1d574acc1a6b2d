import * as v from 'valibot';
import type { Answer, Contract, FormBody, Parameter } from '../../lambdas/api/contract.ts';
import type {
  HeaderObject,
  MediaTypeObject,
  OperationObject,
  ParameterObject,
  ResponseObject,
  Schema,
} from './document.ts';
import { parameterSchema } from './parameters.ts';
import { answerSchema, bodySchema } from './schemas.ts';

/** A query parameter, from the schema with which its route parses it. */
export function parameterOf({ name, reads, words, example, schema }: Parameter): ParameterObject {
  return {
    name,
    in: 'query',
    description: words,
    required: !v.safeParse(reads, undefined).success,
    schema: schema ?? parameterSchema(reads),
    ...(example !== undefined && { example }),
  };
}

/** The request body of a route. */
export function requestBodyOf(
  body: NonNullable<Contract['body']>,
): NonNullable<OperationObject['requestBody']> {
  const schema = 'fields' in body ? formSchema(body) : bodySchema(body.schema, body.words);
  return { required: true, content: { [body.type]: { schema, example: body.example } } };
}

function formSchema({ fields, example }: FormBody): Schema {
  const described = fields.map(parameterOf);
  const properties = described.map(({ name, description, schema }) => [name, { ...schema, description }]);
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    required: Object.keys(example),
  };
}

/** A successful response. */
export function responseOf({ description, content, location }: Answer): ResponseObject {
  return {
    description,
    ...(location !== undefined && { headers: { location: locationHeader(location) } }),
    ...(content !== undefined && { content: { [content.type]: mediaOf(content) } }),
  };
}

function locationHeader(example: string): HeaderObject {
  return { description: 'Where to.', schema: { type: 'string' }, example };
}

function mediaOf(content: NonNullable<Answer['content']>): MediaTypeObject {
  if (!('examples' in content)) return { schema: { type: 'string' }, example: content.example };
  const schema = answerSchema(content.schema);
  const [first, ...others] = Object.values(content.examples);
  return others.length === 0 ? { schema, example: first?.value } : { schema, examples: content.examples };
}
