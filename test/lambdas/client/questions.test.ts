import type * as v from 'valibot';
import { expectTypeOf, it } from 'vitest';
import type { readChangesQuery } from '../../../lambdas/changes/read-changes.ts';
import type * as questions from '../../../lambdas/client/questions.ts';
import type { codeFromBackend, codeFromProgram } from '../../../lambdas/consent/complete-code.ts';
import type { connectLinkOrder } from '../../../lambdas/consent/connect-link-order.ts';
import type { leadToGoogleQuery } from '../../../lambdas/consent/lead-to-google.ts';
import type { startCodeQuery } from '../../../lambdas/consent/start-code.ts';
import type { listCopyQuery } from '../../../lambdas/copy/list-copy.ts';
import type { getMessageQuery } from '../../../lambdas/live/get-message.ts';
import type { listMessagesQuery } from '../../../lambdas/live/list-messages.ts';
import type { listAccountsQuery } from '../../../lambdas/owners/list-accounts.ts';
import type { handoffProof } from '../../../lambdas/sessions/exchange-handoff.ts';

/** A query as a route reads it, of which a caller may leave out anything. */
type Asked<S extends v.GenericSchema> = {
  readonly [Name in keyof v.InferOutput<S>]?: DeepReadonly<v.InferOutput<S>[Name]> | undefined;
};

type DeepReadonly<T> = T extends readonly (infer Item)[] ? readonly Item[] : T;

/** A body, as its schema takes it. */
type Sent<S extends v.GenericSchema> = { readonly [Name in keyof v.InferInput<S>]: v.InferInput<S>[Name] };

it('knows the same queries as the routes, by the compiler’s word', () => {
  expectTypeOf<questions.MessagesQuery>().toEqualTypeOf<Asked<typeof listMessagesQuery>>();
  expectTypeOf<questions.MessageQuery>().toEqualTypeOf<Asked<typeof getMessageQuery>>();
  expectTypeOf<questions.ChangesQuery>().toEqualTypeOf<Asked<typeof readChangesQuery>>();
  expectTypeOf<questions.AccountsQuery>().toEqualTypeOf<Asked<typeof listAccountsQuery>>();
  expectTypeOf<questions.ConsentQuery>().toEqualTypeOf<Omit<Asked<typeof leadToGoogleQuery>, 'purpose'>>();
  // Moments may be written in several ways, and are read as numbers.
  expectTypeOf<keyof questions.CopyQuery>().toEqualTypeOf<keyof Asked<typeof listCopyQuery>>();
  // The challenge is a must; purpose the client says itself.
  expectTypeOf<keyof questions.CodeQuery>().toEqualTypeOf<
    Exclude<keyof Asked<typeof startCodeQuery>, 'purpose'>
  >();
});

it('knows the same bodies as the routes, by the compiler’s word', () => {
  expectTypeOf<questions.HandoffProof>().toEqualTypeOf<Sent<typeof handoffProof>>();
  expectTypeOf<questions.BroughtCode>().toEqualTypeOf<Sent<typeof codeFromProgram>>();
  expectTypeOf<questions.BroughtCodeOfOwner>().branded.toEqualTypeOf<Sent<typeof codeFromBackend>>();
  expectTypeOf<questions.ConnectLinkOrder>().toEqualTypeOf<Sent<ReturnType<typeof connectLinkOrder>>>();
});
