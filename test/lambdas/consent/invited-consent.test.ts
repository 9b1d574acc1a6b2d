import { describe, expect, test } from 'vitest';
import type { ExchangedCode } from '../../../lambdas/consent/code-exchange.ts';
import { Problem, type ProblemCode, problems } from '../../../lambdas/errors.ts';
import { hashOf } from '../../../lambdas/secrets.ts';
import { type Answer, jsonOf } from '../../support/api-event.ts';
import { cookiesOf } from '../../support/consent-journey.ts';
import { grantOf } from '../../support/doubles/grants.ts';
import type { MemoryGrants } from '../../support/doubles/memory-grants.ts';
import { exchangedCode } from '../../support/doubles/scripted-exchange.ts';
import { type LinkJourneyOptions, linkJourney } from '../../support/link-journey.ts';

type Journey = ReturnType<typeof linkJourney>;

/** Whom Google answers with. */
function answerWith(journey: Journey, exchanged: Partial<ExchangedCode>): void {
  journey.google.answer = async () => exchangedCode(exchanged);
}

/** The answer is this problem, signs nobody in, and offers no consent without the link. */
function expectProblem(answer: Answer, problem: ProblemCode): void {
  expect([answer.status, jsonOf(answer)['code']]).toEqual([problems[problem].status, problem]);
  expect(answer.cookies).toEqual([]);
  expect(jsonOf(answer)).not.toHaveProperty('authorizationUrl');
}

/** Somebody disconnects the account. */
async function disconnect(grants: MemoryGrants): Promise<void> {
  const grant = grants.rows.get('account-1');
  if (grant !== undefined) await grants.putStatus(grant, 'disconnecting', 0);
}

/** The link stands there still, for this browser, and a consent through it works. */
async function expectLinkWorks(journey: Journey, browser: Readonly<Record<string, string>>): Promise<void> {
  expect([...journey.links.rows.values()]).toEqual([
    { ...journey.link, browserHash: hashOf(browser['__Host-login'] ?? '') },
  ]);
  answerWith(journey, {});
  expect((await journey.callback(await journey.begin(browser))).status).toBe(303);
  expect(journey.links.rows.size).toBe(0);
}

describe('a consent through a connect link', () => {
  test('connects a stranger’s mailbox for the link’s owner, and uses the link up', async () => {
    const journey = linkJourney();
    const answer = await journey.callback(await journey.begin());
    expect(answer).toMatchObject({ status: 303, headers: { location: '/mailbox' } });
    expect([...journey.grants.rows.values()]).toMatchObject([
      { accountId: 'account-1', owner: 'tenant-1', status: 'active' },
    ]);
    expect(journey.links.rows.size).toBe(0);
    const token = cookiesOf(answer)['__Host-session'] ?? '';
    expect([...journey.sessions.rows.keys()]).toEqual([hashOf(token)]);
  });

  test('leads back to an address elsewhere as it is: no handoff, no secret', async () => {
    const returnTo = 'https://app.example.com/done?a=b';
    const journey = linkJourney({ link: { returnTo } });
    const answer = await journey.callback(await journey.begin());
    expect(answer).toMatchObject({ status: 303, headers: { location: returnTo } });
    expect(Object.keys(cookiesOf(answer))).toEqual(['__Host-session']);
  });

  test('uses the link up also where the mailbox was its owner’s before', async () => {
    const journey = linkJourney();
    journey.grants.rows.set('account-1', await grantOf(journey.cipher, { owner: 'tenant-1' }));
    answerWith(journey, { refreshToken: undefined });
    expect((await journey.callback(await journey.begin())).status).toBe(303);
    expect(journey.links.rows.size).toBe(0);
  });
});

