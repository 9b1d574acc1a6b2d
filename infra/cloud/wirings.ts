import {
  accountFeedKey,
  accountSummary,
  connectLinkKey,
  copiedLabelsKey,
  dayKey,
  endingGrant,
  erasuresKey,
  failedMessagesKey,
  grantSummary,
  handoffKey,
  lastTicksKey,
  liveUnitsKey,
  ownerFeedKey,
  pendingConsentKey,
  publishedKey,
  refusedCodeKey,
  sessionKey,
  slowDownKey,
  sweepKey,
  sweptMailbox,
  tickKey,
  wholeFeedKey,
} from '../../lambdas/aws/row-parts.ts';
import type { FunctionName } from '../routes.ts';
import type { Grantee } from './capability.ts';
import type { ChangeBus } from './change-bus.ts';
import type { DataStack } from './data-stack.ts';
import type { PassedOn } from './deployment.ts';
import type { SyncQueue } from './sync-queue.ts';

/** The function, as somebody who is given rights to do this: it may … on …, to …. */
type Purpose = (reason: string) => Grantee;

/** How a function is deployed, and everything that it may do. */
interface Wiring {
  /** In seconds; those of an answer when left out. */
  readonly timeout?: number;
  /** In MB; the usual when left out. */
  readonly memory?: number;
  /** Whether it sends messages to the queue that invokes it. */
  readonly recursive?: boolean;
  /** The deployer's options that it reads. */
  readonly reads?: readonly PassedOn[];
  /** Everything the function may do, each right with what it is for, and thereby the variables it gets. */
  readonly rights?: (to: Purpose) => void;
}

/**
 * The seconds of a function that answers a request: API Gateway gives up after 30. One that stays here may need them
 * too, since a call to AWS and its repetitions can take 9.
 */
export const oneAnswer = 29;
/** The seconds of what is started every minute, and ends before it is started again. */
const lessThanATick = 50;
/** The seconds of a dispatcher: it grants for 51 of them at the most. */
const oneTick = 58;
/** The most workers for which the usual memory is enough for the dispatcher: it claims 11,000 mailboxes a tick. */
const workersOfUsualDispatcher = 10;
/** The MB for which Lambda gives a whole processor, which claims all that the project's minute pays for. */
const oneProcessor = 1_769;
/** The seconds of a job, which does what it can in one burst and leaves the rest to the next. */
export const oneJob = 60;
/** The MB of a worker: see "How large a worker is" in test/bench/README.md. */
const workerMemory = 512;
/** The longest that Lambda allows, in seconds. */
const longest = 900;

const feeds = [accountFeedKey, wholeFeedKey, ownerFeedKey];

/** What a backend may see of a grant. */
const account = [...grantSummary, 'owner'];

/** What the nightly sweep may see of every grant. */
const sweptGrant = [
  'accountId',
  'generation',
  'status',
  'statusSince',
  'connectedAt',
  'grantExpiresAt',
  'announcedExpiry',
];

