import type { Contract, NamedKey } from '../../lambdas/api/contract.ts';
import {
  accountProblems,
  changeProblems,
  commonProblems,
  sessionProblems,
  storageProblems,
} from '../../lambdas/api/problem-sets.ts';
import { groups, type RouteKey } from '../../lambdas/api/routes.ts';
import { accountId, messageId, owner } from '../../lambdas/api/samples.ts';
import type { ProblemCode } from '../../lambdas/errors.ts';
import { isBackendRoute } from '../../lambdas/http/backend-route.ts';
import manifest from '../../package.json' with { type: 'json' };
import type {
  OpenApiDocument,
  OperationObject,
  ParameterObject,
  Reference,
  ResponseObject,
} from './document.ts';
import { parameterOf, requestBodyOf, responseOf } from './operation.ts';
import { problemExamples, problemResponses, responsesOf } from './problems.ts';
import { answerSchemas } from './schemas.ts';

/** A route by one of its keys. */
interface KeyedRoute {
  readonly key: RouteKey;
  /** The group in which it is described. */
  readonly tag: string;
  readonly named: NamedKey;
  readonly contract: Contract;
}

/** Every key of every route: in each group those of sessions first, then those of backends. */
const keyedRoutes = groups.flatMap(({ name, routes }) => {
  const keyed = routes.flatMap((contract: Contract) =>
    Object.entries(contract.keys).map(([key, named]): KeyedRoute => {
      const tag = isBackendRoute(key) ? 'Backends' : name;
      return { key: key as RouteKey, tag, named, contract };
    }),
  );
  return keyed.toSorted((one, other) => Number(isBackendRoute(one.key)) - Number(isBackendRoute(other.key)));
});

const words = `Grant offline access to a Gmail mailbox once; from then on list it at any time, and read the stored copy that a schedule keeps up to date.

Answers are JSON. A problem is \`application/problem+json\` (RFC 9457) with a stable \`code\`; decide by it, not by the words. Where the remedy is a new consent it carries \`authorizationUrl\`, a link of this site to send the person’s browser to. Its \`requestId\`, which every answer of a function has as \`x-request-id\`, finds the line in the log. A request whose \`Accept\` names \`text/html\` gets the problem as a page with the same status, or is led to a new consent by a 303, except at the routes for backends.

A person proves a session by the cookie, or as \`Authorization: Bearer\` with the session’s token. With the cookie alone, \`POST\` and \`DELETE\` must come from a page of the site. A team’s own backends sign their requests to \`/accounts\` and \`/changes\` with AWS credentials.`;

/** The contract of a route. */
export function contractOf(route: RouteKey): Contract {
  const found = keyedRoutes.find(({ key }) => key === route);
  if (found === undefined) throw new Error(`${route} has no contract.`);
  return found.contract;
}

/** The OpenAPI 3.1 document, derived from the route table and the schemas with which routes parse requests. */
export function describeApi(): OpenApiDocument {
  const paths: Record<string, Record<string, OperationObject>> = {};
  for (const route of keyedRoutes) {
    const [method = '', path = ''] = route.key.split(' ');
    paths[path] = { ...paths[path], [method.toLowerCase()]: describeOperation(route) };
  }
  const { name: title, version, license } = manifest;
  return {
    openapi: '3.1.1',
    info: {
      ...{ title, version, description: words },
      contact: { name: 'The administrator of this site' },
      license: { name: license, identifier: license },
    },
    servers: [{ url: '/' }],
    tags: groups.map(({ name, description }) => ({ name, description })),
    paths,
    components: {
      schemas: answerSchemas,
      responses: { ...usedIn(paths, problemResponses), GatewayAnswer: gatewayAnswer },
      examples: problemExamples,
      headers: {
        RetryAfter: {
          description: 'Seconds until another try makes sense, where that is known.',
          schema: { type: 'string', pattern: '^\\d+$' },
          example: '30',
        },
      },
      securitySchemes,
    },
  };
}

