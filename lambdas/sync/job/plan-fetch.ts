import type { QuotaProfile } from '../mailbox/quota-profile.ts';
import type { FetchRequest } from './sync-gmail.ts';

/** A message to fetch, and its thread. */
export interface WantedMessage {
  readonly id: string;
  readonly threadId: string;
}

/** One call, and the messages that it is to return. */
export interface PlannedFetch {
  readonly request: FetchRequest;
  readonly wanted: readonly WantedMessage[];
  readonly units: number;
}

/**
 * Plans the cheapest calls: a whole thread if enough of its messages are wanted (three at the prices of 2026), else
 * single messages.
 */
export function planFetch(wanted: readonly WantedMessage[], prices: QuotaProfile['prices']): PlannedFetch[] {
  const threads = Map.groupBy(wanted, ({ threadId }) => threadId);
  return [...threads].flatMap(([threadId, messages]) =>
    messages.length * prices.getMessage > prices.getThread
      ? [{ request: { kind: 'thread' as const, id: threadId }, wanted: messages, units: prices.getThread }]
      : planSingly(messages, prices),
  );
}

/** One call for each message. */
export function planSingly(wanted: readonly WantedMessage[], prices: QuotaProfile['prices']): PlannedFetch[] {
  return wanted.map((message) => ({
    request: { kind: 'message', id: message.id },
    wanted: [message],
    units: prices.getMessage,
  }));
}
