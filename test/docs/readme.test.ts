import { existsSync, globSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { matchRoute } from '../../infra/local/gateway/match-route.ts';
import { routes } from '../../infra/routes.ts';
import manifest from '../../package.json' with { type: 'json' };
import type { Browser } from '../support/browser.ts';
import { describedAnswers } from '../support/described-answers.ts';
import { curl, targetOf } from './curl.ts';
import { connectByLink, disconnect, type Reader, variableNames, variablesFor } from './example-variables.ts';
import { codeBlocks, quoted, tableRows } from './markdown.ts';
import { type StartedSite, startByCommand } from './npm-start.ts';

const project = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, project), 'utf8');
const readme = read('README.md');
const api = read('lambdas/api/README.md');
const settings = read('infra/settings.md');
const programs = read('test/integrations/README.md');
/** What is said to those who start the site and call it. */
const documents = [readme, programs, api, settings].join('\n');
const blocks = codeBlocks(documents);
const commands = blocks.filter(({ language }) => language === 'sh').map(({ text }) => text.trim());

/** Where the examples call, as the documents tell their reader to set it. */
const usualSite = settingOf('SITE');

/** What the documents tell their reader to set for signing: which service in which region, and whose keys. */
const signing = {
  SIGNING: settingOf('SIGNING'),
  KEYS: settingOf('KEYS'),
};

/** Each curl command, and the answer that is shown for it. */
const examples = blocks.flatMap(({ language, text }, index) => {
  if (language !== 'sh') return [];
  const lines = text.split(/^(?=curl )/m).filter((line) => line.startsWith('curl '));
  const next = blocks[index + 1];
  const shown = next?.language === 'json' && documents.includes(`${text}\`\`\`\n\n\`\`\`json`);
  const answer = shown ? (JSON.parse(next.text) as unknown) : undefined;
  return lines.map((line) => ({ line: line.trim(), answer }));
});

describe('the commands at the top', () => {
  it('are the two that a newcomer needs', () => {
    expect(commands.slice(0, 2)).toEqual(['npm ci && npm start', 'npm ci && npm test']);
  });
});

describe('what the documents run', () => {
  const all = globSync(['*.md', '{infra,lambdas,test}/**/*.md'], { cwd: project }).map(read).join('\n');
  const named = (pattern: RegExp) => [...new Set([...all.matchAll(pattern)].map(([, name = '']) => name))];

  it.each(named(/\bnpm (?:run )?((?<=run )\w+|start\b|test\b)/g))('npm knows the script %s', (name) => {
    expect(Object.keys(manifest.scripts)).toContain(name);
  });

  it.each(named(/\bnpx (\w+)/g))('npm ci installs the program %s', (name) => {
    expect(existsSync(new URL(`node_modules/.bin/${name}`, project))).toBe(true);
  });
});

describe('the site, started as the README says', () => {
  const [command = ''] = commands;
  let folder: string;
  let site: StartedSite;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'readme-'));
    site = await startByCommand(command.replace('npm ci && ', ''), folder);
  });
  afterAll(async () => {
    await site?.interrupt();
    await rm(folder, { recursive: true, force: true });
  });

  it('prints where it is and as whom to sign in, the ready line last', () => {
    expect(readme).toContain('`ready http://localhost:3000`');
    expect(site.banner.at(-1)).toBe(`ready ${site.origin}`);
    expect(site.banner.join('\n')).toContain('ada@example.com');
  });

  it('prints with what backends sign, as the documents have it', () => {
    const [, , region, service] = signing.SIGNING.split(':');
    const [id, secret] = signing.KEYS.split(':');
    expect(site.banner.join('\n')).toContain(
      `sign for ${service} in ${region} with AWS_ACCESS_KEY_ID=${id} AWS_SECRET_ACCESS_KEY=${secret}`,
    );
  });

  it('ends on Ctrl-C', async () => {
    await site.interrupt();
    await expect(fetch(site.origin)).rejects.toThrow();
  });
});

