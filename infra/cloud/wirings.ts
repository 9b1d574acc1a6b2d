import type { FunctionName } from '../routes.ts';
import type { Capability } from './capability.ts';
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
/** The seconds of a dispatcher, which ends before the next one starts. */
const lessThanATick = 50;
/** The seconds of a job, which does what it can in one burst and leaves the rest to the next. */
export const oneJob = 60;
/** The MB of a worker: see "How large a worker is" in infra/README.md. */
const workerMemory = 512;
/** The longest that Lambda allows, in seconds. */
const longest = 900;

/** How the keys of the table of logins begin: of a session, and of a consent under way. */
const session = 'session#';
const pendingConsent = 'state#';

/** What a person may see of a grant: nothing of its tokens. */
const grantSummary = ['accountId', 'generation', 'status', 'email', 'scopes', 'connectedAt'];

/** What it takes to end a grant: no access token. */
const endingGrant = ['accountId', 'generation', 'status', 'statusSince', 'clientId', 'refreshToken'];

/** Each function's rights, in full: what is not said here, a function may not do. */
export function wireAll(data: DataStack, queue: SyncQueue): Record<FunctionName, Wiring> {
  const { logins, grants, mailboxes, messages, usage, tokenKey, clientSecret } = data;
  const useGrants = (capability: Capability) => {
    grants.allow(capability, 'GetItem', 'UpdateItem');
    tokenKey.allowDecrypt(capability, 'refresh', 'access');
    tokenKey.allowEncrypt(capability, 'access');
    clientSecret.allowRead(capability);
  };
  const knowCaller = (capability: Capability) => {
    logins.allowUnder(capability, session, 'GetItem', 'UpdateItem');
    grants.allowGetOf(capability, ...grantSummary);
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
      reads: ['SCOPES'],
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
      reads: ['SCOPES', 'COPY', 'QUOTA_PROFILE'],
      rights: (capability) => {
        logins.allowUnder(capability, session, 'GetItem', 'PutItem', 'DeleteItem');
        logins.allowUnder(capability, pendingConsent, 'DeleteItem');
        grants.allow(capability, 'GetItem', 'PutItem', 'UpdateItem');
        mailboxes.allow(capability, 'GetItem', 'PutItem', 'UpdateItem');
        queue.allowSend(capability);
        tokenKey.allowDecrypt(capability, 'login');
        tokenKey.allowEncrypt(capability, 'refresh', 'access');
        clientSecret.allowRead(capability);
      },
    },
    'auth-problem': { timeout: answers },
    'auth-logout': {
      timeout: answers,
      rights: (capability) => {
        logins.allowUnder(capability, session, 'DeleteItem');
      },
    },
    'messages-list': readMail,
    'message-get': readMail,
    'mailbox-status': {
      timeout: answers,
      reads: ['SCOPES'],
      rights: (capability) => {
        knowCaller(capability);
        mailboxes.allow(capability, 'GetItem');
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
        logins.allowUnder(capability, session, 'GetItem', 'UpdateItem');
        mailboxes.allow(capability, 'GetItem', 'UpdateItem');
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
        queue.allowSend(capability);
      },
    },
    'sync-sweep': {
      timeout: longest,
      reads: ['STAGE', 'COPY', 'QUOTA_PROFILE'],
      rights: (capability) => {
        grants.allowScanOf(capability, 'accountId', 'generation', 'status');
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
  };
}
