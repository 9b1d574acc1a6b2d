import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createSignedFetch } from '../integrations/signed-fetch.ts';
import { Browser } from '../support/browser.ts';
import { type Site, startSite } from '../support/site.ts';

const ada = 'ada@example.com';
const owner = 'tenant-7';

const changeSchema = v.object({
  sequence: v.string(),
  accountId: v.string(),
  type: v.string(),
  reason: v.optional(v.string()),
  messages: v.optional(v.array(v.object({ id: v.string(), labelIds: v.array(v.string()) })), []),
  messageIds: v.optional(v.array(v.string()), []),
});
const pageSchema = v.object({ changes: v.array(changeSchema), cursor: v.string(), more: v.boolean() });

type Change = v.InferOutput<typeof changeSchema>;

/** Who follows a feed and nothing else: what was heard, and which messages there must be. */
class Follower {
  readonly heard: Change[] = [];
  readonly messages = new Map<string, readonly string[]>();
  readonly #ask: (query: Readonly<Record<string, string>>) => Promise<unknown>;
  #cursor: string | undefined;

  constructor(ask: (query: Readonly<Record<string, string>>) => Promise<unknown>) {
    this.#ask = ask;
  }

  async listen(): Promise<void> {
    for (let more = true; more; ) {
      const after = this.#cursor === undefined ? {} : { after: this.#cursor };
      const page = v.parse(pageSchema, await this.#ask({ maxResults: '3', ...after }));
      for (const change of page.changes) this.hear(change);
      this.#cursor = page.cursor;
      more = page.more;
    }
  }

  hear(change: Change): void {
    this.heard.push(change);
    for (const { id, labelIds } of change.messages) this.messages.set(id, labelIds.toSorted());
    for (const id of change.messageIds) this.messages.delete(id);
  }

  get types(): string[] {
    return this.heard.map(({ type }) => type);
  }
}

/** The change feed over real HTTP, a minute lasting a second, while every other call of the event bus fails. */
describe('the change feed', () => {
  let site: Site;
  let browser: Browser;
  let accountId: string;
  let followers: Record<'session' | 'account' | 'owner' | 'all', Follower>;
  let failures = 0;

  beforeAll(async () => {
    let calls = 0;
    site = await startSite({
      demoMessages: 60,
      sync: true,
      syncIntervalSeconds: 1,
      onAwsCall: ({ service, action }) => {
        if (service !== 'eventbridge') return;
        calls += 1;
        const failure = [
          { error: 'InternalException', status: 500 },
          undefined,
          { error: 'ThrottlingException', entries: [0] },
          undefined,
          'reset' as const,
        ][calls % 5];
        if (failure === undefined) return;
        failures += 1;
        site.aws.failNext({ service, action, failure });
      },
    });
    const signedFetch = createSignedFetch(site.origin, site.aws);
    const signed = (path: () => string, more: Readonly<Record<string, string>> = {}) =>
      new Follower(async (query) => {
        const answer = await signedFetch('GET', path(), { query: { ...query, ...more } });
        expect(answer.status).toBe(200);
        return answer.json();
      });
    const invitation = await signedFetch('POST', '/accounts/connect-links', { body: { owner } });
    const { url } = v.parse(v.object({ url: v.string() }), await invitation.json());
    browser = new Browser();
    await site.consent(browser, { start: url });
    accountId = (await mailbox()).account.id;
    followers = {
      session: new Follower(async (query) => {
        const { status, text } = await browser.fetch(
          `${site.origin}/mailbox/changes?${new URLSearchParams(query)}`,
        );
        expect(status).toBe(200);
        return JSON.parse(text);
      }),
      account: signed(() => `/accounts/${accountId}/changes`, { owner }),
      owner: signed(() => '/changes', { owner }),
      all: signed(() => '/changes'),
    };
  });
  afterAll(() => site.close());

  const mailbox = async () =>
    v.parse(
      v.object({ account: v.object({ id: v.string() }), sync: v.object({ phase: v.string() }) }),
      JSON.parse((await browser.fetch(`${site.origin}/mailbox`)).text),
    );
  const soon = { timeout: 60_000, interval: 250 };

  /** Messages and labels as the local Google has them, Spam and Trash too. */
  async function truth(): Promise<Record<string, readonly string[]>> {
    const { messages } = v.parse(
      v.object({ messages: v.array(v.object({ id: v.string(), labelIds: v.array(v.string()) })) }),
      await site.admin('GET', `/accounts/${ada}/messages?includeSpamTrash=true`),
    );
    return Object.fromEntries(messages.map(({ id, labelIds }) => [id, labelIds.toSorted()]));
  }

  /** Waits until whoever follows any of the feeds knows of the mailbox as it is. */
  async function untilAllKnow(which = Object.values(followers)): Promise<void> {
    const expected = await truth();
    await vi.waitFor(async () => {
      for (const follower of which) {
        await follower.listen();
        expect(Object.fromEntries(follower.messages)).toEqual(expected);
      }
    }, soon);
  }

  it('tells of a mailbox from the consent on until it has caught up, in every feed', async () => {
    await vi.waitFor(async () => {
      for (const follower of Object.values(followers)) {
        await follower.listen();
        expect(follower.types).toContain('caught_up');
      }
    }, soon);
    await untilAllKnow();
    for (const { types } of Object.values(followers)) {
      expect([types[0], types.at(-1)]).toEqual(['connected', 'caught_up']);
    }
  });

  it('tells of what comes, changes and goes', async () => {
    const { ids } = v.parse(
      v.object({ ids: v.array(v.string()) }),
      await site.admin('POST', `/accounts/${ada}/messages`, { subject: 'One' }),
    );
    await untilAllKnow();
    const [id = ''] = ids;
    expect(followers.session.messages.has(id)).toBe(true);
    await site.admin('POST', `/accounts/${ada}/messages/${id}/labels`, { add: ['STARRED'], remove: [] });
    await untilAllKnow();
    expect(followers.owner.messages.get(id)).toContain('STARRED');
    await site.admin('DELETE', `/accounts/${ada}/messages/${id}`);
    await untilAllKnow();
    expect(followers.all.types.slice(-3)).toEqual(['added', 'relabelled', 'deleted']);
  });

  it('tells the event bus as much, though it fails again and again', async () => {
    await vi.waitFor(() => {
      const bus = new Follower(async () => undefined);
      for (const { detail } of site.aws.events()) bus.hear(v.parse(changeSchema, detail));
      const firsts = [...new Map(bus.heard.map((change) => [change.sequence, change])).keys()];
      expect(firsts).toEqual(followers.all.heard.map(({ sequence }) => sequence));
    }, soon);
    expect(failures).toBeGreaterThan(2);
  });

  it('tells why a mailbox is paused, and that its person has consented again', async () => {
    await site.admin('POST', `/accounts/${ada}/revoke`);
    const { account } = followers;
    await vi.waitFor(async () => {
      await account.listen();
      expect(account.heard.slice(-2)).toMatchObject([
        { type: 'grant_revoked' },
        { type: 'paused', reason: 'grant_revoked' },
      ]);
    }, soon);
    await site.admin('POST', `/accounts/${ada}/messages`, { subject: 'While it was paused' });
    await site.consent(browser);
    await untilAllKnow([account]);
    expect(account.types.slice(-2)).toEqual(['connected', 'added']);
  });

  it('tells of the disconnect last, and of no message any more', async () => {
    expect((await browser.fetch(`${site.origin}/mailbox`, { method: 'DELETE' })).status).toBe(202);
    const { account } = followers;
    await vi.waitFor(async () => {
      await account.listen();
      expect(account.types.at(-1)).toBe('disconnected');
      const types = (await site.items('changes')).map(({ type }) => type);
      expect(types).not.toContain('added');
      expect(types).not.toContain('relabelled');
      expect(types).not.toContain('deleted');
    }, soon);
    const again = new Follower(async (query) => {
      const path = `/accounts/${accountId}/changes`;
      return (await createSignedFetch(site.origin, site.aws)('GET', path, { query })).json();
    });
    await again.listen();
    expect(again.types).toEqual([
      'connected',
      'caught_up',
      'grant_revoked',
      'paused',
      'connected',
      'disconnected',
    ]);
  });
});
