import type { FunctionName } from '../routes.ts';
import type { Capability } from './capability.ts';
import type { ChangeBus } from './change-bus.ts';
import type { ChoiceVariable } from './context.ts';
import type { DataStack } from './data-stack.ts';
import type { SyncQueue } from './sync-queue.ts';

/** How a function is deployed, and everything that it may do. */
export interface Wiring {
  /** In seconds. */
  readonly timeout: number;
  /** In MB; the usual when left out. */
  readonly memory?: number;
  /** What it is told of the deployer's choices. */
  readonly reads?: readonly ('STAGE' | ChoiceVariable)[];
  /** Everything the function may do, and thereby the variables it gets. */
  readonly rights?: (capability: Capability) => void;
}

/**
 * The seconds of a function that answers a request: API Gateway gives up after 30. One that stays here may need them
 * too, since a call to AWS and its repetitions can take 9.
 */
const answers = 29;
/** The seconds of what is started every minute, and ends before it is started again. */
const lessThanATick = 50;
/** The seconds of a job, which does what it can in one burst and leaves the rest to the next. */
export const oneJob = 60;
/** The MB of a worker: see "How large a worker is" in infra/README.md. */
const workerMemory = 512;
/** The longest that Lambda allows, in seconds. */
const longest = 900;

/** How the keys of the table of logins begin: of a session, a consent under way, a connect link, a handoff. */
const session = 'session#';
const pendingConsent = 'state#';
const connectLink = 'link#';
const handoff = 'handoff#';

/** How the keys of the table of changes begin: of an account's, the stage's and an owner's feed. */
const accountFeed = 'account#';
const wholeFeed = 'all#';
const feeds = [accountFeed, wholeFeed, 'owner#'];
/** There, how far the bus was told. */
const published = 'published';

/** How the keys of the table of messages end under which the failed ones stand, and nothing of mail. */
const failedMessages = '#failed';

/** What a person may see of a grant: nothing of its tokens. */
const grantSummary = ['accountId', 'generation', 'status', 'email', 'scopes', 'connectedAt'];

/** What a backend may see of it. */
const account = [...grantSummary, 'owner'];

/** What tells whose account one is. */
const accountSummary = ['accountId', 'generation', 'owner', 'status'];
/** What it takes to end a grant: no access token. */
const endingGrant = ['accountId', 'generation', 'status', 'statusSince', 'owner', 'clientId', 'refreshToken'];

