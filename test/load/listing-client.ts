import * as v from 'valibot';
import { labelList, mailboxStatus, messageList, problem } from '../../lambdas/api/answers.ts';
import { Browser } from '../support/browser.ts';
import { walkConsent } from '../support/walk-consent.ts';
import { type Person, subjectOf } from './people.ts';
import { askWatched, type LoadGround, must, type Question } from './watched-fetch.ts';

/** A person's mailbox, and somebody else's, of which the person must see nothing. */
export interface Lister {
  readonly person: Person;
  readonly stranger: Person;
}

const headed = v.looseObject({
  id: v.string(),
  payload: v.object({ headers: v.array(v.object({ name: v.string(), value: v.string() })) }),
});

/** Signs in once and then asks without a pause for what is in the mailbox, until the end. */
export async function listMail({ person, stranger }: Lister, ground: LoadGround): Promise<void> {
  const browser = new Browser();
  await walkConsent(browser, ground.origin, { account: person.email });
  const token = browser.cookie('localhost', 'session');
  const questions = questionsOf(person, stranger);
  for (let turn = 0; Date.now() < ground.endsAt; turn++) {
    const question = questions[turn % questions.length];
    if (question !== undefined) await askWatched(ground, { ...question, token });
  }
}

function questionsOf({ email, messageIds }: Person, stranger: Person): readonly Question[] {
  const [own] = messageIds;
  const [foreign] = stranger.messageIds;
  const ownMail = (count: number) =>
    must(200, messageList, ({ messages }) => {
      const foreigners = messages.filter(({ id }) => !messageIds.has(id));
      if (foreigners.length > 0) return `mail of somebody else: ${JSON.stringify(foreigners)}`;
      return messages.length === count ? undefined : `${messages.length} messages instead of ${count}`;
    });
  return [
    { kind: 'list', path: '/messages', faultOf: ownMail(messageIds.size) },
    { kind: 'list 5', path: '/messages?maxResults=5&q=is:unread', faultOf: ownMail(5) },
    { kind: 'list all', path: '/messages?maxResults=5&all=true', faultOf: ownMail(messageIds.size) },
    {
      kind: 'get',
      path: `/messages/${own}?format=metadata`,
      faultOf: must(200, headed, ({ id, payload }) => {
        const subject = payload.headers.find(({ name }) => name === 'Subject')?.value;
        return id === own && subject === subjectOf(email) ? undefined : `${id}: ${subject}`;
      }),
    },
    {
      kind: 'get a stranger’s',
      path: `/messages/${foreign}?format=metadata`,
      faultOf: must(404, problem, ({ code }) => (code === 'not_found' ? undefined : code)),
    },
    { kind: 'labels', path: '/mailbox/labels', faultOf: must(200, labelList) },
    {
      kind: 'mailbox',
      path: '/mailbox',
      faultOf: must(200, mailboxStatus, ({ account }) =>
        account.email === email ? undefined : account.email,
      ),
    },
  ];
}
