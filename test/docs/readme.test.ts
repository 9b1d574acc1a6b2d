import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readSettings, SettingsError } from '../../infra/local/settings.ts';
import { routes } from '../../infra/routes.ts';
import { problems } from '../../lambdas/errors.ts';
import manifest from '../../package.json' with { type: 'json' };
import { Browser } from '../support/browser.ts';
import { curl } from './curl.ts';
import { codeBlocks, quoted, tableRows } from './markdown.ts';
import { type StartedSite, startByCommand } from './npm-start.ts';

const project = new URL('../../', import.meta.url);
const readme = readFileSync(new URL('README.md', project), 'utf8');
const blocks = codeBlocks(readme);
const commands = blocks.filter(({ language }) => language === 'sh').map(({ text }) => text.trim());

/** Each curl command, and the answer that the README shows for it. */
const examples = blocks.flatMap(({ language, text }, index) => {
  if (language !== 'sh' || !text.startsWith('curl ')) return [];
  const next = blocks[index + 1];
  const shown = next?.language === 'json' && readme.includes(`${text}\`\`\`\n\n\`\`\`json`);
  return [{ line: text.trim(), answer: shown ? (JSON.parse(next.text) as unknown) : undefined }];
});

describe('the commands at the top', () => {
  it('are the two that a newcomer needs', () => {
    expect(commands.slice(0, 2)).toEqual(['npm ci && npm start', 'npm ci && npm test']);
  });
});

describe('what the documents run', () => {
  const documents = readme + readFileSync(new URL('lambdas/README.md', project), 'utf8');
  const named = (pattern: RegExp) => [
    ...new Set([...documents.matchAll(pattern)].map(([, name = '']) => name)),
  ];

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

  it('has an example for each route', () => {
    const headings = [...readme.matchAll(/^### (.*)$/gm)].flatMap(([, heading = '']) => quoted(heading));
    expect(headings.toSorted()).toEqual(Object.values(routes).flat().toSorted());
    const sections = readme.split(/^##+ /m).filter((section) => /^`[A-Z]+ \//.test(section));
    expect(sections.filter((section) => !section.includes('\ncurl '))).toEqual([]);
  });

  it.each(examples)('answers as shown: $line', async ({ line, answer }) => {
    const browser = await signIn(site);
    await untilCopied(site, browser);
    const SESSION = browser.cookie('localhost', 'session') ?? '';
    const list = await browser.fetch(`${site.origin}/messages?maxResults=1`);
    const MESSAGE_ID = JSON.parse(list.text).messages[0].id;

    const response = await curl(line, { SESSION, MESSAGE_ID }, (address) =>
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

  it('ends on Ctrl-C', async () => {
    await site.interrupt();
    await expect(fetch(site.origin)).rejects.toThrow();
  });
});

describe('the tables', () => {
  it('of problems has each code with its status, its words and whether a new consent mends it', () => {
    const told = tableRows(readme, 'code', 'status', 'meaning', 'remedy', '`authorizationUrl`');
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
    const read = variablesIn('infra/local/settings.ts', 'lambdas/config.ts').filter((name) => {
      const usual = JSON.stringify(readSettings({}, folder));
      try {
        return JSON.stringify(readSettings({ [name]: 'no value at all' }, folder)) !== usual;
      } catch (error) {
        if (!(error instanceof SettingsError)) throw error;
        return error.message.includes(name);
      }
    });
    await rm(folder, { recursive: true });
    const told = tableRows(readme, 'variable', 'default').flatMap(([name = '']) => quoted(name));
    expect(told.toSorted()).toEqual(read.toSorted());
  });

  it('of the sync has each field that GET /mailbox may answer with', () => {
    const source = readFileSync(new URL('lambdas/sync/sync-status.ts', project), 'utf8');
    const fields = [...source.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, name = '']) => name);
    const told = tableRows(readme, 'field', 'meaning').flatMap(([name = '']) => quoted(name));
    expect(told).toEqual(fields);
  });
});

/** Whatever looks like an environment variable in these files. */
function variablesIn(...paths: string[]): string[] {
  const sources = paths.map((path) => readFileSync(new URL(path, project), 'utf8'));
  return [...new Set(sources.flatMap((source) => source.match(/\b[A-Z][A-Z_]{3,}\b/g) ?? []))];
}

/** Signs in as ada@example.com and grants what is asked. */
async function signIn({ origin }: StartedSite): Promise<Browser> {
  const browser = new Browser();
  const consent = await browser.open(`${origin}/auth/login?login_hint=ada@example.com`);
  const page = await browser.submit(consent, { button: 'allow' });
  expect(page.url).toBe(`${origin}/`);
  return browser;
}

/** Waits until the mailbox is copied and at rest, which is how the README shows it. */
async function untilCopied({ origin }: StartedSite, browser: Browser): Promise<void> {
  await vi.waitFor(
    async () => {
      const { text } = await browser.fetch(`${origin}/mailbox`);
      expect(JSON.parse(text)).toMatchObject({ sync: { phase: 'live', lastSync: expect.any(String) } });
    },
    { timeout: 20_000, interval: 100 },
  );
}

/** The status of an example for which no answer is shown: what the text around it says. */
function unshownStatus(line: string): number {
  if (line.includes('/auth/login')) return 303;
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
  return typeof answer === 'object' && answer !== null && 'code' in answer;
}

/** The names and types in a JSON value; an array by its first element. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf);
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shapeOf(inner)]));
}