/** Each function's rights, in full: what is not said here, a function may not do. */
export function wireAll(data: DataStack, queue: SyncQueue, bus: ChangeBus): Record<FunctionName, Wiring> {
  const { logins, grants, mailboxes, messages, changes, usage, tokenKey, clientSecret } = data;
  const useGrants = (capability: Capability) => {
    grants.allow(capability, 'GetItem', 'UpdateItem');
    tokenKey.allowDecrypt(capability, 'refresh', 'access');
    tokenKey.allowEncrypt(capability, 'access');
    clientSecret.allowRead(capability);
  };
  const knowCaller = (capability: Capability) => {
    logins.allowUnder(capability, session, 'GetItem', 'UpdateItem');
    grants.allowGetOf(capability, ...accountSummary);
  };
  /** What completing a consent takes, whoever brought its code. */
  const keepConsent = (capability: Capability) => {
    logins.allowUnder(capability, pendingConsent, 'DeleteItem');
    grants.allow(capability, 'GetItem', 'PutItem', 'UpdateItem');
    mailboxes.allow(capability, 'GetItem', 'PutItem', 'UpdateItem');
    queue.allowSend(capability);
    tokenKey.allowEncrypt(capability, 'refresh', 'access');
    clientSecret.allowRead(capability);
  };
  const readMail: Wiring = {
    timeout: answers,
    reads: ['SCOPES'],
    rights: (capability) => {
      logins.allowUnder(capability, session, 'GetItem', 'UpdateItem');
      useGrants(capability);
    },
  };
  return {
    'auth-url': {
      timeout: answers,
      reads: ['SCOPES', 'ALLOWED_RETURN_ORIGINS'],
      rights: (capability) => {
        logins.allowUnder(capability, session, 'GetItem');
        logins.allowUnder(capability, pendingConsent, 'PutItem');
        grants.allowGetOf(capability, 'accountId', 'status');
        tokenKey.allowEncrypt(capability, 'login');
        clientSecret.allowRead(capability);
      },
    },
    'auth-callback': {
      timeout: answers,
      reads: ['SCOPES', 'SIGN_UP', 'SIGN_UP_DOMAINS', 'COPY', 'QUOTA_PROFILE'],
      rights: (capability) => {
        logins.allowUnder(capability, session, 'GetItem', 'PutItem', 'DeleteItem');
        logins.allowUnder(capability, connectLink, 'PutItem', 'DeleteItem');
        logins.allowUnder(capability, handoff, 'PutItem');
        tokenKey.allowDecrypt(capability, 'login');
        keepConsent(capability);
      },
    },
    'auth-problem': { timeout: answers, reads: ['ALLOWED_RETURN_ORIGINS'] },
    'auth-session': {
      timeout: answers,
      reads: ['ALLOWED_RETURN_ORIGINS'],
      rights: (capability) => {
        logins.allowUnder(capability, handoff, 'DeleteItem');
        logins.allowUnder(capability, session, 'PutItem');
        grants.allowGetOf(capability, ...grantSummary);
      },
    },
    'auth-code': {
      timeout: answers,
      reads: ['SCOPES', 'ALLOWED_RETURN_ORIGINS', 'SIGN_UP', 'SIGN_UP_DOMAINS', 'COPY', 'QUOTA_PROFILE'],
      rights: (capability) => {
        logins.allowUnder(capability, session, 'PutItem');
        keepConsent(capability);
      },
    },
    'auth-logout': {
      timeout: answers,
      rights: (capability) => {
        logins.allowUnder(capability, session, 'DeleteItem');
      },
    },
    'connect-link-create': {
      timeout: answers,
      reads: ['ALLOWED_RETURN_ORIGINS'],
      rights: (capability) => {
        logins.allowUnder(capability, connectLink, 'PutItem');
      },
    },
    'connect-link': {
      timeout: answers,
      reads: ['SCOPES', 'ALLOWED_RETURN_ORIGINS'],
      rights: (capability) => {
        logins.allowUnder(capability, connectLink, 'GetItem', 'UpdateItem');
        logins.allowUnder(capability, pendingConsent, 'PutItem');
        tokenKey.allowEncrypt(capability, 'login');
        clientSecret.allowRead(capability);
      },
    },
    'accounts-list': {
      timeout: answers,
      reads: ['SCOPES'],
      rights: (capability) => {
        grants.allowScanOf(capability, ...account);
        grants.allowGetOf(capability, ...account);
        grants.allowQuery(capability, 'byOwner');
        grants.allowQuery(capability, 'byEmail');
        mailboxes.allow(capability, 'GetItem');
        messages.allowEndingIn(capability, failedMessages, 'Query');
      },
    },
    'access-token': { timeout: answers, reads: ['SCOPES', 'ACCESS_TOKENS'], rights: useGrants },
    'messages-list': {
      timeout: answers,
      reads: ['SCOPES', 'COPY'],
      rights: (capability) => {
        readMail.rights?.(capability);
        messages.allow(capability, 'BatchGetItem');
      },
    },
    'message-get': readMail,
    'labels-list': readMail,
    'mailbox-status': {
      timeout: answers,
      reads: ['SCOPES'],
      rights: (capability) => {
        logins.allowUnder(capability, session, 'GetItem', 'UpdateItem');
        grants.allowGetOf(capability, ...grantSummary);
        mailboxes.allow(capability, 'GetItem');
        messages.allowEndingIn(capability, failedMessages, 'Query');
      },
    },
    'mailbox-disconnect': {
      timeout: answers,
      rights: (capability) => {
        logins.allowUnder(capability, session, 'GetItem', 'DeleteItem');
        logins.allowQuery(capability, 'byAccount');
        grants.allow(capability, 'GetItem', 'UpdateItem', 'DeleteItem');
        tokenKey.allowDecrypt(capability, 'refresh');
        queue.allowSend(capability);
      },
    },
    'copy-list': {
      timeout: answers,
      rights: (capability) => {
        knowCaller(capability);
        messages.allowQuery(capability, 'byDate');
      },
    },
    'sync-request': {
      timeout: answers,
      reads: ['STAGE', 'COPY'],
      rights: (capability) => {
        knowCaller(capability);
        mailboxes.allow(capability, 'GetItem', 'UpdateItem');
      },
    },
    'changes-list': {
      timeout: answers,
      rights: (capability) => {
        knowCaller(capability);
        changes.allowUnder(capability, feeds, 'Query');
      },
    },
    'changes-publish': {
      timeout: lessThanATick,
      reads: ['STAGE'],
      rights: (capability) => {
        changes.allowUnder(capability, wholeFeed, 'Query');
        changes.allowUnder(capability, published, 'GetItem', 'UpdateItem');
        bus.allowPut(capability);
      },
    },
    'sync-dispatch': {
      timeout: lessThanATick,
      reads: ['STAGE', 'COPY', 'QUOTA_PROFILE', 'DAILY_UNITS', 'POLL_SECONDS', 'QUIET_POLL_SECONDS'],
      rights: (capability) => {
        mailboxes.allow(capability, 'UpdateItem');
        mailboxes.allowQuery(capability, 'due');
        usage.allow(capability, 'GetItem', 'PutItem', 'UpdateItem');
        queue.allowSend(capability);
      },
    },
    'sync-mailbox': {
      timeout: oneJob,
      memory: workerMemory,
      reads: ['STAGE', 'SCOPES', 'QUOTA_PROFILE', 'POLL_SECONDS', 'QUIET_POLL_SECONDS'],
      rights: (capability) => {
        useGrants(capability);
        mailboxes.allow(capability, 'GetItem', 'UpdateItem', 'DeleteItem');
        messages.allow(capability, 'BatchGetItem', 'BatchWriteItem', 'PutItem', 'UpdateItem', 'Query');
        changes.allowUnder(capability, accountFeed, 'Query');
        changes.allowUnder(capability, feeds, 'BatchWriteItem');
        queue.allowSend(capability);
      },
    },
    'sync-sweep': {
      timeout: longest,
      reads: ['STAGE', 'COPY', 'QUOTA_PROFILE'],
      rights: (capability) => {
        grants.allowScanOf(capability, 'accountId', 'generation', 'status', 'connectedAt');
        grants.allowGetOf(capability, ...endingGrant);
        grants.allow(capability, 'DeleteItem');
        logins.allowUnder(capability, session, 'DeleteItem');
        logins.allowQuery(capability, 'byAccount');
        tokenKey.allowDecrypt(capability, 'refresh');
        mailboxes.allowScanOf(capability, 'accountId', 'generation', 'phase', 'failed');
        mailboxes.allow(capability, 'GetItem', 'PutItem', 'UpdateItem');
        queue.allowSend(capability);
      },
    },
    page: {
      timeout: answers,
      reads: ['SCOPES'],
      rights: (capability) => {
        logins.allowUnder(capability, session, 'GetItem');
        grants.allowGetOf(capability, ...grantSummary);
      },
    },
    'api-description': { timeout: answers },
  };
}
