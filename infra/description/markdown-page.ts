import { gmailProblems } from '../../lambdas/api/problem-sets.ts';
import { needsConsent, type ProblemCode, problems } from '../../lambdas/errors.ts';
import { commandOf } from './commands.ts';
import { contractOf } from './describe.ts';
import type { OpenApiDocument, OperationObject } from './document.ts';
import {
  type DescribedRoute,
  describedRoutes,
  groupByContract,
  ownParameters,
  resolve,
  successes,
} from './like-routes.ts';
import { fieldLine, fieldsOf, typeOf } from './markdown-schema.ts';

/** The problems that any route may return; the page lists them once. */
const common: readonly string[] = [
  'invalid_request',
  'internal_error',
  'storage_unavailable',
  'misconfigured',
] satisfies ProblemCode[];

const gmailHeading = 'Where Gmail is asked';
const gmailAnchor = 'where-gmail-is-asked';

/**
 * The description as Markdown: the routes and the problems. `/docs` and `/openapi.json` also have the answers' fields.
 */
export function markdownPage(document: OpenApiDocument): string {
  const sections = groupByContract(describedRoutes(document));
  const shown = new Set<string>();
  const groups = document.tags.map(({ name, description }) => {
    const own = sections.filter(([first]) => first?.operation.tags.includes(name));
    return [`## ${name}`, description, ...own.map((members) => routeSection(members, document, shown))].join(
      '\n\n',
    );
  });
  return [...groups, problemSection()].join('\n\n');
}

/** Similar routes share a section. */
function routeSection(
  members: readonly DescribedRoute[],
  document: OpenApiDocument,
  shown: Set<string>,
): string {
  const [first] = members;
  if (first === undefined) return '';
  const { operation } = first;
  const parts = [
    `### ${members.map(({ key }) => `\`${key}\``).join(' and ')}`,
    [`**${operation.summary}.**`, operation.description, contractOf(first.key).rules]
      .filter(Boolean)
      .join(' '),
    inputs(operation, shown),
    answers(operation, document),
    failures(members),
    commands(members),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

/**
 * Parameters and fields of a JSON body; those that an earlier section has by name only. Only our own pages send forms.
 */
function inputs(operation: OperationObject, shown: Set<string>): string {
  const body = operation.requestBody?.content['application/json'];
  const lines = [
    ...ownParameters(operation).map(({ name, schema, required, description }) =>
      fieldLine(name, schema, required, description),
    ),
    ...(body === undefined ? [] : fieldsOf(body.schema)),
  ];
  const fresh = lines.filter((line) => !shown.has(line));
  const repeated = lines.filter((line) => shown.has(line)).map((line) => /`[^`]+`/.exec(line)?.[0] ?? '');
  for (const line of lines) shown.add(line);
  return [...fresh, ...(repeated.length === 0 ? [] : [`- As above: ${repeated.join(', ')}`])].join('\n');
}

function answers(operation: OperationObject, document: OpenApiDocument): string {
  return successes(operation)
    .map(([status, given]) => {
      const { description, content = {} } = resolve(given, document);
      const type = content['application/json'] && typeOf(content['application/json'].schema);
      return `**${status}**${type?.startsWith('`') ? ` ${type}.` : ''} ${description}`;
    })
    .join('\n\n');
}

/** The codes of the problems: first those of all routes in the section, then those of each route. */
function failures(members: readonly DescribedRoute[]): string {
  const all = members.map(({ operation }) => codesOf(operation));
  const [first = [], ...others] = all;
  const shared = first.filter((code) => others.every((codes) => codes.includes(code)));
  const own = members.flatMap(({ key }, index) => {
    const codes = all[index]?.filter((code) => !shared.includes(code)) ?? [];
    return codes.length === 0 ? [] : [`\`${key}\` also ${listed(codes)}`];
  });
  const said = [...(shared.length === 0 ? [] : [listed(shared)]), ...own];
  return said.length === 0 ? '' : `Problems: ${said.join('; ')}.`;
}

function codesOf({ responses }: OperationObject): string[] {
  const text = JSON.stringify(responses);
  const known = Object.keys(problems).filter((code) => !common.includes(code));
  return known.filter(
    (code) =>
      text.includes(`#/components/examples/${code}"`) || text.includes(`#/components/responses/${code}"`),
  );
}

function listed(codes: readonly string[]): string {
  if (codes.length === Object.keys(problems).length - common.length) return 'any';
  const gmail = gmailProblems.filter((code) => !common.includes(code));
  const hasAll = gmail.every((code) => codes.includes(code));
  const others = hasAll ? codes.filter((code) => !gmail.some((one) => one === code)) : codes;
  return [...(hasAll ? [`[those of Gmail](#${gmailAnchor})`] : []), ...others.map(quote)].join(', ');
}

function quote(code: string): string {
  return `\`${code}\``;
}

function commands(members: readonly DescribedRoute[]): string {
  const lines = members.flatMap(
    ({ key, operation }) => commandOf(key, operation.security.length === 0) ?? [],
  );
  return lines.length === 0 ? '' : `\`\`\`sh\n${lines.join('\n')}\n\`\`\``;
}

function problemSection(): string {
  const rows = Object.entries(problems).map(
    ([code, { status, title }]) =>
      `| \`${code}\` | ${status} | ${title} | ${needsConsent(code as ProblemCode) ? 'yes' : ''} |`,
  );
  const onlyGmail = gmailProblems.filter((code) => !common.includes(code)).map(quote);
  return [
    '## Problems',
    `Any route may answer with ${common.map(quote).join(', ')}. The title may be more precise than here; the answer’s detail says what to do.`,
    `### ${gmailHeading}\n\n${onlyGmail.join(', ')}.`,
    '### All',
    ['| code | status | title | `authorizationUrl` |', '| --- | --- | --- | --- |', ...rows].join('\n'),
  ].join('\n\n');
}
