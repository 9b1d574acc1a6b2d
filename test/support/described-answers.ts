import { gunzipSync } from 'node:zlib';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import * as v from 'valibot';
import { describeApi } from '../../infra/description/describe.ts';
import type { OpenApiDocument, ResponseObject } from '../../infra/description/document.ts';
import type { SiteAnswer } from '../../infra/local/environment.ts';
import { isProblemCode } from '../../lambdas/errors.ts';
import { isBackendRoute } from '../../lambdas/http/backend-route.ts';
import { problemOn } from './callers.ts';

/** Looks at a site's answers, and holds each against the description. */
export interface DescribedAnswers {
  look(answer: SiteAnswer): void;
  /** What did not fit, a line each. */
  readonly faults: readonly string[];
  /** The routes that were answered. */
  readonly routes: ReadonlySet<string>;
  /** The codes of the problems that were answered. */
  readonly codes: ReadonlySet<string>;
}

/** Starts looking. Only what is described may stand in an answer: a field too many is a fault as well. */
export function describedAnswers(document: OpenApiDocument = describeApi()): DescribedAnswers {
  const faults: string[] = [];
  const routes = new Set<string>();
  const codes = new Set<string>();
  const findFaults = createCheck(document);
  return {
    faults,
    routes,
    codes,
    look: (answer) => {
      const { routeKey, response } = answer;
      // What answers unknown paths is not described.
      if (routeKey.endsWith('/{proxy+}') && response.status === 404) return;
      const type = contentType(response.headers['content-type']);
      const found: string[] = [];
      try {
        const text = bodyOf(response);
        found.push(...findFaults(answer, type, text));
        routes.add(routeKey);
        const code = type === 'text/html' ? problemOn({ text }) : readCode(type, text);
        if (isProblemCode(code)) codes.add(code);
      } catch (error) {
        // Thrown here it would break the connection, and nobody would be told why.
        found.push(String(error));
      }
      faults.push(...found.map((fault) => `${routeKey}: ${response.status} ${type}: ${fault}`));
    },
  };
}

function createCheck(document: OpenApiDocument) {
  const ajv = new Ajv2020({ strict: false, allErrors: true, formats });
  ajv.addSchema(closed(document), 'openapi');
  const compiled = new Map<string, ValidateFunction>();

  const validatorAt = (pointer: string): ValidateFunction => {
    const known = compiled.get(pointer);
    if (known !== undefined) return known;
    const validate = ajv.compile({ $ref: `openapi#${pointer}` });
    compiled.set(pointer, validate);
    return validate;
  };

  return ({ routeKey, response }: SiteAnswer, type: string, text: string): readonly string[] => {
    const [method = '', path = ''] = routeKey.split(' ');
    const failed = response.status >= 400;
    // Of the failures, only those of API Gateway are plain JSON, and these are the default of every route.
    const status = failed && type === 'application/json' ? 'default' : String(response.status);
    const responses = document.paths[path]?.[method.toLowerCase()]?.responses ?? {};
    // The page of a problem, and the redirect in place of it, are described in words alone.
    if (isConsent(response) && '401' in responses && !('303' in responses)) return [];
    const given = responses[status];
    if (given === undefined) return [`this status is not described: ${text.slice(0, 300)}`];
    if (failed && type === 'text/html' && !isBackendRoute(routeKey)) return [];
    const [pointer, described] =
      '$ref' in given
        ? [given.$ref.slice(1), document.components.responses[given.$ref.split('/').at(-1) ?? '']]
        : [`/paths/${escaped(path)}/${method.toLowerCase()}/responses/${status}`, given];
    if (described === undefined) return ['its description leads nowhere'];
    const missing = Object.keys(described.headers ?? {}).filter(
      (name) => name === 'location' && response.headers[name] === undefined,
    );
    return [
      ...missing.map((name) => `it has no ${name}`),
      ...faultsOfBody(described, type, text, `${pointer}/content/${escaped(type)}/schema`),
    ];
  };

  function faultsOfBody({ content }: ResponseObject, type: string, text: string, pointer: string): string[] {
    if (content === undefined) return text === '' ? [] : ['it is to be empty'];
    if (content[type] === undefined) return ['this type is not described'];
    if (!type.endsWith('json')) return [];
    const validate = validatorAt(pointer);
    if (validate(JSON.parse(text))) return [];
    return [`${ajv.errorsText(validate.errors)}: ${text.slice(0, 300)}`];
  }
}

/** Whether the answer leads a browser to a new consent. */
function isConsent({ status, headers }: SiteAnswer['response']): boolean {
  return (
    status === 303 && URL.parse(String(headers['location']), 'http://localhost')?.pathname === '/auth/login'
  );
}

/** The two formats that the description uses (RFC 3339, RFC 3986). */
const formats = {
  'date-time': (text: string) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(text),
  uri: (text: string) => URL.canParse(text),
};

/** The same document, in which objects have their properties and no others, unless it says that there may be more. */
export function closed<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value), (_, part: unknown) =>
    v.is(openObject, part) ? { ...part, additionalProperties: false } : part,
  );
}

const openObject = v.looseObject({
  type: v.literal('object'),
  properties: v.record(v.string(), v.unknown()),
  additionalProperties: v.optional(v.never()),
});

/** A JSON pointer within a URI fragment. */
function escaped(part: string): string {
  return encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));
}

function readCode(type: string, text: string): string {
  if (type !== 'application/problem+json') return '';
  return v.parse(v.object({ code: v.string() }), JSON.parse(text)).code;
}

function contentType(header: string | readonly string[] | undefined): string {
  return (
    String(header ?? '')
      .split(';')[0]
      ?.trim() ?? ''
  );
}

function bodyOf({ headers, body }: SiteAnswer['response']): string {
  return (headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString();
}
