import { backends } from './backends.ts';
import { changes } from './changes.ts';
import type { Answer, Contract } from './contract.ts';
import { mail } from './mail.ts';
import { mailbox } from './mailbox.ts';
import { pages } from './pages.ts';
import { signingIn } from './signing-in.ts';

/** The contract of every route, in groups, in the order of the description. */
export const groups = [
  {
    name: 'Signing in',
    description: 'Consents, and sessions for browsers, applications on other origins and phones.',
    routes: signingIn,
  },
  { name: 'Mail', description: 'Live from Gmail.', routes: mail },
  {
    name: 'Stored copy',
    description: 'What is copied here, and the sync that keeps it up to date.',
    routes: mailbox,
  },
  { name: 'Changes', description: 'What happens in mailboxes, as a feed.', routes: changes },
  {
    name: 'Backends',
    description: 'For a team’s own backends, which sign their requests with AWS credentials.',
    routes: backends,
  },
  { name: 'Pages', description: 'What people open in a browser.', routes: pages },
] as const;

type AnyContract = (typeof groups)[number]['routes'][number];

type KeyOf<C> = C extends Contract<infer Key> ? Key : never;

type GivenTo<Key, C> =
  C extends Contract<infer Keys, infer Given extends Answer> ? (Key extends Keys ? Given : never) : never;

/** A route's key, such as `GET /messages`. */
export type RouteKey = KeyOf<AnyContract>;

/** What a route answers where nothing went wrong. */
export type AnswerTo<Key extends RouteKey> = GivenTo<Key, AnyContract>;
