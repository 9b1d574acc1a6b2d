import { afterAll, beforeAll, beforeEach, describe, it } from 'vitest';
import { drainQueue } from '../support/drain-queue.ts';
import { type QuotingSite, quoted, quotedMail, startQuotingSite } from '../support/quoting-site.ts';
import { routeRequests } from '../support/route-requests.ts';

const ada = 'ada@example.com';

let site: QuotingSite;

beforeAll(async () => {
  site = await startQuotingSite();
});
afterAll(() => site.close());
beforeEach(async () => {
  await site.admin('DELETE', '/faults');
  site.replan();
});

describe('an answer of Google’s that quotes mail or tokens is not logged', () => {
  const gmailError = (code: number) => ({
    status: code,
    body: {
      error: {
        code,
        message: quoted,
        status: quoted,
        errors: [{ reason: quoted, message: quoted }],
        details: [{ reason: quoted }],
      },
    },
  });
  const oauthError = (status: number) => ({ status, body: { error: quoted, error_description: quoted } });
  const html = (status: number) => ({ status, body: `<p>${quoted}</p>` });
  const ofGmail = [
    gmailError(400),
    gmailError(401),
    gmailError(403),
    gmailError(404),
    gmailError(429),
    gmailError(500),
    html(200),
    html(403),
  ];
  const ofTokens = [
    oauthError(400),
    oauthError(401),
    oauthError(500),
    html(200),
    html(400),
    { status: 400, body: { error: 'invalid_grant', error_description: quoted } },
  ];

  async function byRoute(name: string, on: string, effects: readonly object[]): Promise<void> {
    const [, , prepare] = routeRequests.find(([route]) => route === name) ?? [];
    if (prepare === undefined) throw new Error(`There is no request ${name}.`);
    for (const effect of effects) {
      const send = await prepare(site);
      await site.fault(on, { ...effect }, 2);
      await send();
      await site.admin('DELETE', '/faults');
    }
    site.expectNothingLogged();
  }

  it('by a callback', () => byRoute('GET /auth/callback', 'token.code', ofTokens));
  it('by a brought code', () => byRoute('POST /auth/code', 'token.code', ofTokens.slice(0, 3)));
  it('by a disconnect', () => byRoute('DELETE /mailbox', 'revoke', ofTokens.slice(0, 3)));

  it('by a refresh', async () => {
    const [, , prepare] = routeRequests.find(([route]) => route === 'POST …/access-token') ?? [];
    for (const effect of ofTokens) {
      const send = await prepare?.(site);
      // The access token that the consent brought has ended.
      site.setClockOffset(2 * 3_600_000);
      await site.fault('token.refresh', effect, 2);
      await send?.();
      await site.admin('DELETE', '/faults');
      site.setClockOffset(0);
    }
    site.expectNothingLogged();
  });

  it.each(['/messages', '/messages?view=summary', '/messages/{id}', '/mailbox/labels'])(
    'by GET %s',
    async (path) => {
      const browser = await site.connected();
      const [message] = await site.truth(ada);
      for (const effect of ofGmail) {
        await site.fault(path.includes('summary') ? 'messages.get' : 'gmail', effect, 2);
        await browser.fetch(`${site.origin}${path.replace('{id}', message?.id ?? '')}`);
        await site.admin('DELETE', '/faults');
      }
      site.expectNothingLogged();
    },
  );

  it('by the sync', async () => {
    await site.connected();
    for (const [index, effect] of ofGmail.entries()) {
      const points = ['messages.get', 'history.list', 'batch', 'gmail'];
      for (const on of index % 2 === 0 ? points.slice(0, 2) : points.slice(2)) {
        site.setClockOffset((index * 2 + 1 + (points.indexOf(on) % 2)) * 20 * 60_000);
        await site.admin('POST', `/accounts/${ada}/messages`, quotedMail);
        await site.fault(on, effect, 3);
        await site.tick();
        await drainQueue(site);
        await site.admin('DELETE', '/faults');
      }
    }
    site.setClockOffset(0);
    site.expectNothingLogged();
  });
});

it('and no secret or mail of all this got to queue, bus, tables or log', () => site.expectNothingKept());
