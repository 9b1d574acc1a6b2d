import { originOf, withOutcome } from '../http/foreign-address.ts';
import { hashOf, randomToken, type TokenSource } from '../secrets.ts';
import type { Session } from './session.ts';

/** A session that waits to be taken over by an application on another origin. */
export interface Handoff {
  /** The SHA-256 of the handoff; the handoff itself stands only in the address that delivers it. */
  readonly handoffId: string;
  readonly accountId: string;
  readonly generation: string;
  /** PKCE's S256 challenge of the application. */
  readonly codeChallenge: string;
  /** The origin that the consent led back to; of an app, its scheme. */
  readonly origin: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/** How long a handoff lives (milliseconds). */
export const handoffLifetime = 60_000;

/** Where handoffs are kept. */
export interface HandoffStore {
  put(handoff: Handoff): Promise<void>;
  /** Takes it out if challenge and time are right: of two calls at the same moment exactly one gets it. */
  take(handoffId: string, codeChallenge: string, now: number): Promise<Handoff | undefined>;
}

/**
 * Lets an application on another origin take a session over, with the verifier of its challenge.
 *
 * @returns The return address with the handoff in it, which is kept nowhere else.
 */
export async function startHandoff(
  { accountId, generation }: Pick<Session, 'accountId' | 'generation'>,
  { returnTo, codeChallenge }: { returnTo: string; codeChallenge: string },
  {
    handoffs,
    clock = Date.now,
    token: makeToken = randomToken,
  }: { handoffs: Pick<HandoffStore, 'put'>; clock?: () => number; token?: TokenSource },
): Promise<string> {
  const handoff = makeToken();
  await handoffs.put({
    handoffId: hashOf(handoff),
    accountId,
    generation,
    codeChallenge,
    origin: originOf(returnTo),
    expiresAt: clock() + handoffLifetime,
  });
  return withOutcome(returnTo, 'handoff', handoff);
}