describe('the examples', () => {
  const command = commands.find((text) => /^ALLOWED_RETURN_ORIGINS=.* npm start$/.test(text)) ?? '';
  let folder: string;
  let site: StartedSite;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'readme-'));
    site = await startByCommand(command, folder);
  });
  afterAll(async () => {
    await site?.interrupt();
    await rm(folder, { recursive: true, force: true });
  });

  it('stand in a section of each route', () => {
    const headings = [...api.matchAll(/^### (.*)$/gm)].flatMap(([, heading = '']) => quoted(heading));
    expect(headings.toSorted()).toEqual(Object.values(routes).flat().toSorted());
  });

  it('ask each route, but for what pages load and what only works from them', async () => {
    const anything = Object.fromEntries(variableNames.map((name) => [name, 'x']));
    const targets = await Promise.all(
      examples.map(({ line }) => targetOf(line, { ...anything, ...signing, SITE: usualSite })),
    );
    const asked = targets.map(({ method, path }) => matchRoute(method, path)?.routeKey);
    const known = Object.values(routes).flat();
    expect(known.filter((route) => !asked.includes(route)).toSorted()).toEqual([
      'GET /auth/callback',
      'GET /auth/problem',
      'GET /docs.css',
      'GET /page.css',
      'GET /page.js',
      'POST /auth/login',
      'POST /connect',
    ]);
  });

  it.each(examples)('are answered as described: $line', async ({ line, answer }) => {
    const [, , region = ''] = signing.SIGNING.split(':');
    const aws = { region, keys: signing.KEYS };
    let reader: Reader = { site, aws, browser: await connectByLink(site, aws) };
    if (line.includes('/verify')) {
      await disconnect(reader);
      reader = { ...reader, browser: await connectByLink(site, aws) };
    }
    await untilCopied(site, reader.browser);
    const variables = { ...signing, SITE: usualSite, ...(await variablesFor(line, reader)) };

    const response = await curl(line, variables, (address) =>
      address.replace(usualSite, site.origin).replace('http://127.0.0.1:3001', site.googleOrigin),
    );
    const text = await response.text();
    const { method, path } = await targetOf(line, variables);
    const { routeKey } = matchRoute(method, path) ?? {};
    if (routeKey !== undefined && !path.startsWith('/admin')) {
      const described = describedAnswers();
      // fetch has unpacked the body.
      const { 'content-encoding': _, ...headers } = Object.fromEntries(response.headers);
      described.look({
        routeKey,
        target: path,
        response: { status: response.status, headers, body: Buffer.from(text) },
      });
      expect(described.faults).toEqual([]);
    }
    if (answer === undefined || !isProblem(answer)) expect(response.status).toBeLessThan(400);
    if (answer === undefined) return;
    const body: unknown = JSON.parse(text);
    expect(shapeOf(body)).toEqual(shapeOf(answer));
    if (!isProblem(answer)) return;
    const { status, code, title, detail } = answer;
    expect(body).toMatchObject({ status, code, title, detail });
    expect(response.status).toBe(status);
  });
});

it('the table of the change feed has each type that a change may have', () => {
  const source = read('lambdas/changes/change.ts');
  const [body = ''] = /export type ChangeBody =.*?;\n\n/s.exec(source) ?? [];
  const types = [...body.matchAll(/'(\w+)'/g)].map(([, name = '']) => name);
  const told = tableRows(api, '`type`', 'what happened').flatMap(([name = '']) => quoted(name));
  expect(types.length).toBeGreaterThan(4);
  expect(told.toSorted()).toEqual(types.toSorted());
});

/** The value that the documents give a variable of the shell. */
function settingOf(name: string): string {
  const [, value = ''] = new RegExp(`^${name}=(.+)$`, 'm').exec(commands.join('\n')) ?? [];
  return value;
}

/** Waits until the mailbox is copied and at rest, which is how the documents show it. */
async function untilCopied({ origin }: StartedSite, browser: Browser): Promise<void> {
  await vi.waitFor(
    async () => {
      const { text } = await browser.fetch(`${origin}/mailbox`);
      expect(JSON.parse(text)).toMatchObject({ sync: { percent: 100, lastSync: expect.any(String) } });
    },
    { timeout: 60_000, interval: 100 },
  );
}

interface ShownProblem {
  readonly code: string;
  readonly status: number;
  readonly title: string;
  readonly detail: string;
}

function isProblem(answer: unknown): answer is ShownProblem {
  return typeof answer === 'object' && answer !== null && 'code' in answer && 'status' in answer;
}

/** The names and types in a JSON value; an array by its first element. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf);
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shapeOf(inner)]));
}