/** The components that are referenced: linters warn of the others. */
function usedIn(
  paths: OpenApiDocument['paths'],
  responses: Readonly<Record<string, ResponseObject>>,
): Readonly<Record<string, ResponseObject>> {
  const text = JSON.stringify(paths);
  return Object.fromEntries(
    Object.entries(responses).filter(([name]) => text.includes(`"#/components/responses/${name}"`)),
  );
}

const securitySchemes = {
  cookie: {
    type: 'apiKey',
    in: 'cookie',
    name: '__Host-session',
    description: 'The session of a browser; over plain HTTP, on one’s own machine, it is named `session`.',
  },
  bearer: { type: 'http', scheme: 'bearer', description: 'The token of a session.' },
  sigv4: {
    type: 'apiKey',
    in: 'header',
    name: 'Authorization',
    'x-amazon-apigateway-authtype': 'awsSigv4',
    description: 'AWS Signature Version 4, service `execute-api`, by a role with the policy for backends.',
  },
} as const;

function describeOperation(route: KeyedRoute): OperationObject {
  const { key, tag, named, contract } = route;
  const { description, query = [], body } = contract;
  const parameters = [
    ...parametersOfPaths.filter(({ name }) => key.includes(`{${name}}`)),
    ...query.map(parameterOf),
    ...(isBackendRoute(key) ? [ownerParameter] : []),
  ];
  return {
    operationId: named.id,
    summary: named.summary,
    description,
    tags: [tag],
    security: securityOf(key, contract),
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: requestBodyOf(body) }),
    responses: responsesFor(route),
  };
}

function securityOf(key: RouteKey, { caller = 'session' }: Contract): OperationObject['security'] {
  if (isBackendRoute(key)) return [{ sigv4: [] }];
  return caller === 'session' ? [{ cookie: [] }, { bearer: [] }] : [];
}

/** The problems that every route may return to this kind of caller. */
function problemsOfCaller(key: RouteKey, { caller = 'session' }: Contract): readonly ProblemCode[] {
  if (isBackendRoute(key)) return key.includes('{accountId}') ? accountProblems : storageProblems;
  if (caller === 'anybody') return [];
  return key.startsWith('GET ') ? sessionProblems : changeProblems;
}

const ownerParameter: ParameterObject = {
  name: 'owner',
  in: 'query',
  description: 'Only accounts of this owner: all others are `not_found`.',
  required: false,
  schema: { type: 'string', minLength: 1, maxLength: 256 },
  example: owner,
};

const inPath = { in: 'path', required: true } as const;

const parametersOfPaths: readonly ParameterObject[] = [
  {
    ...{ name: 'accountId', ...inPath, description: 'Google’s ID of the account.' },
    schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,255}$' },
    example: accountId,
  },
  {
    ...{ name: 'id', ...inPath, description: 'Gmail’s ID of the message.' },
    schema: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' },
    example: messageId,
  },
];

/** The responses that API Gateway returns itself, with any status, instead of those of an operation. */
const gatewayAnswer: ResponseObject = {
  description:
    'From API Gateway itself, without a code; also with a status that is described here: 403 without a valid signature of AWS credentials (routes for backends) or for a request that a browser makes in advance (`Sec-Purpose`), 429 for too many requests, 500 and 503 if a function did not answer.',
  content: {
    'application/json': {
      schema: { $ref: '#/components/schemas/GatewayMessage' },
      example: { message: 'Too Many Requests' },
    },
  },
};

function responsesFor({ key, named, contract }: KeyedRoute): OperationObject['responses'] {
  const gateway = { $ref: '#/components/responses/GatewayAnswer' };
  const responses: Record<string, ResponseObject | Reference> = { default: gateway, 429: gateway };
  for (const answer of contract.answers) responses[answer.status] = responseOf(answer);
  const { problems: own = [] } = named;
  const problems = [
    ...commonProblems,
    ...problemsOfCaller(key, contract),
    ...(contract.problems ?? []),
    ...own,
  ];
  return Object.assign(responses, Object.fromEntries(responsesOf(problems)));
}