describe('a link works once', () => {
  test('of two consents of one browser the first that is stored wins', async () => {
    const journey = linkJourney();
    const first = await journey.begin();
    const second = await journey.begin(first.browser);
    expect((await journey.callback(second)).status).toBe(303);
    answerWith(journey, { accountId: 'account-2' });
    expectProblem(await journey.callback(first), 'invalid_link');
    expect([...journey.grants.rows.keys()]).toEqual(['account-1']);
  });

  test('of two that are completed at once exactly one is stored', async () => {
    const journey = linkJourney();
    const first = await journey.begin();
    const second = await journey.begin(first.browser);
    let accounts = 0;
    journey.google.answer = async () => exchangedCode({ accountId: `account-${++accounts}` });
    const answers = await Promise.all([journey.callback(first), journey.callback(second)]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([303, 400]);
    expect([journey.grants.rows.size, journey.sessions.rows.size, journey.links.rows.size]).toEqual([
      1, 1, 0,
    ]);
  });

  test('nobody else’s consent of that browser uses it', async () => {
    const journey = linkJourney({ policy: { signUp: 'open', signUpDomains: [] } });
    const { browser } = await journey.begin();
    const [pending] = journey.pendingConsents.rows.values();
    if (pending === undefined) throw new Error('Nothing is pending.');
    const loginId = hashOf('a state without an invitation');
    const { invitation: _, ...uninvited } = pending;
    const sealed = await journey.cipher.encrypt('verifier.nonce', {
      service: 'gmail-offline-access',
      loginId,
      clientId: 'client-1',
      tokenKind: 'login',
    });
    await journey.pendingConsents.put({ ...uninvited, loginId, sealed });
    await journey.callback({ browser, state: 'a state without an invitation' });
    expect([...journey.grants.rows.values()]).toMatchObject([{ accountId: 'account-1' }]);
    expect(journey.grants.rows.get('account-1')?.owner).toBeUndefined();
    await expectLinkWorks(journey, browser);
  });
});

describe('a consent that is not stored leaves the link for the same browser', () => {
  const failures: [string, ProblemCode, LinkJourneyOptions, (journey: Journey) => void | Promise<void>][] = [
    ['Google takes too long', 'google_timeout', {}, refuseAtGoogle('google_timeout')],
    ['the code is refused', 'code_exchange_failed', {}, refuseAtGoogle('code_exchange_failed')],
    [
      'the mailbox was not included',
      'insufficient_scope',
      {},
      (journey) => answerWith(journey, { scopes: ['openid'] }),
    ],
    [
      'no refresh token came',
      'no_refresh_token',
      {},
      (journey) => answerWith(journey, { refreshToken: undefined }),
    ],
    [
      'it is another account than the link’s',
      'account_mismatch',
      { link: { accountId: 'account-1' } },
      (journey) => answerWith(journey, { accountId: 'account-2' }),
    ],
    [
      'it has another address than the link’s',
      'account_mismatch',
      { link: { email: 'ann@example.com' } },
      (journey) => answerWith(journey, { email: 'bob@example.com' }),
    ],
    [
      'the address is not verified',
      'account_mismatch',
      { link: { email: 'ann@example.com' } },
      (journey) => answerWith(journey, { emailVerified: false }),
    ],
    [
      'the mailbox is another owner’s',
      'owner_mismatch',
      {},
      async ({ grants, cipher }) => {
        grants.rows.set('account-2', await grantOf(cipher, { accountId: 'account-2', owner: 'tenant-2' }));
      },
    ],
    [
      'the vault is closed',
      'vault_unavailable',
      {},
      ({ cipher, google }) => {
        google.answer = async () => {
          cipher.available = false;
          return exchangedCode();
        };
      },
    ],
  ];

  test.each(failures)('when %s: %s', async (_, problem, options, spoil) => {
    const journey = linkJourney(options);
    const begun = await journey.begin();
    await spoil(journey);
    if (problem === 'owner_mismatch') answerWith(journey, { accountId: 'account-2' });
    const before = new Map(journey.grants.rows);
    expectProblem(await journey.callback(begun), problem);
    expect(journey.grants.rows).toEqual(before);
    journey.cipher.available = true;
    await expectLinkWorks(journey, begun.browser);
  });

  test('when the person says no', async () => {
    const journey = linkJourney();
    const begun = await journey.begin();
    expectProblem(await journey.callback(begun, { error: 'access_denied' }), 'access_denied');
    await expectLinkWorks(journey, begun.browser);
  });

  test('when the grant cannot be stored: the used link is put back', async () => {
    const events: string[] = [];
    let fails = true;
    const journey = linkJourney({
      wrapGrants: (grants) => ({
        ...grants,
        replace: async (grant, seen) => {
          if (!fails) return grants.replace(grant, seen);
          events.push(`store with ${journey.links.rows.size} links`);
          throw new Problem('storage_unavailable');
        },
      }),
    });
    const begun = await journey.begin();
    expectProblem(await journey.callback(begun), 'storage_unavailable');
    expect(events).toEqual(['store with 0 links']);
    fails = false;
    await expectLinkWorks(journey, begun.browser);
  });

  test('when somebody else changes the grant again and again', async () => {
    let fails = true;
    const journey = linkJourney({
      wrapGrants: (grants) => ({
        ...grants,
        replace: async (grant, seen) => !fails && grants.replace(grant, seen),
      }),
    });
    const begun = await journey.begin();
    expectProblem(await journey.callback(begun), 'storage_unavailable');
    fails = false;
    await expectLinkWorks(journey, begun.browser);
  });

  test('when another owner is faster by a moment', async () => {
    const journey = linkJourney({
      wrapGrants: (grants) => ({
        ...grants,
        replace: async (grant, seen) => {
          const theirs = await grantOf(journey.cipher, { owner: 'tenant-2' });
          await grants.replace(theirs, seen);
          return grants.replace(grant, seen);
        },
      }),
    });
    const begun = await journey.begin();
    expectProblem(await journey.callback(begun), 'owner_mismatch');
    expect(journey.grants.rows.get('account-1')?.owner).toBe('tenant-2');
    expect(journey.links.rows.size).toBe(1);
  });

  test('when the grant that was to go on ends after the link was used', async () => {
    const journey = linkJourney({
      wrapGrants: (grants) => ({
        ...grants,
        replace: async (grant, seen) => {
          await disconnect(grants);
          return grants.replace(grant, seen);
        },
      }),
    });
    journey.grants.rows.set('account-1', await grantOf(journey.cipher));
    answerWith(journey, { refreshToken: undefined });
    const begun = await journey.begin();
    expectProblem(await journey.callback(begun), 'no_refresh_token');
    expect(journey.grants.rows.get('account-1')?.owner).toBeUndefined();
    await expectLinkWorks(journey, begun.browser);
  });

  test('when the grant that was kept ends at the same moment: nobody is signed in with it', async () => {
    const journey = linkJourney({
      wrapGrants: (grants) => ({
        ...grants,
        putAccessToken: async (grant, accessToken) => {
          await disconnect(grants);
          return grants.putAccessToken(grant, accessToken);
        },
      }),
    });
    journey.grants.rows.set('account-1', await grantOf(journey.cipher, { owner: 'tenant-1' }));
    answerWith(journey, { refreshToken: undefined });
    const begun = await journey.begin();
    expectProblem(await journey.callback(begun), 'no_refresh_token');
    expect(journey.sessions.rows.size).toBe(0);
    await expectLinkWorks(journey, begun.browser);
  });

  test('unless it cannot be put back either, which is told', async () => {
    const unavailable = () => Promise.reject(new Problem('storage_unavailable'));
    const journey = linkJourney({
      wrapGrants: (grants) => ({ ...grants, replace: unavailable }),
      wrapLinks: (links) => ({ ...links, put: unavailable }),
    });
    const answer = await journey.callback(await journey.begin());
    expectProblem(answer, 'storage_unavailable');
    expect(jsonOf(answer)['detail']).toMatch(/no longer be used/);
    expect(journey.log.lines.at(-1)).toMatchObject({ level: 'error', errorName: 'AggregateError' });
  });

  test('but not when it was stored, and only what follows failed', async () => {
    let fails = true;
    const journey = linkJourney({
      connected: async () => {
        if (fails) throw new Problem('storage_unavailable');
      },
    });
    const begun = await journey.begin();
    const second = await journey.begin(begun.browser);
    expectProblem(await journey.callback(begun), 'storage_unavailable');
    expect(journey.links.rows.size).toBe(0);
    fails = false;
    expectProblem(await journey.callback(second), 'invalid_link');
  });
});

function refuseAtGoogle(problem: ProblemCode) {
  return ({ google }: Journey) => {
    google.answer = () => Promise.reject(new Problem(problem));
  };
}