/** Each function's rights, in full: what is not said here, a function may not do. */
export function wireAll(
  data: DataStack,
  queue: SyncQueue,
  bus: ChangeBus,
  { syncWorkers }: { readonly syncWorkers: number },
): Record<FunctionName, Wiring> {
  const { logins, grants, mailboxes, messages, changes, usage, tokenKey, loginKey, dpopKey, clientSecret } =
    data;
  const useGrants = (to: Purpose) => {
    grants.allow(
      to(
        'read the consent it works under, and keep a renewed access token or the news that the grant was revoked',
      ),
      'GetItem',
      'UpdateItem',
    );
    tokenKey.allowDecrypt(
      to('use the access token, and renew it with the refresh token'),
      'refresh',
      'access',
    );
    tokenKey.allowEncrypt(to('keep the renewed access token'), 'access');
    clientSecret.allowRead(to('know the OAuth client when a token is renewed'));
    dpopKey?.allowProofs(to);
  };
  const knowSession = (to: Purpose) => {
    logins.allowUnder(
      to('know who is calling, and note once a day that the session is in use'),
      sessionKey,
      'GetItem',
      'UpdateItem',
    );
    loginKey.allow(to('take no session that this site did not begin'));
  };
  const knowCaller = (to: Purpose) => {
    knowSession(to);
    grants.allowGetOf(
      to('see whether the account stands, whose it is and in which generation'),
      ...accountSummary,
    );
  };
  const showFailed = (to: Purpose) => {
    messages.allowEndingIn(
      to('tell which messages could not be copied, and nothing of those that were'),
      failedMessagesKey,
      'Query',
    );
  };
  const knowAddress = (to: Purpose) => {
    grants.allowQuery(to('find which other account is stored with an address that is renewed'), 'byEmail');
  };
  /** What completing a consent takes, whoever brought its code. */
  const keepConsent = (to: Purpose) => {
    loginKey.allow(to('take no consent and no link that this site did not write, and sign what it writes'));
    logins.allowUnder(
      to('take the pending consent that the state names, which works once, and note how it ended'),
      pendingConsentKey,
      'UpdateItem',
    );
    grants.allow(
      to('see the grant that stands, store the new one, and keep the access token where the old one goes on'),
      'GetItem',
      'PutItem',
      'UpdateItem',
    );
    knowAddress(to);
    mailboxes.allow(
      to('see the sync that stands, begin one, and let a paused one go on'),
      'GetItem',
      'PutItem',
      'UpdateItem',
    );
    queue.allowSend(
      to('have the copy of an ended generation erased, and the consent and new addresses published'),
    );
    tokenKey.allowEncrypt(to('keep the tokens that Google gave'), 'refresh', 'access');
    clientSecret.allowRead(to('exchange the code in the name of the OAuth client'));
    dpopKey?.allowProofs(to);
  };
  const readMail: Wiring = {
    reads: ['scopes', 'copy', 'quotaProfile'],
    rights: (to) => {
      knowSession(to);
      useGrants(to);
      usage.allowUnder(
        to('count the units of live calls, which have a share of a minute'),
        liveUnitsKey,
        'UpdateItem',
      );
      mailboxes.allowGetOf(
        to('see how much of the minute the sync takes, where they want more than is always theirs'),
        'accountId',
        'generation',
        'spends',
        'wants',
      );
    },
  };
  return {
    'auth-url': {
      reads: ['clientId', 'scopes', 'allowedReturnOrigins'],
      rights: (to) => {
        logins.allowUnder(
          to('see who is signed in, who must consent for the same account'),
          sessionKey,
          'GetItem',
        );
        logins.allowUnder(to('write down the consent that begins'), pendingConsentKey, 'PutItem');
        loginKey.allow(to('take no session that this site did not begin, and sign the consent that begins'));
        grants.allowGetOf(
          to('see whether the grant is active, so that Google need not ask anew'),
          'accountId',
          'status',
        );
        tokenKey.allowEncrypt(to('keep the code verifier and the nonce unread until the callback'), 'login');
      },
    },
    'auth-callback': {
      reads: ['clientId', 'scopes', 'signUp', 'signUpDomains', 'copy', 'quotaProfile'],
      rights: (to) => {
        logins.allowUnder(
          to('see which account the browser is remembered for, begin a session and end the one before'),
          sessionKey,
          'GetItem',
          'PutItem',
          'DeleteItem',
        );
        logins.allowUnder(
          to('find what became of a consent whose callback is repeated'),
          pendingConsentKey,
          'GetItem',
        );
        logins.allowUnder(
          to('use up the link that the consent began with, or put it back where nothing could be stored'),
          connectLinkKey,
          'PutItem',
          'UpdateItem',
        );
        logins.allowUnder(
          to('refuse a code that came with a state that was refused, whatever state it comes with later'),
          refusedCodeKey,
          'GetItem',
          'PutItem',
        );
        logins.allowUnder(
          to('hand the session over to an application on another origin'),
          handoffKey,
          'PutItem',
        );
        tokenKey.allowDecrypt(to('send Google the code verifier and compare the nonce'), 'login');
        keepConsent(to);
      },
    },
    'auth-problem': { reads: ['allowedReturnOrigins'] },
    'auth-session': {
      reads: ['allowedReturnOrigins'],
      rights: (to) => {
        logins.allowUnder(to('take the handoff, which works once'), handoffKey, 'DeleteItem');
        loginKey.allow(to('take no handoff that this site did not write, and sign the session'));
        logins.allowUnder(to('begin the session that is handed over'), sessionKey, 'PutItem');
        grants.allowGetOf(to('say whose session it is'), ...grantSummary);
      },
    },
    'auth-code': {
      reads: [
        ...(['clientId', 'scopes', 'allowedReturnOrigins'] as const),
        ...(['signUp', 'signUpDomains', 'copy', 'quotaProfile'] as const),
      ],
      rights: (to) => {
        logins.allowUnder(
          to('begin the session of the program that brought the code'),
          sessionKey,
          'PutItem',
        );
        keepConsent(to);
      },
    },
    'auth-logout': {
      rights: (to) => {
        logins.allowUnder(to('end the session'), sessionKey, 'DeleteItem');
      },
    },
    'connect-link-create': {
      reads: ['allowedReturnOrigins'],
      rights: (to) => {
        logins.allowUnder(to('write down the link'), connectLinkKey, 'PutItem');
        loginKey.allow(to('sign the link'));
      },
    },
    'connect-link': {
      reads: ['clientId', 'scopes', 'allowedReturnOrigins'],
      rights: (to) => {
        logins.allowUnder(
          to('show for whom the link is, and bind it to the browser that follows it'),
          connectLinkKey,
          'GetItem',
          'UpdateItem',
        );
        logins.allowUnder(to('write down the consent that begins'), pendingConsentKey, 'PutItem');
        loginKey.allow(to('take no link that this site did not write, and sign the consent that begins'));
        tokenKey.allowEncrypt(to('keep the code verifier and the nonce unread until the callback'), 'login');
      },
    },
    'accounts-list': {
      reads: ['scopes'],
      rights: (to) => {
        grants.allowScanOf(to('list the accounts of the stage, without their tokens'), ...account);
        grants.allowGetOf(to('show one account, without its tokens'), ...account);
        grants.allowQuery(to('list the accounts of an owner'), 'byOwner');
        grants.allowQuery(to('find the accounts of an address'), 'byEmail');
        grants.allowBatchGetOf(to('read what no index holds of them'), 'accountId', 'grantExpiresAt');
        mailboxes.allow(to('show how far the sync of an account is'), 'GetItem');
        showFailed(to);
      },
    },
    'access-token': { reads: ['scopes', 'accessTokens'], rights: useGrants },
    'messages-list': {
      ...readMail,
      rights: (to) => {
        readMail.rights?.(to);
        messages.allow(to('take from the copy what a list shows of its messages'), 'BatchGetItem');
      },
    },
    'message-get': readMail,
    'labels-list': {
      ...readMail,
      rights: (to) => {
        readMail.rights?.(to);
        messages.allowEndingIn(
          to('name labels where Gmail cannot be asked, and read nothing of messages'),
          copiedLabelsKey,
          'Query',
        );
      },
    },
    'mailbox-status': {
      reads: ['scopes'],
      rights: (to) => {
        knowSession(to);
        grants.allowGetOf(to('show the account and what it granted, without its tokens'), ...grantSummary);
        mailboxes.allow(to('show how far the sync is'), 'GetItem');
        showFailed(to);
      },
    },
    'mailbox-disconnect': {
      rights: (to) => {
        logins.allowUnder(
          to('know who is calling, and end every session of the account'),
          sessionKey,
          'GetItem',
          'DeleteItem',
        );
        logins.allowQuery(to('find every session of the account'), 'byAccount');
        loginKey.allow(to('take no session that this site did not begin'));
        grants.allow(
          to('see the grant, mark that it ends, and erase it'),
          'GetItem',
          'UpdateItem',
          'DeleteItem',
        );
        tokenKey.allowDecrypt(to('revoke the refresh token at Google'), 'refresh');
        queue.allowSend(to('have the copy erased'));
      },
    },
    'copy-list': {
      rights: (to) => {
        knowCaller(to);
        messages.allowQuery(to('list the copied messages, newest first'), 'byDate');
        messages.allow(to('read copied messages by their IDs'), 'BatchGetItem');
      },
    },
    'sync-request': {
      reads: ['copy'],
      rights: (to) => {
        knowCaller(to);
        mailboxes.allow(to('see whether the mailbox is synced, and ask for it now'), 'GetItem', 'UpdateItem');
      },
    },
    'changes-list': {
      rights: (to) => {
        knowCaller(to);
        changes.allowUnder(to('read the feed of an account, of an owner or of the stage'), feeds, 'Query');
        messages.allow(to('add what the copy holds of the changed messages, when asked'), 'BatchGetItem');
      },
    },
    'changes-publish': {
      timeout: lessThanATick,
      rights: (to) => {
        changes.allowUnder(to('read what the bus was not told yet'), wholeFeedKey, 'Query');
        changes.allowUnder(
          to('know and note how far the bus was told'),
          publishedKey,
          'GetItem',
          'UpdateItem',
        );
        bus.allowPut(to('tell the bus'));
      },
    },
    'sync-dispatch': {
      timeout: oneTick,
      ...(syncWorkers > workersOfUsualDispatcher && { memory: oneProcessor }),
      reads: ['copy', 'quotaProfile', 'dailyUnits', 'pollSeconds', 'quietPollSeconds'],
      rights: (to) => {
        mailboxes.allow(
          to('claim the mailboxes that it admits, give claims back, and postpone the others'),
          'UpdateItem',
        );
        mailboxes.allowQuery(to('find the mailboxes that are due'), 'due');
        usage.allowUnder(
          to('know the units of the day, what earlier ticks granted, and whether Google refuses the project'),
          [dayKey, lastTicksKey, slowDownKey],
          'GetItem',
        );
        usage.allowUnder(
          to('run once a tick, and leave to the next what this one granted'),
          [tickKey, lastTicksKey],
          'PutItem',
        );
        usage.allowUnder(to('count the units of the day'), dayKey, 'UpdateItem');
        queue.allowSend(to('hand the claimed mailboxes to the workers'));
        queue.allowMeasure(to('claim no more while the workers are behind'));
      },
    },
    'sync-mailbox': {
      timeout: oneJob,
      memory: workerMemory,
      // A large erasure takes more runs than Lambda allows in a chain.
      recursive: true,
      reads: ['scopes', 'quotaProfile', 'pollSeconds', 'quietPollSeconds'],
      rights: (to) => {
        useGrants(to);
        knowAddress(to);
        mailboxes.allow(
          to('see its claim, note how far it came, and forget an erased mailbox'),
          'GetItem',
          'UpdateItem',
          'DeleteItem',
        );
        messages.allow(
          to('compare the copy with the mailbox, write what is new or changed, and erase'),
          'BatchGetItem',
          'BatchWriteItem',
          'PutItem',
          'UpdateItem',
          'Query',
        );
        messages.allowQuery(to('compare the copy with the mailbox in the order of dates'), 'byDate');
        changes.allowUnder(
          to('go on where the feed of the account ends, and find what to erase there'),
          accountFeedKey,
          'Query',
        );
        changes.allowUnder(
          to('write down what is erased, so that a restored table cannot bring it back unnoticed'),
          erasuresKey,
          'PutItem',
        );
        changes.allowUnder(to('tell the feeds what changed, and erase from them'), feeds, 'BatchWriteItem');
        usage.allowUnder(to('report that Google refuses the whole project'), slowDownKey, 'UpdateItem');
        usage.allowUnder(to('leave out of a job what live calls have taken'), liveUnitsKey, 'GetItem');
        queue.allowSend(
          to('go on with an erasure that did not fit one run, and have new addresses published'),
        );
      },
    },
    'sync-sweep': {
      timeout: longest,
      reads: ['copy', 'quotaProfile'],
      rights: (to) => {
        grants.allowScanOf(
          to(
            'look for grants without a sync, for revoked ones to try, and for disconnects that were cut off',
          ),
          ...sweptGrant,
        );
        grants.allowBatchGetOf(to('see whether a mailbox has its grant still'), ...sweptGrant);
        grants.allowGetOf(
          to('finish a disconnect that was cut off: no access token is needed'),
          ...endingGrant,
        );
        grants.allow(to('erase the grant at its end'), 'DeleteItem');
        logins.allowUnder(to('end the sessions of a grant that ends'), sessionKey, 'DeleteItem');
        logins.allowQuery(to('find the sessions of a grant that ends'), 'byAccount');
        tokenKey.allowDecrypt(to('revoke the refresh token of a grant that ends'), 'refresh');
        mailboxes.allowScanOf(
          to('look for copies without a grant, and count what is paused or failed'),
          ...sweptMailbox,
        );
        mailboxes.allowBatchGetOf(to('see whether a grant has its sync'), 'accountId', 'generation');
        usage.allowUnder(
          to('go on where a sweep ran out of time'),
          sweepKey,
          'GetItem',
          'PutItem',
          'DeleteItem',
        );
        mailboxes.allow(
          to('see, begin and let go on the syncs that a consent could not'),
          'GetItem',
          'PutItem',
          'UpdateItem',
        );
        queue.allowSend(to('have copies without a grant erased'));
      },
    },
    page: {
      reads: ['scopes', 'signUp'],
      rights: (to) => {
        logins.allowUnder(to('see who is signed in'), sessionKey, 'GetItem');
        loginKey.allow(to('take no session that this site did not begin'));
        grants.allowGetOf(to('show the account and what it granted, without its tokens'), ...grantSummary);
      },
    },
    'api-description': {},
  };
}
