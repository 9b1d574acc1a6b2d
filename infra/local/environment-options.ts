import type { AwsCall } from './aws/aws-call.ts';
import type { BusEvent } from './aws/eventbridge.ts';
import type { SiteAnswer } from './front.ts';
import type { LogRecord } from './log-record.ts';

/** How the local environment runs. */
export interface LocalEnvironmentOptions {
  /** Where the site listens; 0 takes any free port. */
  readonly port: number;
  /** Where the local Google listens; 0 takes any free port. */
  readonly googlePort: number;
  /** Where everything lies that outlives a restart; made if it is missing. */
  readonly dataFolder: string;
  /** A folder of the functions' bundles; by default each is bundled when it is first called. */
  readonly bundles?: string | undefined;
  /** How long a function that has nothing to do is kept, in milliseconds; by default always. */
  readonly functionsIdle?: number;
  /** A client secret file as Google lets one download it. */
  readonly clientSecretFile?: string;
  /** Another OpenID issuer than Google, on loopback. */
  readonly googleIssuer?: string;
  /** Another Gmail than Google's, on loopback. */
  readonly gmailRootUrl?: string;
  /** What the local Google calls the application on its consent page. */
  readonly applicationName?: string;
  /** How many messages the local Google's demo mailbox holds. */
  readonly demoMessages?: number;
  /** The scopes that a consent asks for, separated by spaces. */
  readonly scopes?: string;
  /** Addresses to which a consent may lead back, whose origins’ pages may call, separated by spaces. */
  readonly allowedReturnOrigins?: string;
  /** Who may connect a mailbox without an invitation; everybody unless said otherwise. */
  readonly signUp?: 'links-only' | 'domains' | 'open';
  /** The Workspace domains of `domains`, separated by spaces. */
  readonly signUpDomains?: string;
  /** Whether backends may have access tokens; off unless said otherwise. */
  readonly accessTokens?: 'off' | 'on';
  /** Whether refresh tokens are bound to a key that cannot be exported; off unless said otherwise. */
  readonly dpop?: 'off' | 'on';
  /** Whether schedules and queue start the sync; true unless a test drives it by hand. */
  readonly sync?: boolean;
  /** The length of a tick and of the quota's minute, in whole seconds; 60 unless said otherwise. */
  readonly syncIntervalSeconds?: number;
  /** Whether mail is copied. */
  readonly copy?: 'off' | 'index';
  /** Which of Google's price lists holds, in sync and local Google. */
  readonly quotaProfile?: '2026' | 'legacy';
  /** Quota units that the project may spend in a day. */
  readonly dailyUnits?: number;
  /** Seconds between polls of a mailbox where things happen; a tick unless said otherwise. */
  readonly pollSeconds?: number;
  /** Seconds between polls of a mailbox that has been quiet; five ticks unless said otherwise. */
  readonly quietPollSeconds?: number;
  /** Services used instead of the embedded ones. */
  readonly awsEndpoints?: {
    readonly dynamodb?: string;
    readonly kms?: string;
    readonly secretsManager?: string;
    readonly sqs?: string;
    readonly eventBridge?: string;
  };
  readonly onLog?: (record: LogRecord) => void;
  /** Told of every call to an embedded service before it is served; a promise that it returns holds the call back. */
  readonly onAwsCall?: (call: AwsCall) => void;
  /** Told of every answer on a route of the site. */
  readonly onAnswer?: (answer: SiteAnswer) => void;
  /** Told of every event that the embedded bus took. */
  readonly onEvent?: (event: BusEvent) => void;
}
