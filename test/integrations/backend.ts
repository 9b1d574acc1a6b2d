import { setTimeout as sleep } from 'node:timers/promises';
import * as v from 'valibot';
import { type AwsIdentity, createSignedFetch } from './signed-fetch.ts';

const link = v.object({ url: v.string() });
const accounts = v.object({ accounts: v.array(v.object({ id: v.string(), email: v.string() })) });
const mail = v.object({ messages: v.optional(v.array(v.looseObject({ id: v.string() })), []) });
const feed = v.object({ changes: v.array(v.looseObject({ type: v.string() })), cursor: v.string() });
const ended = v.object({ status: v.string() });

/**
 * A backend of a team's own, which works while nobody is signed in. Its IAM role has the policy that the stack makes
 * for backends, and signs each request.
 *
 * @param site the origin of gmail-offline-access
 * @param aws the role's credentials
 * @param owner whose mailboxes are meant, in words of the team's own; all others are 404 to such a request
 */
export function createBackend(site: string, aws: AwsIdentity, owner: string) {
  const signedFetch = createSignedFetch(site, aws);

  return {
    /** A link to send to a person: who follows it connects a mailbox for the owner. */
    async invite() {
      const { url } = await read(link, signedFetch('POST', '/accounts/connect-links', { body: { owner } }));
      return url;
    },

    /** Waits until somebody has followed the link. */
    async waitForAccount() {
      for (;;) {
        const query = { owner, status: 'active' };
        const [account] = (await read(accounts, signedFetch('GET', '/accounts', { query }))).accounts;
        if (account) return account;
        await sleep(1000);
      }
    },

    /** The newest mail, straight from Gmail. */
    async listMail(id: string) {
      const query = { owner, maxResults: '5' };
      return (await read(mail, signedFetch('GET', `/accounts/${id}/messages`, { query }))).messages;
    },

    /** The newest mail of the stored copy: no call to Gmail. */
    async readCopy(id: string) {
      const query = { owner, maxResults: '5' };
      return (await read(mail, signedFetch('GET', `/accounts/${id}/mailbox/messages`, { query }))).messages;
    },

    /** What has happened since a cursor, the oldest first, and the cursor to go on from. */
    async readChanges(id: string, after?: string) {
      const query = { owner, ...(after !== undefined && { after }) };
      return read(feed, signedFetch('GET', `/accounts/${id}/changes`, { query }));
    },

    /** Ends it: revoked at Google, erased here. */
    async disconnect(id: string) {
      return read(ended, signedFetch('DELETE', `/accounts/${id}`, { query: { owner } }));
    },
  };
}

async function read<Schema extends v.GenericSchema>(schema: Schema, answer: Promise<Response>) {
  const response = await answer;
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  return v.parse(schema, await response.json());
}
