import { listMail } from './listing-client.ts';
import { signInAgainAndAgain } from './login-client.ts';
import type { Person } from './people.ts';
import { Tally } from './tally.ts';

/** Who works with the site, and for how long. */
export interface LoadPlan {
  readonly origin: string;
  readonly googleOrigin: string;
  /** Each lists a mailbox of their own. */
  readonly listers: readonly Person[];
  /** Each signs in again and again. */
  readonly signers: readonly Person[];
  readonly seconds: number;
  /** Goes on with these counts; anew unless given. */
  readonly tally?: Tally;
}

/** Lets everybody work at once, and tells what they met. */
export async function runLoad(plan: LoadPlan): Promise<Tally> {
  const { listers, signers, seconds, tally = new Tally(), ...site } = plan;
  const ground = { ...site, tally, endsAt: Date.now() + seconds * 1000 };
  const sessions = new Set<string>();
  await Promise.all([
    ...listers.map((person, index) =>
      listMail({ person, stranger: listers[(index + 1) % listers.length] ?? person }, ground),
    ),
    ...signers.map((person) => signInAgainAndAgain(person, ground, sessions)),
  ]);
  return tally;
}
