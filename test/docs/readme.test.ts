import { existsSync, globSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { choiceNames } from '../../infra/cloud/context.ts';
import { matchRoute } from '../../infra/local/gateway/match-route.ts';
import { readSettings, SettingsError } from '../../infra/local/settings.ts';
import { routes } from '../../infra/routes.ts';
import { problems } from '../../lambdas/errors.ts';
import manifest from '../../package.json' with { type: 'json' };
import type { Browser } from '../support/browser.ts';
import { curl, targetOf } from './curl.ts';
import { connectByLink, type Reader, variableNames, variablesFor } from './example-variables.ts';
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

/** What the documents tell their reader to set for signing: which service in which region, and whose keys. */
const signing = {
  SIGNING: settingOf('SIGNING'),
  KEYS: settingOf('KEYS'),
};

/** Each curl command, and the answer that is shown for it. */
const examples = blocks.flatMap(({ language, text }, index) => {
  if (language !== 'sh' || !text.startsWith('curl ')) return [];
  const next = blocks[index + 1];
  const shown = next?.language === 'json' && documents.includes(`${text}\`\`\`\n\n\`\`\`json`);
  return [{ line: text.trim(), answer: shown ? (JSON.parse(next.text) as unknown) : undefined }];
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

  it('ask each route, what pages load aside', async () => {
    const anything = Object.fromEntries(variableNames.map((name) => [name, 'x']));
    const targets = await Promise.all(
      examples.map(({ line }) => targetOf(line, { ...anything, ...signing })),
    );
    const asked = targets.map(({ method, path }) => matchRoute(method, path)?.routeKey);
    const known = Object.values(routes).flat();
    expect(known.filter((route) => !asked.includes(route))).toEqual([
      'GET /page.js',
      'GET /page.css',
      'GET /docs.css',
    ]);
  });

  it.each(examples)('are answered as shown: $line', async ({ line, answer }) => {
    const [, , region = ''] = signing.SIGNING.split(':');
    const aws = { region, keys: signing.KEYS };
    const reader: Reader = { site, aws, browser: await connectByLink(site, aws) };
    await untilCopied(site, reader.browser);
    const variables = { ...signing, ...(await variablesFor(line, reader)) };

    const response = await curl(line, variables, (address) =>
      address
        .replace('http://localhost:3000', site.origin)
        .replace('http://127.0.0.1:3001', site.googleOrigin),
    );
    if (answer === undefined) {
      expect(response.status).toBe(unshownStatus(line));
      return;
    }
    const body = await response.json();
    expect(shapeOf(body)).toEqual(shapeOf(answer));
    if (!isProblem(answer)) expect(response.ok).toBe(true);
    else {
      const { status, code, title, detail } = answer;
      expect(body).toMatchObject({ status, code, title, detail });
      expect(response.status).toBe(status);
    }
  });
});

describe('the tables', () => {
  it('of problems has each code with its status, its words and whether a new consent mends it', () => {
    const told = tableRows(api, 'code', 'status', 'meaning', 'remedy', '`authorizationUrl`');
    const known = Object.entries(problems).map(([code, problem]) => [
      `\`${code}\``,
      String(problem.status),
      problem.title,
      problem.detail,
      'consent' in problem ? 'yes' : '',
    ]);
    expect(told).toEqual(known);
  });

  it('of settings has each variable that npm start reads, and no other', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'readme-settings-'));
    const known = variablesIn('infra/local/settings.ts', 'lambdas/config.ts').filter((name) => {
      const usual = JSON.stringify(readSettings({}, folder));
      try {
        return JSON.stringify(readSettings({ [name]: 'no value at all' }, folder)) !== usual;
      } catch (error) {
        if (!(error instanceof SettingsError)) throw error;
        return error.message.includes(name);
      }
    });
    await rm(folder, { recursive: true });
    const told = tableRows(settings, 'variable', 'default').flatMap(([name = '']) => quoted(name));
    expect(told.toSorted()).toEqual(known.toSorted());
  });

  it('of a deployment has each choice that the context may hold', () => {
    const told = tableRows(settings, 'option', 'default', 'meaning').flatMap(([name = '']) => quoted(name));
    expect(told.toSorted()).toEqual(choiceNames.toSorted());
  });

  it('of the change feed has each type that a change may have', () => {
    const source = read('lambdas/changes/change.ts');
    const [body = ''] = /export type ChangeBody =.*?;\n\n/s.exec(source) ?? [];
    const types = [...body.matchAll(/'(\w+)'/g)].map(([, name = '']) => name);
    const told = tableRows(api, '`type`', 'what happened').flatMap(([name = '']) => quoted(name));
    expect(types.length).toBeGreaterThan(4);
    expect(told.toSorted()).toEqual(types.toSorted());
  });

  it('of the sync has each field that GET /mailbox may answer with', () => {
    const source = read('lambdas/sync/sync-status.ts');
    const fields = [...source.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, name = '']) => name);
    const told = tableRows(api, 'field', 'meaning').flatMap(([name = '']) => quoted(name));
    expect(told).toEqual(fields);
  });
});

/** Whatever looks like an environment variable in these files. */
function variablesIn(...paths: string[]): string[] {
  const sources = paths.map(read);
  return [...new Set(sources.flatMap((source) => source.match(/\b[A-Z][A-Z_]{3,}\b/g) ?? []))];
}

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

/** The status of an example for which no answer is shown: what the text around it says. */
function unshownStatus(line: string): number {
  // On the way to an application elsewhere a page asks first.
  if (line.includes('/auth/login')) return line.includes('return_to=http') ? 200 : 303;
  if (line.includes('/auth/logout')) return 204;
  return line.includes('problem=access_denied') ? 403 : 200;
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
