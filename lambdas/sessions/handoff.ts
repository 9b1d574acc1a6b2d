import { originOf, withOutcome } from '../http/foreign-address.ts';
import { hashOf, randomToken, type TokenSource } from '../secrets.ts';
import type { Session } from './session.ts';

/** A session that an application on another origin can take over. */
export interface Handoff {
  /** The SHA-256 of the handoff; the handoff itself exists only in the URL that delivers it. */
  readonly handoffId: string;
  readonly accountId: string;
  readonly generation: string;
  /** The application's PKCE code challenge (S256). */
  readonly codeChallenge: string;
  /** The origin that the consent returned to; for an app, its scheme. */
  readonly origin: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/** The lifetime of a handoff (milliseconds). */
const handoffLifetime = 60_000;

export interface HandoffStore {
  put(handoff: Handoff): Promise<void>;
  /** Takes the handoff if challenge and time are right. Of two concurrent calls exactly one gets it. */
  take(handoffId: string, codeChallenge: string, now: number): Promise<Handoff | undefined>;
}

/**
 * Creates a handoff, which an application on another origin exchanges with its code verifier.
 *
 * @returns the return URL with the handoff, which is stored nowhere else.
 */
export async function startHandoff(
  { accountId, generation }: Pick<Session, 'accountId' | 'generation'>,
  { returnTo, codeChallenge }: { returnTo: string; codeChallenge: string },
  dependencies: { handoffs: Pick<HandoffStore, 'put'>; clock?: () => number; newToken?: TokenSource },
): Promise<string> {
  const { handoffs, clock = Date.now, newToken = randomToken } = dependencies;
  const handoff = newToken();
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
