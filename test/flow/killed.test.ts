import { setTimeout as sleep } from 'node:timers/promises';
import * as v from 'valibot';
import { afterEach, expect, it } from 'vitest';
import { type StartedSite, startByCommand } from '../docs/npm-start.ts';
import { Browser } from '../support/browser.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const ada = 'ada@example.com';
const size = 1_500;

const messageSchema = v.object({ id: v.string(), labelIds: v.array(v.string()) });
const pageSchema = v.object({ messages: v.array(messageSchema), nextPageToken: v.optional(v.string()) });
const names = v.optional(v.array(v.string()));
const mailboxSchema = v.object({
  sync: v.object({
    phase: v.string(),
    failures: v.number(),
    verify: v.optional(v.object({ running: v.boolean(), missing: names, extra: names, mislabelled: names })),
  }),
});

type Message = v.InferOutput<typeof messageSchema>;

let site: StartedSite | undefined;
afterEach(() => site?.kill());

/** What `npm start` runs, as one process: killing it kills everything. */
async function start(dataFolder: string): Promise<StartedSite> {
  const command = `exec '${process.execPath}' infra/local/server.ts`;
  site = await startByCommand(command, dataFolder, { DEMO_MESSAGES: String(size) });
  return site;
}

/** The person’s browser keeps its session wherever the site listens next. */
async function ask<Schema extends v.GenericSchema>(
  browser: Browser,
  method: string,
  path: string,
  schema: Schema,
): Promise<v.InferOutput<Schema>> {
  const { status, text } = await browser.fetch(`${site?.origin}${path}`, { method });
  expect(status, text).toBeLessThan(300);
  return v.parse(schema, JSON.parse(text));
}

const mailboxOf = async (browser: Browser) => (await ask(browser, 'GET', '/mailbox', mailboxSchema)).sync;

const newestOf = async (browser: Browser) =>
  (await ask(browser, 'GET', '/mailbox/messages?maxResults=500', pageSchema)).messages;

/** The whole copy, Spam and Trash too. */
async function copyOf(browser: Browser): Promise<Message[]> {
  const messages: Message[] = [];
  for (const label of ['', '&labelId=SPAM', '&labelId=TRASH']) {
    let next: string | undefined = '';
    while (next !== undefined) {
      const path: string = `/mailbox/messages?maxResults=500${label}${next}`;
      const page: v.InferOutput<typeof pageSchema> = await ask(browser, 'GET', path, pageSchema);
      messages.push(...page.messages);
      next = page.nextPageToken === undefined ? undefined : `&pageToken=${page.nextPageToken}`;
    }
  }
  return messages;
}

/** What the local Google says is in the mailbox. */
async function truthOf({ googleOrigin }: StartedSite): Promise<Message[]> {
  const response = await fetch(`${googleOrigin}/admin/accounts/${ada}/messages?includeSpamTrash=true`);
  return v.parse(v.object({ messages: v.array(messageSchema) }), await response.json()).messages;
}

/** Each message with its labels, in an order of its own; one in both Spam and Trash was listed twice. */
function labelled(messages: readonly Message[]): string[] {
  return [...new Set(messages.map(({ id, labelIds }) => `${id} ${labelIds.toSorted().join(' ')}`))].sort();
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 40_000;
  while (!(await isTrue())) {
    if (Date.now() > end) throw new Error('It did not come true.');
    await sleep(20);
  }
}

it('a site that is killed in the middle of a backfill goes on where it stood, and the copy is right', async () => {
  const dataFolder = temporaryFolder();
  const browser = new Browser();
  const first = await start(dataFolder);
  const consent = await browser.open(`${first.origin}/auth/login?login_hint=${ada}`);
  await browser.submit(consent, { button: 'allow' });
  let last = first;

  // Once in the first page of the listing, once near its end.
  for (const least of [50, 450]) {
    let seen = 0;
    await until(async () => {
      seen = (await newestOf(browser)).length;
      return seen >= least;
    });
    await last.kill();
    last = await start(dataFolder);
    expect((await newestOf(browser)).length).toBeGreaterThanOrEqual(seen);
    expect((await mailboxOf(browser)).phase).toBe('backfill');
  }

  await until(async () => (await mailboxOf(browser)).phase === 'live');
  await ask(browser, 'POST', '/mailbox/verify', v.object({}));
  await until(async () => (await mailboxOf(browser)).verify?.running === false);
  expect(await mailboxOf(browser)).toMatchObject({
    failures: 0,
    verify: { missing: [], extra: [], mislabelled: [] },
  });
  const truth = await truthOf(last);
  expect(truth).toHaveLength(size);
  expect(labelled(await copyOf(browser))).toEqual(labelled(truth));
});
