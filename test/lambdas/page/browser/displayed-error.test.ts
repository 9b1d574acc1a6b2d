import { expect, it } from 'vitest';
import { createClient } from '../../../../lambdas/client/client.ts';
import { displayedErrorOf } from '../../../../lambdas/page/browser/displayed-error.ts';

const senseless = {
  title: 'The site returned an unexpected answer',
  detail: 'Reload the page and try again.',
};
const problem = { title: 'Too much', detail: 'Wait.', code: 'rate_limited', requestId: 'r' };

it.each([
  [
    'a problem',
    Response.json(problem, { status: 429, headers: { 'retry-after': '2' } }),
    { ...problem, retryAfterSeconds: 2 },
  ],
  [
    'API Gateway’s own words',
    Response.json({ message: 'Too Many Requests' }, { status: 429 }),
    { title: 'It did not work', detail: 'Too Many Requests' },
  ],
  [
    'a failure without words',
    new Response('', { status: 503 }),
    { title: 'It did not work', detail: 'It did not work. Try again.' },
  ],
  ['a page of something in between', new Response('<html>'), senseless],
  ['an answer without what it must have', Response.json({}), senseless],
  ['no answer', undefined, { title: 'The site cannot be reached' }],
])('%s is put into words', async (_, answer, words) => {
  const { mailbox } = createClient({
    site: 'https://mail.example.com',
    fetch: async () => answer ?? Promise.reject(new TypeError('Failed to fetch')),
  });
  const readId = async () => (await mailbox.status()).account.id;
  const error = await readId().catch((thrown: unknown) => thrown);
  const displayed = displayedErrorOf(error);
  expect(displayed).toMatchObject(words);
  expect(displayed.code).toBe('code' in words ? words.code : undefined);
});
