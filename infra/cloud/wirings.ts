import {
  accountAttributes,
  accountFeedKey,
  accountSummary,
  connectLinkKey,
  copiedLabelsKey,
  dayKey,
  endingGrant,
  erasuresKey,
  failedMessagesKey,
  grantEnd,
  grantStatus,
  grantSummary,
  handoffKey,
  lastTicksKey,
  liveUnitsKey,
  mailboxGeneration,
  ownerFeedKey,
  pendingConsentKey,
  publishedKey,
  refusedCodeKey,
  sessionKey,
  slowDownKey,
  sweepKey,
  sweptGrant,
  sweptMailbox,
  syncUnits,
  tickKey,
  wholeFeedKey,
} from '../../lambdas/aws/row-parts.ts';
import type { FunctionName } from '../routes.ts';
import type { CapabilitySize, Grantee } from './capability.ts';
import type { ChangeBus } from './change-bus.ts';
import type { DataStack } from './data-stack.ts';
import type { SyncQueue } from './sync-queue.ts';

/** The function as a grantee, with the reason for the right: it may do this to … */
type Purpose = (reason: string) => Grantee;

/** The seconds of a job. What does not fit is left to the next job. */
export const jobSeconds = 60;

/** The most workers for which 512 MB are enough for the dispatcher: it claims 11,000 mailboxes a tick. */
const workersOfUsualDispatcher = 10;

/** The time and size of the functions that the schedule or the queue starts. */
export function sizesOf(syncWorkers: number): Partial<Record<FunctionName, CapabilitySize>> {
  return {
    // It ends before the next one starts.
    'changes-publish': { timeout: 50 },
    // It grants for at most 51 seconds. With 1,769 MB, Lambda gives it a whole processor.
    'sync-dispatch': { timeout: 58, ...(syncWorkers > workersOfUsualDispatcher && { memory: 1_769 }) },
    // A large erasure takes more runs than Lambda allows in a chain.
    'sync-mailbox': { timeout: jobSeconds, recursive: true },
    // The longest that Lambda allows.
    'sync-sweep': { timeout: 900 },
  };
}

