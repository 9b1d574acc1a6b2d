import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import * as v from 'valibot';
import { describe, expect, it, onTestFinished } from 'vitest';
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

  it('has every problem, with its words, as an example, and no other', () => {
    expect(Object.keys(document.components.examples)).toEqual(Object.keys(problems));
    for (const [code, { status, title, detail }] of Object.entries(problems)) {
      expect(document.components.examples[code]?.value).toMatchObject({ code, status, title, detail });
    }
  });

  it('has every problem at some route', () => {
    const text = JSON.stringify(document.paths);
    const never = Object.keys(problems).filter((code) => !text.includes(`#/components/examples/${code}"`));
    expect(never.filter((code) => !text.includes(`#/components/responses/${code}"`))).toEqual([]);
  });

  it('passes the recommended rules of Redocly without a warning', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'openapi-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'openapi.json'), JSON.stringify(document, undefined, 1));
    const cli = resolve(import.meta.dirname, '../../../node_modules/@redocly/cli/bin/cli.js');
    const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      [cli, 'lint', '--format', 'codeframe', 'openapi.json'],
      { cwd: folder, env: { ...env, NO_COLOR: '1' } },
    ).catch((error: { stdout: string; stderr: string }) => error);
    expect(stdout).toBe('');
    expect(stderr).toContain('Your API description is valid');
  });

  // Spectral, with 150 packages, is not installed: of its rules, those that Redocly does not have.
  it('names a contact', () => {
    expect(document.info.contact.name).not.toBe('');
  });

  it('has a success or a redirect for every operation', () => {
    const without = operations.filter(
      ({ operation }) => !Object.keys(operation.responses).some((status) => /^[23]/.test(status)),
    );
    expect(without.map(({ key }) => key)).toEqual([]);
  });

  it('has patterns that JavaScript with and without the u flag, Python and RE2 read alike', () => {
    const patterns = [...JSON.stringify(document).matchAll(/"pattern":("(?:[^"\\]|\\.)*")/g)].map(
      ([, text = '']) => String(JSON.parse(text)),
    );
    expect(patterns.length).toBeGreaterThan(10);
    for (const pattern of patterns) {
      expect(() => [new RegExp(pattern), new RegExp(pattern, 'u')]).not.toThrow();
      // Escapes of ASCII alone, and no groups that look around or have names.
      expect(pattern.replaceAll(/\\(?:[dws]|x[0-7][0-9a-f]|[$()*+./?[\]^{|}])/g, '')).not.toMatch(
        /\\|\(\?|[^ -~]/,
      );
    }
  });
});

describe.each(operations)('$key', ({ key, operation }) => {
  it('says who may call it', () => {
    const schemes = operation.security.flatMap((one) => Object.keys(one));
    if (isBackendRoute(key)) expect(schemes).toEqual(['sigv4']);
    else expect([[], ['cookie', 'bearer']]).toContainEqual(schemes);
  });

  it('has one type of content for each failure, with a code, as generated error types need it', () => {
    for (const [status, response] of Object.entries(operation.responses)) {
      if (Number(status) < 400) continue;
      const { content } =
        '$ref' in response
          ? v.parse(withContent, componentAt(response.$ref))
          : v.parse(withContent, response);
      const [[type, { schema }] = ['', { schema: {} }], ...others] = Object.entries(content);
      expect(others).toEqual([]);
      if (type === 'application/json')
        expect(schema).toEqual({ $ref: '#/components/schemas/GatewayMessage' });
      else
        expect([type, JSON.stringify(schema)]).toEqual([
          'application/problem+json',
          expect.stringContaining('"code":{"enum":'),
        ]);
    }
    // API Gateway's own answers: that there are too many requests, and any other.
    expect(operation.responses).toMatchObject({ 429: {}, default: {} });
  });

  it('has no empty answer beside its failures, as generated error types need it', () => {
    const statuses = Object.entries(operation.responses).flatMap(([status, response]) =>
      '$ref' in response || response.content !== undefined ? [] : Number(status),
    );
    const answersJson = JSON.stringify(operation.responses['200'] ?? {}).includes('application/json');
    if (answersJson) expect(statuses.filter((status) => status > 299 && status !== 304)).toEqual([]);
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

it('the answers of API Gateway have a code in their type, which is never sent', () => {
  expect(document.components.schemas['GatewayMessage']?.['properties']).toMatchObject({
    code: { enum: [''] },
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

const withContent = v.object({
  content: v.record(v.string(), v.object({ schema: v.record(v.string(), v.unknown()) })),
});

function componentAt(reference: string): unknown {
  return document.components.responses[reference.split('/').at(-1) ?? ''];
}

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
