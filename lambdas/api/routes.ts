import { backends } from './backends.ts';
import { changes } from './changes.ts';
import type { Contract } from './contract.ts';
import { mail } from './mail.ts';
import { mailbox } from './mailbox.ts';
import { pages } from './pages.ts';
import { signingIn } from './signing-in.ts';

/** The contract of every route, in groups, in the order of the description. */
export const groups = [signingIn, mail, mailbox, changes, backends, pages] as const;

type KeyOf<C> = C extends Contract<infer Key> ? Key : never;

/** A route's key, such as `GET /messages`. */
export type RouteKey = KeyOf<(typeof groups)[number][number]>;
