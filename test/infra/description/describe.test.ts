import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { describeApi } from '../../../infra/description/describe.ts';
import type { OpenApiDocument } from '../../../infra/description/document.ts';
import { routes } from '../../../infra/routes.ts';
import { problems } from '../../../lambdas/errors.ts';
import { isBackendRoute } from '../../../lambdas/http/backend-route.ts';
import { closed } from '../../support/described-answers.ts';

const document = describeApi();
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    key: `${method.toUpperCase()} ${path}`,
    operation,
  })),
);

/** As the meta-schema's validator wants it: a document that it may change. */
const copyOf = (given: OpenApiDocument): Record<string, unknown> => JSON.parse(JSON.stringify(given));

describe('the document', () => {
  it('is OpenAPI 3.1, by its meta-schema', async () => {
    expect(await new Validator().validate(copyOf(document))).toEqual({ valid: true });
  });

  it('would be refused if it were not', async () => {
    const wrong = { ...copyOf(document), paths: { messages: {} } };
    expect((await new Validator().validate(wrong)).valid).toBe(false);
  });

  it('has every route of the table, and no other', () => {
    expect(operations.map(({ key }) => key).toSorted()).toEqual(Object.values(routes).flat().toSorted());
  });

  it('names each operation once', () => {
    const names = operations.map(({ operation }) => operation.operationId);
    expect(new Set(names).size).toBe(names.length);
  });

  it('has every problem, with its words, as a response and as an example, and no other', () => {
    expect(Object.keys(document.components.responses)).toEqual(Object.keys(problems));
    for (const [code, { status, title, detail }] of Object.entries(problems)) {
      expect(document.components.examples[code]?.value).toMatchObject({ code, status, title, detail });
    }
  });

  it('has every problem at some route', () => {
    const text = JSON.stringify(document.paths);
    const never = Object.keys(problems).filter((code) => !text.includes(`#/components/examples/${code}"`));
    expect(never.filter((code) => !text.includes(`#/components/responses/${code}"`))).toEqual([]);
  });
});

describe.each(operations)('$key', ({ key, operation }) => {
  it('says who may call it', () => {
    const schemes = operation.security.flatMap((one) => Object.keys(one));
    if (isBackendRoute(key)) expect(schemes).toEqual(['sigv4']);
    else expect([[], ['cookie', 'bearer']]).toContainEqual(schemes);
  });

  it('has an example of what it is asked and of what it answers', () => {
    const success = Object.entries(operation.responses).filter(([status]) => Number(status) < 400);
    const shown = JSON.stringify(success);
    const isEmpty = success.every(([, response]) => !('content' in response) && !('headers' in response));
    const problemsOnly = success.length === 0;
    expect(shown.includes('"example') || isEmpty || problemsOnly).toBe(true);
    if (operation.requestBody !== undefined) {
      expect(JSON.stringify(operation.requestBody)).toContain('"example"');
    }
    for (const parameter of operation.parameters ?? []) {
      expect(parameter.description.length).toBeGreaterThan(5);
      if (parameter.in === 'path' || parameter.required) expect(parameter.example).toBeDefined();
    }
  });
});

it('every example fits its schema', () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema(closed(document), 'openapi');
  const examples = [...examplesIn(document, '')];
  expect(examples.length).toBeGreaterThan(150);
  const misfits = examples.flatMap(({ pointer, value }) => {
    const validate = ajv.compile({ $ref: `openapi#${pointer}/schema` });
    return validate(value) ? [] : [`${pointer}: ${ajv.errorsText(validate.errors)}`];
  });
  expect(misfits).toEqual([]);
});

const withExamples = v.object({
  schema: v.record(v.string(), v.unknown()),
  example: v.optional(v.unknown()),
  examples: v.optional(
    v.record(v.string(), v.object({ value: v.optional(v.unknown()), $ref: v.optional(v.string()) })),
    {},
  ),
});

/** Every example that stands beside a schema, wherever in the document. */
function* examplesIn(part: unknown, pointer: string): Generator<{ pointer: string; value: unknown }> {
  if (typeof part !== 'object' || part === null) return;
  const media = v.safeParse(withExamples, part);
  if (media.success) {
    const { example, examples: named } = media.output;
    if (example !== undefined) yield { pointer, value: example };
    for (const { value, $ref } of Object.values(named)) {
      yield {
        pointer,
        value: $ref === undefined ? value : document.components.examples[$ref.split('/').at(-1) ?? '']?.value,
      };
    }
    return;
  }
  for (const [name, inner] of Object.entries(part)) {
    yield* examplesIn(
      inner,
      `${pointer}/${encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'))}`,
    );
  }
}