/** The rights of each function, in full. Each right has its reason, and sets the variables that belong to it. */
export function rightsOf(
  data: DataStack,
  queue: SyncQueue,
  bus: ChangeBus,
): Readonly<Record<FunctionName, (to: Purpose) => void>> {
  const { logins, grants, mailboxes, messages, changes, usage } = data;
  const { tokenKey, loginKey, dpopKey, clientSecret } = data;
  const feeds = [accountFeedKey, wholeFeedKey, ownerFeedKey];

  const useGrant = (to: Purpose) => {
    grants.allow(to('read the grant, store a renewed token or note a revocation'), 'GetItem', 'UpdateItem');
    tokenKey.allow(to('use the access token and renew it'), 'Decrypt', 'refresh', 'access');
    tokenKey.allow(to('store the renewed access token'), 'Encrypt', 'access');
    clientSecret.allowRead(to('authenticate as the OAuth client when it renews a token'));
    dpopKey?.allowProofs(to);
  };
  const verifySession = (to: Purpose) => loginKey.allow(to('verify that this site wrote the session'));
  const identifySession = (to: Purpose) => {
    logins.allowUnder(to('identify the caller, and renew the session'), sessionKey, 'GetItem', 'UpdateItem');
    verifySession(to);
  };
  const identifyCaller = (to: Purpose) => {
    identifySession(to);
    grants.allowReadOf(to('check that the account is connected, and its owner'), 'GetItem', accountSummary);
  };
  const showGrant = (to: Purpose) =>
    grants.allowReadOf(to('show the account, without its tokens'), 'GetItem', grantSummary);
  const showSync = (to: Purpose) => {
    mailboxes.allow(to('show the progress of the sync'), 'GetItem');
    messages.allowEndingIn(to('list the messages that could not be copied'), failedMessagesKey, 'Query');
  };
  const findAddress = (to: Purpose) =>
    grants.allowQuery(to('find another account with an address that it renews'), 'byEmail');
  const encryptLogin = (to: Purpose) =>
    tokenKey.allow(to('store code verifier and nonce until the callback'), 'Encrypt', 'login');
  const completeConsent = (to: Purpose) => {
    loginKey.allow(to('verify that this site wrote the consent and the link, and sign rows'));
    logins.allowUnder(to('use up the pending consent, and note its result'), pendingConsentKey, 'UpdateItem');
    grants.allow(to('compare, store and renew the grant'), 'GetItem', 'PutItem', 'UpdateItem');
    findAddress(to);
    mailboxes.allow(to('begin a sync, or resume a paused one'), 'GetItem', 'PutItem', 'UpdateItem');
    queue.allowSend(to('have an ended copy erased, and consents and new addresses published'));
    tokenKey.allow(to('store the tokens from Google'), 'Encrypt', 'refresh', 'access');
    clientSecret.allowRead(to('authenticate as the OAuth client when it exchanges the code'));
    dpopKey?.allowProofs(to);
  };
  const readMail = (to: Purpose) => {
    identifySession(to);
    useGrant(to);
    usage.allowUnder(to('count the units of live calls in this minute'), liveUnitsKey, 'UpdateItem');
    mailboxes.allowReadOf(to('see how much of the minute the sync uses'), 'GetItem', syncUnits);
  };

  return {
    'auth-url': (to) => {
      logins.allowUnder(to('find the account that must consent again'), sessionKey, 'GetItem');
      logins.allowUnder(to('store the pending consent'), pendingConsentKey, 'PutItem');
      loginKey.allow(to('verify that this site wrote the session, and sign the pending consent'));
      grants.allowReadOf(to('check whether Google must ask again'), 'GetItem', grantStatus);
      encryptLogin(to);
    },
    'auth-callback': (to) => {
      logins.allowUnder(
        to('find the remembered account, begin a session and end the one before'),
        sessionKey,
        'GetItem',
        'PutItem',
        'DeleteItem',
      );
      logins.allowUnder(to('find the result of a repeated callback'), pendingConsentKey, 'GetItem');
      logins.allowUnder(
        to('use up the link, or restore it if storing fails'),
        connectLinkKey,
        'PutItem',
        'UpdateItem',
      );
      logins.allowUnder(to('refuse a code whose state was refused'), refusedCodeKey, 'GetItem', 'PutItem');
      logins.allowUnder(to('hand the session over to an application elsewhere'), handoffKey, 'PutItem');
      tokenKey.allow(to('send the code verifier and compare the nonce'), 'Decrypt', 'login');
      completeConsent(to);
    },
    'auth-problem': () => {},
    'auth-session': (to) => {
      logins.allowUnder(to('use up the handoff'), handoffKey, 'DeleteItem');
      loginKey.allow(to('verify that this site wrote the handoff, and sign the session'));
      logins.allowUnder(to('store the session'), sessionKey, 'PutItem');
      showGrant(to);
    },
    'auth-code': (to) => {
      logins.allowUnder(to('begin the session of the program that sent the code'), sessionKey, 'PutItem');
      completeConsent(to);
    },
    'auth-logout': (to) => logins.allowUnder(to('end the session'), sessionKey, 'DeleteItem'),
    'connect-link-create': (to) => {
      logins.allowUnder(to('store the link'), connectLinkKey, 'PutItem');
      loginKey.allow(to('sign the link'));
    },
    'connect-link': (to) => {
      logins.allowUnder(to('show and bind the link'), connectLinkKey, 'GetItem', 'UpdateItem');
      logins.allowUnder(to('store the pending consent'), pendingConsentKey, 'PutItem');
      loginKey.allow(to('verify that this site wrote the link, and sign the pending consent'));
      encryptLogin(to);
    },
    'accounts-list': (to) => {
      grants.allowReadOf(to('list all accounts, without their tokens'), 'Scan', accountAttributes);
      grants.allowReadOf(to('show one account, without its tokens'), 'GetItem', accountAttributes);
      grants.allowQuery(to('list the accounts of an owner'), 'byOwner');
      grants.allowQuery(to('find the accounts of an address'), 'byEmail');
      grants.allowReadOf(to('read what no index contains'), 'BatchGetItem', grantEnd);
      showSync(to);
    },
    'access-token': useGrant,
    'messages-list': (to) => {
      readMail(to);
      messages.allow(to('read the summaries of a list from the copy'), 'BatchGetItem');
    },
    'message-get': readMail,
    'labels-list': (to) => {
      readMail(to);
      messages.allowEndingIn(to('name labels when Gmail is unavailable'), copiedLabelsKey, 'Query');
    },
    'mailbox-status': (to) => {
      identifySession(to);
      showGrant(to);
      showSync(to);
    },
    'mailbox-disconnect': (to) => {
      logins.allowUnder(to('identify the caller, and end its sessions'), sessionKey, 'GetItem', 'DeleteItem');
      logins.allowQuery(to('find the sessions of the account'), 'byAccount');
      verifySession(to);
      grants.allow(to('mark the grant as ending, and erase it'), 'GetItem', 'UpdateItem', 'DeleteItem');
      tokenKey.allow(to('revoke the refresh token at Google'), 'Decrypt', 'refresh');
      queue.allowSend(to('have the copy erased'));
    },
    'copy-list': (to) => {
      identifyCaller(to);
      messages.allowQuery(to('list the copied messages, newest first'), 'byDate');
      messages.allow(to('read copied messages by their IDs'), 'BatchGetItem');
    },
    'sync-request': (to) => {
      identifyCaller(to);
      mailboxes.allow(to('check that the mailbox is synced, and request a sync'), 'GetItem', 'UpdateItem');
    },
    'changes-list': (to) => {
      identifyCaller(to);
      changes.allowUnder(to('read the feed of an account, of an owner or of the stage'), feeds, 'Query');
      messages.allow(to('add summaries of the changed messages on request'), 'BatchGetItem');
    },
    'changes-publish': (to) => {
      changes.allowUnder(to('read what is not yet published'), wholeFeedKey, 'Query');
      changes.allowUnder(
        to('read and store the position of the event bus'),
        publishedKey,
        'GetItem',
        'UpdateItem',
      );
      bus.allowPut(to('publish changes'));
    },
    'sync-dispatch': (to) => {
      mailboxes.allow(to('claim, release and postpone mailboxes'), 'UpdateItem');
      mailboxes.allowQuery(to('find the mailboxes that are due'), 'due');
      usage.allowUnder(
        to('read the units of the day and of earlier ticks, and whether Google refuses the project'),
        [dayKey, lastTicksKey, slowDownKey],
        'GetItem',
      );
      usage.allowUnder(to('run once a tick, and record what it granted'), [tickKey, lastTicksKey], 'PutItem');
      usage.allowUnder(to('count the units of the day'), dayKey, 'UpdateItem');
      queue.allowSend(to('send the claimed mailboxes to the workers'));
      queue.allowMeasure(to('claim no more while the workers are behind'));
    },
    'sync-mailbox': (to) => {
      useGrant(to);
      findAddress(to);
      mailboxes.allow(
        to('read its claim, record its progress, and delete an erased mailbox'),
        'GetItem',
        'UpdateItem',
        'DeleteItem',
      );
      messages.allow(
        to('compare the copy with the mailbox, update it, and erase it'),
        'BatchGetItem',
        'BatchWriteItem',
        'PutItem',
        'UpdateItem',
        'Query',
      );
      messages.allowQuery(to('compare the copy with the mailbox in the order of dates'), 'byDate');
      changes.allowUnder(to('find the end of the feed, and what to erase there'), accountFeedKey, 'Query');
      changes.allowUnder(to('record an erasure, in case a table is restored later'), erasuresKey, 'PutItem');
      changes.allowUnder(to('write changes to the feeds, and erase them'), feeds, 'BatchWriteItem');
      usage.allowUnder(to('record that Google refuses the whole project'), slowDownKey, 'UpdateItem');
      usage.allowUnder(to('subtract the units of live calls from a job'), liveUnitsKey, 'GetItem');
      queue.allowSend(to('continue a long erasure, and have new addresses published'));
    },
    'sync-sweep': (to) => {
      grants.allowReadOf(to('find grants without sync, revoked and ending ones'), 'Scan', sweptGrant);
      grants.allowReadOf(to('check that a mailbox still has its grant'), 'BatchGetItem', sweptGrant);
      grants.allowReadOf(to('finish an interrupted disconnect'), 'GetItem', endingGrant);
      grants.allow(to('erase the grant'), 'DeleteItem');
      logins.allowUnder(to('end the sessions of the account'), sessionKey, 'DeleteItem');
      logins.allowQuery(to('find the sessions of the account'), 'byAccount');
      tokenKey.allow(to('revoke the refresh token at Google'), 'Decrypt', 'refresh');
      mailboxes.allowReadOf(to('find copies without a grant, and count phases'), 'Scan', sweptMailbox);
      mailboxes.allowReadOf(to('check that a grant has its sync'), 'BatchGetItem', mailboxGeneration);
      usage.allowUnder(to('continue an unfinished sweep'), sweepKey, 'GetItem', 'PutItem', 'DeleteItem');
      mailboxes.allow(
        to('begin or resume syncs that a consent could not'),
        'GetItem',
        'PutItem',
        'UpdateItem',
      );
      queue.allowSend(to('have copies without a grant erased'));
    },
    page: (to) => {
      logins.allowUnder(to('find the signed-in account'), sessionKey, 'GetItem');
      verifySession(to);
      showGrant(to);
    },
    'api-description': () => {},
  };
}
