import { problems } from '../../lambdas/errors.ts';
import { escapeHtml, htmlPage } from '../../lambdas/http/html.ts';
import { fieldsOf, prose, typeOf } from './docs-schema.ts';
import type {
  MediaTypeObject,
  OpenApiDocument,
  OperationObject,
  Reference,
  ResponseObject,
} from './document.ts';
import { type DescribedRoute, describedRoutes, groupByContract, resolve, successes } from './like-routes.ts';
import { nameOf } from './readable-schema.ts';

/** Renders the description as one page for readers, without a script or third-party content. */
export function docsPage(document: OpenApiDocument, style: string): string {
  const operations = describedRoutes(document);
  const firsts = new Map(
    groupByContract(operations).flatMap(([first, ...others]) => others.map((one) => [one, first])),
  );
  const groups = document.tags.map((tag) => ({
    ...tag,
    members: operations.filter(({ operation }) => operation.tags.includes(tag.name)),
  }));
  const body = `<main>
<h1>The API of this site</h1>
${paragraphs(document.info.description)}
<p>For programs: <a href="/openapi.json">OpenAPI 3.1</a>, version ${escapeHtml(document.info.version)}.</p>
<nav aria-labelledby="contents">
<h2 id="contents">Contents</h2>
${groups.map(({ name, members }) => `<h3>${escapeHtml(name)}</h3>\n<ul>\n${members.map(contentsLine).join('\n')}\n</ul>`).join('\n')}
<ul><li><a href="#problems">Problems</a></li><li><a href="#schemas">Schemas</a></li></ul>
</nav>
${groups.map(({ name, description, members }) => `<section>\n<h2>${escapeHtml(name)}</h2>\n<p>${prose(description)}</p>\n${members.map((member) => article(member, firsts.get(member), document)).join('\n')}\n</section>`).join('\n')}
${problemSection(document)}
${schemaSection(document)}
</main>`;
  return htmlPage('API · Gmail offline access', body, { style, calm: false });
}

function contentsLine({ key, operation }: DescribedRoute): string {
  return `<li><a href="#${escapeHtml(operation.operationId)}"><span><code>${escapeHtml(key)}</code> ${prose(operation.summary)}</span></a></li>`;
}

/** The section of a route. For a route like an earlier one: a reference to that one, and its own problems. */
function article(
  { key, operation }: DescribedRoute,
  like: DescribedRoute | undefined,
  document: OpenApiDocument,
): string {
  const { operationId, summary, responses, security } = operation;
  const failures = Object.entries(responses).map(([status, given]) => problemsOf(status, given, document));
  return `<article id="${escapeHtml(operationId)}">
<h3><code>${escapeHtml(key)}</code> ${prose(summary)}</h3>
<p class="quiet">${callersOf(security)}</p>
${like === undefined ? details(operation, document) : `<p>As <a href="#${escapeHtml(like.operation.operationId)}"><code>${escapeHtml(like.key)}</code></a>, with the same parameters and answers.</p>`}
${failures.filter(Boolean).join('\n')}
</article>`;
}

function details(operation: OperationObject, document: OpenApiDocument): string {
  const { description, parameters = [], requestBody } = operation;
  const fields = parameters.map(({ name, schema, required, description: words, in: place, example }) => {
    const shown = example === undefined ? '' : ` Such as <code>${escapeHtml(textOf(example))}</code>.`;
    const what = [typeOf(schema), place === 'path' ? 'in the path' : '', required ? 'required' : ''];
    return `<dt><code>${escapeHtml(name)}</code> <span class="quiet">${what.filter(Boolean).join(', ')}</span></dt>\n<dd>${prose(words)}${shown}</dd>`;
  });
  return `${paragraphs(description)}
${fields.length === 0 ? '' : `<h4>Parameters</h4>\n<dl class="fields">\n${fields.join('\n')}\n</dl>`}
${requestBody === undefined ? '' : `<h4>Body</h4>\n${contentOf(requestBody.content, document)}`}
${successes(operation)
  .map(([status, given]) => answerOf(status, given, document))
  .join('\n')}`;
}

function callersOf(security: OperationObject['security']): string {
  const names = new Set(security.flatMap((each) => Object.keys(each)));
  if (names.has('sigv4')) return 'For backends: the request is signed with AWS credentials.';
  return names.size === 0 ? 'For everybody.' : 'For a session: by cookie, or as a Bearer token.';
}

function answerOf(status: string, given: ResponseObject | Reference, document: OpenApiDocument): string {
  const { description, content = {} } = resolve(given, document);
  return `<h4>${escapeHtml(status)}</h4>\n<p>${prose(description)}</p>\n${contentOf(content, document)}`;
}

/** The codes of the problems with a status, linked to the section of problems. */
function problemsOf(status: string, given: ResponseObject | Reference, document: OpenApiDocument): string {
  const problem = resolve(given, document).content?.['application/problem+json'];
  const codes = Object.keys(problem?.examples ?? {});
  const links = codes.map((code) => `<a href="#${code}"><code>${code}</code></a>`);
  return links.length === 0 ? '' : `<p><strong>${escapeHtml(status)}</strong> ${links.join(', ')}</p>`;
}

function contentOf(
  content: Readonly<Record<string, MediaTypeObject>>,
  { components }: OpenApiDocument,
): string {
  return Object.entries(content)
    .map(([type, { schema, example, examples = {} }]) => {
      if (!type.includes('json') && !type.includes('form')) return `<p><code>${escapeHtml(type)}</code></p>`;
      const shown = Object.values(examples).flatMap((each) => {
        const one = '$ref' in each ? components.examples[nameOf(each.$ref)] : each;
        return one === undefined ? [] : [code(one.summary, one.value)];
      });
      const inFull = '$ref' in schema ? `<p>${typeOf(schema)}</p>` : fieldsOf(schema);
      return `${inFull}\n${example === undefined ? shown.join('\n') : code('Example', example)}`;
    })
    .join('\n');
}

function code(words: string, value: unknown): string {
  return `<p class="quiet">${escapeHtml(words)}:</p>\n<pre><code>${escapeHtml(JSON.stringify(value, undefined, 2))}</code></pre>`;
}

/** Each problem in words, and one as an example response: all have the same fields. */
function problemSection({ components }: OpenApiDocument): string {
  const articles = Object.entries(problems).map(
    ([name, { status, title, detail }]) => `<article id="${name}">
<h3><code>${name}</code> ${status}</h3>
<p><strong>${escapeHtml(title)}.</strong> ${escapeHtml(detail)}</p>
</article>`,
  );
  const example = code('Example', components.examples['login_required']?.value);
  return `<section id="problems">\n<h2>Problems</h2>\n${example}\n${articles.join('\n')}\n</section>`;
}

function schemaSection({ components }: OpenApiDocument): string {
  const articles = Object.entries(components.schemas).map(
    ([name, schema]) =>
      `<article id="schema-${name}">\n<h3><code>${name}</code></h3>\n${fieldsOf(schema)}\n</article>`,
  );
  return `<section id="schemas">\n<h2>Schemas</h2>\n${articles.join('\n')}\n</section>`;
}

function paragraphs(text: string): string {
  return text
    .split('\n\n')
    .map((paragraph) => `<p>${prose(paragraph)}</p>`)
    .join('\n');
}

function textOf(example: unknown): string {
  return Array.isArray(example) ? example.join(', ') : String(example);
}
