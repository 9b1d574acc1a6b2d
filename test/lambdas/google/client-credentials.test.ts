import { describe, expect, test } from 'vitest';
import { Problem } from '../../../lambdas/errors.ts';
import { createClientCredentials } from '../../../lambdas/google/client-credentials.ts';
import { testClock } from '../../support/doubles/clock.ts';

const file = (web: Record<string, unknown>) => JSON.stringify({ web });
const downloaded = file({
  client_id: 'client-1.apps.googleusercontent.com',
  project_id: 'project',
  auth_uri: 'https://accounts.google.com/o/oauth2/auth',
  token_uri: 'https://oauth2.googleapis.com/token',
  client_secret: 'GOCSPX-canary',
  redirect_uris: ['https://mail.example.com/auth/callback'],
});

function build(text = downloaded) {
  const clock = testClock();
  const source = { text, reads: 0 };
  const credentials = createClientCredentials(async () => {
    source.reads += 1;
    return source.text;
  }, clock);
  return { clock, source, credentials };
}

test('the file is taken as Google’s console lets one download it', async () => {
  const { credentials } = build();
  expect(await credentials.get()).toEqual({
    clientId: 'client-1.apps.googleusercontent.com',
    clientSecret: 'GOCSPX-canary',
  });
});

test('it is remembered for five minutes, then read anew', async () => {
  const { credentials, clock, source } = build();
  await credentials.get();
  source.text = file({ client_id: 'client-2', client_secret: 's' });
  clock.pass(299_999);
  expect((await credentials.get()).clientId).toMatch(/^client-1/);
  clock.pass(1);
  expect((await credentials.get()).clientId).toBe('client-2');
  expect(source.reads).toBe(2);
});

test('simultaneous needs share one read, and one that fails is not remembered', async () => {
  const { credentials, source } = build('no JSON');
  const failed = await Promise.allSettled([credentials.get(), credentials.get()]);
  expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  source.text = downloaded;
  const [one, other] = await Promise.all([credentials.get(), credentials.get()]);
  expect(other).toEqual(one);
  expect(source.reads).toBe(2);
});

test('a read that was under way when Google refused the client is not remembered', async () => {
  const early = Promise.withResolvers<string>();
  const reads = [early.promise, Promise.resolve(file({ client_id: 'client-2', client_secret: 's' }))];
  const credentials = createClientCredentials(async () => (await reads.shift()) ?? 'one read too many');
  const first = credentials.get();
  credentials.forget();
  expect((await credentials.get()).clientId).toBe('client-2');
  early.resolve(downloaded);
  expect((await first).clientId).toMatch(/^client-1/);
  expect((await credentials.get()).clientId).toBe('client-2');
});

test('a read that Google’s refusal has overtaken does not end the sharing of the later one', async () => {
  const reads = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
  const [early, late] = reads;
  let begun = 0;
  const credentials = createClientCredentials(async () => {
    begun += 1;
    return (await reads[begun - 1]?.promise) ?? 'one read too many';
  });
  const first = credentials.get();
  credentials.forget();
  const second = credentials.get();
  early?.resolve(downloaded);
  await first;
  const third = credentials.get();
  late?.resolve(downloaded);
  expect(await third).toEqual(await second);
  expect(await credentials.get()).toEqual(await second);
  expect(begun).toBe(2);
});

test('it is read anew at once when Google refused it', async () => {
  const { credentials, source } = build();
  await credentials.get();
  source.text = file({ client_id: 'client-2', client_secret: 's' });
  credentials.forget();
  expect((await credentials.get()).clientId).toBe('client-2');
});

describe('what is no such file is the operator’s to mend', () => {
  test.each([
    ['nothing', ''],
    ['no JSON', 'GOCSPX-canary'],
    ['half of a JSON', downloaded.slice(0, 60)],
    ['another type of client', JSON.stringify({ installed: { client_id: 'a', client_secret: 'canary' } })],
    ['a service account', JSON.stringify({ type: 'service_account', private_key: 'canary' })],
    ['no secret', file({ client_id: 'a' })],
    ['an empty secret', file({ client_id: 'a', client_secret: '' })],
    ['an empty ID', file({ client_id: '', client_secret: 'canary' })],
    ['a list', '[]'],
    ['null', 'null'],
  ])('%s', async (_, text) => {
    const { credentials } = build(text);
    const failure = await credentials.get().catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'misconfigured' });
    const cause = failure instanceof Problem && failure.cause instanceof Error ? failure.cause.message : '';
    expect(String(failure) + cause).not.toContain('canary');
  });

  test('and is not remembered: once mended, it works', async () => {
    const { credentials, source } = build('');
    await expect(credentials.get()).rejects.toMatchObject({ code: 'misconfigured' });
    source.text = downloaded;
    expect((await credentials.get()).clientSecret).toBe('GOCSPX-canary');
  });
});
