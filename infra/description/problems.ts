import { origin, requestId } from '../../lambdas/api/samples.ts';
import { isProblemCode, needsConsent, type ProblemCode, problems } from '../../lambdas/errors.ts';
import type { ExampleObject, MediaTypeObject, Reference, ResponseObject, Schema } from './document.ts';

const codes = Object.keys(problems).filter(isProblemCode);

/** Problems whose responses may have `Retry-After`, if Google sent it. */
const waits: readonly ProblemCode[] = ['rate_limited', 'google_unavailable'];

/** Each problem as a response of its own, with its example. */
export const problemResponses: Readonly<Record<string, ResponseObject>> = Object.fromEntries(
  codes.map((code) => [
    code,
    {
      description: `${problems[code].title}. ${problems[code].detail}`,
      ...headersOf([code]),
      content: { 'application/problem+json': problemContent([code]) },
    },
  ]),
);

/** The body of each problem. */
export const problemExamples: Readonly<Record<string, ExampleObject>> = Object.fromEntries(
  codes.map((code) => [code, { summary: problems[code].title, value: exampleOf(code) }]),
);

/**
 * Returns the responses with these problems, by status. The page or redirect that a browser gets instead is not listed:
 * for a second content type or an empty response, generators create error types without a `code`.
 */
export function responsesOf(given: readonly ProblemCode[]): ReadonlyMap<number, ResponseObject | Reference> {
  const byStatus = Map.groupBy(
    codes.filter((code) => given.includes(code)),
    statusOf,
  );
  return new Map([...byStatus].map(([status, group]) => [status, responseWith(group)]));
}

function responseWith(group: readonly ProblemCode[]): ResponseObject | Reference {
  if (group.length === 1) return { $ref: `#/components/responses/${group[0]}` };
  return {
    description: group.map((code) => `\`${code}\`: ${problems[code].title}.`).join(' '),
    ...headersOf(group),
    content: { 'application/problem+json': problemContent(group) },
  };
}

function problemContent(group: readonly ProblemCode[]): MediaTypeObject {
  const examples = group.map((code): [string, Reference] => [
    code,
    { $ref: `#/components/examples/${code}` },
  ]);
  return { schema: problemSchema(group), examples: Object.fromEntries(examples) };
}

function problemSchema(group: readonly ProblemCode[]): Schema {
  return {
    allOf: [
      { $ref: '#/components/schemas/Problem' },
      { properties: { code: { enum: group }, status: { enum: [...new Set(group.map(statusOf))] } } },
    ],
  };
}

function statusOf(code: ProblemCode): number {
  return problems[code].status;
}

function headersOf(group: readonly ProblemCode[]): Pick<ResponseObject, 'headers'> {
  if (!group.some((code) => waits.includes(code))) return {};
  return { headers: { 'Retry-After': { $ref: '#/components/headers/RetryAfter' } } };
}

function exampleOf(code: ProblemCode) {
  const { title, status, detail } = problems[code];
  return {
    ...{ type: 'about:blank', title, status, code, detail, requestId },
    ...(needsConsent(code) && { authorizationUrl: `${origin}/auth/login` }),
  };
}
