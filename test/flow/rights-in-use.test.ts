import { beforeAll, describe, expect, it } from 'vitest';
import { type FunctionName, functionNames } from '../../infra/routes.ts';

import { synthesise } from '../support/cloud.ts';
import { rightOfCall } from '../support/right-of-call.ts';
import { type Right, rightsOf } from '../support/rights.ts';
import { type Site, startSite } from '../support/site.ts';

const ada = 'ada@example.com';
const day = 86_400_000;

/** One journey through everything that each function does, and each AWS call that it made on the way. */
describe('the rights of each function', () => {
  let site: Site;

  beforeAll(async () => {
    site = await startSite({ demoMessages: 5 });
    await travel(site);
    await site.close();
  });

  const synthesis = synthesise();

  it.each(functionNames)('%s: no call without its right, no right without its call', (name) => {
    const granted = rightsOf(synthesis, name).map(inWords);
    const used = site.calls
      .filter((call) => call.functionName === name)
      .map((call) => inWords(rightOfCall(call)));
    expect([...new Set(used)].sort()).toEqual([...new Set(granted)].sort());
  });

  it('are asked for under a name that is a function’s', () => {
    const callers = new Set(site.calls.flatMap(({ functionName }) => functionName ?? []));
    expect([...callers].filter((caller) => !functionNames.includes(caller as FunctionName))).toEqual([]);
  });

  it('to the token key are used under the account’s or the login’s whole context', () => {
    for (const { input } of site.calls.filter(
      ({ service, functionName }) => service === 'kms' && functionName,
    )) {
      const context = input['EncryptionContext'] as Record<string, string>;
      const owner = context['tokenKind'] === 'login' ? 'loginId' : 'accountId';
      expect(Object.keys(context).sort()).toEqual([owner, 'clientId', 'service', 'tokenKind'].sort());
      expect(Object.values(context)).not.toContain('');
    }
  });
});

async function travel(site: Site): Promise<void> {
  const { origin } = site;
  const [message] = await site.truth(ada);
  const rest = async (days: number) => {
    for (const item of await site.items('logins')) {
      if (item['renewedAt'] === undefined) continue;
      await site.put('logins', { ...item, renewedAt: Number(item['renewedAt']) - days * day });
    }
  };
  const browser = await site.connected();
  for (const [index, path] of ['/messages', `/messages/${message?.id}`, '/mailbox', '/'].entries()) {
    await browser.fetch(origin + path);
    // Days later the use of the session is written down, and the access token has ended.
    await rest(2);
    site.setClockOffset((index + 1) * (day / 12));
    await browser.fetch(origin + path);
  }
  site.setClockOffset(0);
  // Consents again: with no refresh token, with a code that fails, and from a browser that is remembered.
  await site.fault('token.code', { omit: ['refresh_token'] });
  await site.consent(browser);
  await site.fault('token.code', { status: 400, body: { error: 'invalid_grant' } });
  await site.consent(browser);
  await rest(31);
  await site.consent(browser);
  await browser.open(`${origin}/auth/problem?problem=access_denied`);
  await browser.copy().fetch(`${origin}/mailbox`, { method: 'DELETE' });
  await browser.fetch(`${origin}/auth/logout`, { method: 'POST' });
}

function inWords({ service, action, kind, table, index, tokenKind, attributes }: Right): string {
  const place = [table, index].filter((part) => part !== undefined).join('/');
  const narrowed = tokenKind ?? (attributes && [...attributes].sort().join(' '));
  return [service, action, kind, place, narrowed]
    .filter((part) => part !== undefined && part !== '')
    .join(' ');
}
