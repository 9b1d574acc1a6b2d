import * as v from 'valibot';

/** Somebody with a mailbox at the local Google. No two have a message in common. */
export interface Person {
  readonly email: string;
  readonly messageIds: ReadonlySet<string>;
}

/** How many messages a mailbox holds. */
const messagesEach = 12;

const added = v.object({ ids: v.array(v.string()) });

/** Makes so many accounts at the local Google, each with messages that name their owner. */
export async function makePeople(
  googleOrigin: string,
  { kind, count }: { readonly kind: string; readonly count: number },
): Promise<Person[]> {
  const people: Person[] = [];
  for (let number = 0; number < count; number++) {
    const email = `${kind}-${number}@example.com`;
    await order(googleOrigin, '/accounts', { email });
    const messages = Array.from({ length: messagesEach }, (_, index) => ({
      subject: subjectOf(email),
      // An ID begins with the message's time: so none can be another's by chance.
      date: Date.UTC(2026, 0, 1) + (number * messagesEach + index) * 2 + (kind === 'login' ? 1 : 0),
    }));
    const answer = await order(googleOrigin, `/accounts/${email}/messages`, messages);
    people.push({ email, messageIds: new Set(v.parse(added, answer).ids) });
  }
  return people;
}

/** The subject of every message of this address. */
export function subjectOf(email: string): string {
  return `Mail of ${email}`;
}

async function order(googleOrigin: string, path: string, body: unknown): Promise<unknown> {
  const response = await fetch(`${googleOrigin}/admin${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response.json();
}
