import { expect, test } from 'vitest';
import { codeChallengeOf } from '../../../lambdas/secrets.ts';
import { jsonOf } from '../../support/api-event.ts';
import { appOrigin, appScheme, consentJourney, cookiesOf, origin } from '../../support/consent-journey.ts';
import { tokenNamed } from '../../support/doubles/tokens.ts';

const codeChallenge = codeChallengeOf(tokenNamed('verifier'));
const asking = (returnTo = `${appOrigin}/home`) => ({
  query: new URLSearchParams({ return_to: returnTo, code_challenge: codeChallenge }).toString(),
});
const fromApplication = { headers: { referer: `${appOrigin}/` } };
const isAsked = ({ status, text }: { status: number; text: string }) =>
  status === 200 && text.includes('action="/auth/login"');

test('a person is asked before a sign-in for an application elsewhere begins', async () => {
  const journey = consentJourney();
  const answer = await journey.open(asking());
  expect(isAsked(answer)).toBe(true);
  expect(answer.text).toContain('app.example.com');
  expect(answer.text).toContain(`name="code_challenge" value="${codeChallenge}"`);
  expect(answer.headers['content-security-policy']).toContain(`form-action 'self' https: ${appOrigin};`);
  expect([answer.cookies, journey.pendingConsents.rows.size]).toEqual([[], 0]);
});

test('the button leads to Google, and the browser remembers the application', async () => {
  const journey = consentJourney();
  const cookies = cookiesOf(await journey.login(asking()));
  expect(isAsked(await journey.open({ ...asking(), ...fromApplication, cookies }))).toBe(false);
});

test.each<[string, object, object]>([
  ['comes from elsewhere', asking(), { headers: { referer: 'https://evil.example/' } }],
  ['does not say where it comes from', asking(), {}],
  ['comes from a page of this site', asking(), { headers: { referer: `${origin}/` } }],
  ['leads to another address of the application', asking(`${appOrigin}/`), fromApplication],
  ['leads to an app, which names no origin', asking(`${appScheme}/done`), {}],
])('the person is asked again where the request %s', async (_, asked, from) => {
  const journey = consentJourney();
  const cookies = cookiesOf(await journey.login(asking()));
  expect(isAsked(await journey.open({ ...asked, ...from, cookies }))).toBe(true);
});

test('the browser remembers the last ten applications, and nothing that is no memory of ours', async () => {
  const journey = consentJourney();
  const memory = Array.from({ length: 10 }, (_, index) => tokenNamed(`other${index}`));
  const cookies = { '__Host-applications': memory.join('.') };
  const written = cookiesOf(await journey.login({ ...asking(), cookies }))['__Host-applications'];
  expect(written?.split('.').slice(1)).toEqual(memory.slice(0, 9));
  for (const forged of ['x', `${memory[0]}.x`, `${memory[0]}.`]) {
    const given = { '__Host-applications': forged };
    const rewritten = cookiesOf(await journey.login({ ...asking(), cookies: given }))['__Host-applications'];
    expect(rewritten).toMatch(/^[\w-]{43}$/);
  }
});

test.each([
  `${appOrigin}/elsewhere`,
  `${appOrigin}/home/`,
  `${appOrigin}/home?next=https://evil.example`,
  `${appScheme}/elsewhere`,
  'http://localhost:5173/elsewhere',
])('a handoff goes to listed addresses alone, and not to %s', async (returnTo) => {
  const journey = consentJourney();
  for (const answer of [await journey.open(asking(returnTo)), await journey.login(asking(returnTo))]) {
    expect([answer.status, jsonOf(answer)['code']]).toEqual([400, 'invalid_request']);
    expect(jsonOf(answer)['detail']).toContain('add the whole address');
  }
});

test.each([`${appOrigin}/`, appOrigin, `${appScheme}/`, 'http://localhost:5173/'])(
  'an origin or a scheme alone lists its root: %s',
  async (returnTo) => {
    expect((await consentJourney().login(asking(returnTo))).status).toBe(303);
  },
);
