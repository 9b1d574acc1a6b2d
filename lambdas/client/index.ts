/** The client of gmail-offline-access, for browsers and Node.js 20 or newer, without dependencies. */
export type * from '../api/answers.ts';
export type { AccountsQuery, ConnectLinkOrder } from '../api/requests/accounts.ts';
export type { ChangesQuery } from '../api/requests/changes.ts';
export type {
  CodeQuery,
  ConsentQuery,
  HandoffProof,
  SubmittedCode,
  SubmittedCodeOfOwner,
} from '../api/requests/consent.ts';
export type { CopyQuery, Moment } from '../api/requests/copy.ts';
export type { MessageQuery, MessagesQuery } from '../api/requests/mail.ts';
export { type BackendClient, type BackendClientOptions, createBackendClient } from './backend-client.ts';
export { type Client, type ClientOptions, createClient } from './client.ts';
export type { RequestToSign, Sign } from './connection.ts';
export { type ClientCode, type Failure, type FailureCode, GmailOfflineAccessError } from './error.ts';
export type { FollowOptions } from './follow.ts';
