import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import type { Failure } from '../../infra/local/aws/faults.ts';
import type { AwsCall } from '../../infra/local/environment.ts';
import { Browser } from './browser.ts';
import { findCanaries } from './canaries.ts';
import { type FaultPlan, type FaultySite, startFaultySite } from './faulty-site.ts';
import { foreignApp } from './route-requests.ts';
import { secretsOf, textOf } from './secrets-of-site.ts';

/** What errors quote: it stands for whatever an error might quote, a token or somebody's mail. */
export const quoted = `quoted-${randomBytes(16).toString('hex')}`;

/** A message that gives itself away wherever a part of it is found. */
export const quotedMail = {
  subject: `subject-${quoted}`,
  from: `from-${quoted} <from-${quoted}@example.net>`,
  to: `to-${quoted}@example.com`,
  text: `body-${quoted}\r\n`,
};

const canaries = [{ name: 'quoted', secret: quoted }];

const answer = (status: number, contentType: string, body: string): Failure => ({
  answer: { status, contentType, body },
});
const json = 'application/x-amz-json-1.0';

/** AWS answers that quote what they were asked, or something else that nobody may log. */
export const quotingAnswers: readonly Failure[] = [
  answer(400, json, JSON.stringify({ __type: 'ValidationException', message: quoted })),
  answer(400, 'text/html', `<p>${quoted}</p>`),
  answer(200, json, `{"Item": {"accountId": {"S": "${quoted}`),
  answer(400, json, JSON.stringify({ __type: quoted, message: quoted, [quoted]: quoted })),
];

/** A site around which everybody quotes, and what a test looks at of it. */
export interface QuotingSite extends FaultySite {
  /** As `plan`, and keeps the calls that were made before. */
  replan(plan?: FaultPlan): void;
  /** The operations that a function called since the last plan. */
  operationsOf(functionName: string): string[];
  /** Expects that nothing quoted stands in what was logged since this was last expected. */
  expectNothingLogged(): void;
  /**
   * Expects no secret of the whole time and nothing quoted in any call to queue, bus and tables, and no secret in a
   * log.
   */
  expectNothingKept(): Promise<void>;
}

/** Starts the site, with mail that gives itself away. */
export async function startQuotingSite(): Promise<QuotingSite> {
  const site = await startFaultySite({
    demoMessages: 3,
    allowedReturnOrigins: `${foreignApp}/done`,
    accessTokens: 'on',
  });
  await site.admin('POST', '/accounts/ada@example.com/messages', [quotedMail, quotedMail]);
  const calls: AwsCall[] = [];
  let looked = 0;

  function replan(plan?: FaultPlan): void {
    calls.push(...site.callsOfPlan());
    site.plan(plan);
  }

  return {
    ...site,
    replan,
    operationsOf: (functionName) => {
      const own = site.callsOfPlan().filter((call) => call.functionName === functionName);
      return [...new Set(own.map(({ service, action }) => `${service} ${action}`))];
    },
    expectNothingLogged: () => {
      const lines = site.logs.slice(looked).map((record) => JSON.stringify(record));
      looked = site.logs.length;
      expect(lines.filter((line) => findCanaries(line, canaries).length > 0)).toEqual([]);
    },
    expectNothingKept: async () => {
      const browser = new Browser();
      await site.consent(browser);
      replan();
      const own = calls.filter(
        ({ functionName, service }) => functionName !== undefined && service !== 'kms',
      );
      expect(own.length).toBeGreaterThan(100);
      const secrets = secretsOf({ origin: site.origin, calls }, browser.history);
      expect(secrets.length).toBeGreaterThan(50);
      expect(findCanaries(textOf(own), secrets)).toEqual([]);
      expect(findCanaries(JSON.stringify(site.logs), secrets)).toEqual([]);
      // The copy holds headers and snippets; nothing else does.
      const elsewhere = own.filter(({ input }) => !textOf(input).includes(site.aws.tableNames.messages));
      expect(findCanaries(textOf(elsewhere), canaries)).toEqual([]);
    },
  };
}
