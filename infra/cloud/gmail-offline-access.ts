import { join } from 'node:path';
import type { IDomainName } from 'aws-cdk-lib/aws-apigatewayv2';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import type { IManagedPolicy } from 'aws-cdk-lib/aws-iam';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { type Environment, type RemovalPolicy, Stage, Token } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { ConfigError } from '../../lambdas/config.ts';
import { DataStack } from './data-stack.ts';
import { readDeployment } from './deployment.ts';
import { ServiceStack } from './service-stack.ts';

/** What may be chosen of an installation; everything but the client ID has a usual value. */
export interface GmailOfflineAccessProps {
  // npm run docs: begin

  /**
   * The `client_id` in the `client_secret.json` of your OAuth client, which ends in `.apps.googleusercontent.com`. It
   * is no secret. The file that you upload must be of the same client.
   */
  readonly clientId: string;
  /**
   * What a consent asks for: `openid` and at least one Gmail scope.
   * @default ['openid', 'email', 'profile', 'https://www.googleapis.com/auth/gmail.readonly']
   */
  readonly scopes?: readonly string[] | undefined;
  /**
   * Addresses to which a consent can return, such as `https://app.example.com/signed-in`. An origin or an app’s
   * scheme alone (`com.example.app:`) stands for its root path. Pages of these origins can call the API. Connect
   * links can return to any path of these origins.
   * @default none
   */
  readonly allowedReturnOrigins?: readonly string[] | undefined;
  /**
   * Who may connect a mailbox without an invitation: nobody (`links-only`), members of listed Google Workspace
   * domains (`domains`), everybody (`open`).
   * @default 'links-only'
   */
  readonly signUp?: 'links-only' | 'domains' | 'open' | undefined;
  /**
   * The Google Workspace domains of sign-up by `domains`.
   * @default none
   */
  readonly signUpDomains?: readonly string[] | undefined;
  /**
   * `on`: backends may have access tokens to call Gmail themselves.
   * @default 'off'
   */
  readonly accessTokens?: 'off' | 'on' | undefined;
  /**
   * What is copied of each mailbox: `index` (headers, labels, snippets), or `off` (nothing; what is copied already
   * stays as it is until the disconnect).
   * @default 'index'
   */
  readonly copy?: 'off' | 'index' | undefined;
  /**
   * `legacy` for a Google Cloud project that used the Gmail API between November 2025 and April 2026: it keeps the
   * older quotas until 1 April 2027.
   * @default '2026'
   */
  readonly quotaProfile?: '2026' | 'legacy' | undefined;
  /**
   * Quota units that the sync may spend per day (Pacific time). When they are used up, mailboxes wait.
   * @default that of the profile: 80,000,000; `legacy` has none
   */
  readonly dailyUnits?: number | undefined;
  /**
   * Seconds between polls of an active mailbox. A value below the sync’s tick (60 seconds) has no effect.
   * @default 60
   */
  readonly pollSeconds?: number | undefined;
  /**
   * Maximum seconds between polls of a quiet mailbox.
   * @default 300
   */
  readonly quietPollSeconds?: number | undefined;
  /**
   * The name of the deployment, so that several can share an account: 1 to 20 lower-case letters, digits or hyphens.
   * Never change it: tables are found by it.
   * @default 'prod'
   */
  readonly stage?: string | undefined;
  /**
   * The number of workers that run at once, 2 to 1000. Each syncs up to ten mailboxes. See how large a worker is.
   * @default 10
   */
  readonly syncWorkers?: number | undefined;
  /**
   * Who gets alarms; AWS asks that address to confirm first.
   * @default nobody
   */
  readonly alarmEmail?: string | undefined;
  /**
   * The https address of infra/tools/README.md where your operators read it: alarms link to its paragraphs.
   * @default none
   */
  readonly runbookUrl?: string | undefined;
  /**
   * A name of your own for the site, such as `mail.example.com`, with `certificateArn`; API Gateway’s own name is
   * then disabled.
   * @default a name of API Gateway’s
   */
  readonly domainName?: string | undefined;
  /**
   * With `domainName`, its certificate in AWS Certificate Manager, in the region of the deployment.
   * @default none
   */
  readonly certificateArn?: string | undefined;
  /**
   * How long logs are kept: a number that CloudWatch knows, such as 7, 30, 90 or 365.
   * @default 30
   */
  readonly logRetentionDays?: Exclude<RetentionDays, RetentionDays.INFINITE> | undefined;
  /**
   * 1 to 999; changing it ends every session, pending sign-in, handoff and connect link. Grants and copies stay.
   * @default 1
   */
  readonly loginKeyVersion?: number | undefined;
  /**
   * `on`: the token key can have replicas in other regions, made by the role in `breakGlassRoleArn`. It cannot be
   * changed later.
   * @default 'off'
   */
  readonly multiRegionKey?: 'off' | 'on' | undefined;
  /**
   * An IAM role of the account that may decrypt tokens: `grants export` and the commands that revoke grants need it.
   * Its own policies must allow `kms:Decrypt` as well. Without it, only the functions can decrypt.
   * @default none
   */
  readonly breakGlassRoleArn?: string | undefined;
  /**
   * `on`: Google binds the refresh token of each new consent to a key that cannot be exported. Without permission to
   * sign with that key, the token is useless. Not yet tested with the real Google: run the contract tests first. The
   * runbook says how to turn it off.
   * @default 'off'
   */
  readonly dpop?: 'off' | 'on' | undefined;
  /**
   * `destroy`, for stages of tests: tables, keys and secret are deleted with the stack, without protection. Not for
   * `prod`.
   * @default 'retain'
   */
  readonly removalPolicy?: RemovalPolicy.RETAIN | RemovalPolicy.DESTROY | 'retain' | 'destroy' | undefined;

  // npm run docs: end

  /**
   * The AWS account and region of the stacks. If a stack with its own `env` uses a property of this construct, set this
   * to the same `env`: CDK allows references only between stacks of one account and region.
   * @default those of the scope
   */
  readonly env?: Environment | undefined;
  /**
   * The folder that holds one bundle a function, each in a folder of the function's name.
   * @default the functions that come with the package
   */
  readonly bundles?: string | undefined;
}

/**
 * An installation of gmail-offline-access in two stacks: `Data` holds the tables, keys and secrets and retains them
 * when it is deleted, unless `removalPolicy` is `destroy`; `Service` holds the functions and their HTTP API.
 */
export class GmailOfflineAccess extends Construct {
  /** The URL of the site, such as `https://abc.execute-api.eu-central-1.amazonaws.com`. */
  readonly apiUrl: string;
  /** With `domainName`: the target of its DNS record, for instance in Route 53. */
  readonly customDomain: IDomainName | undefined;
  /**
   * Managed policies for the roles of backends, one for each purpose: `read` (accounts, mail, changes, and sync
   * requests), `invite` (connect links and one-time codes), `disconnect`, `accessTokens`.
   */
  readonly backendPolicies: Readonly<
    Record<'read' | 'invite' | 'disconnect' | 'accessTokens', IManagedPolicy>
  >;
  /** Allows all backend routes: the sum of `backendPolicies`. */
  readonly backendPolicy: IManagedPolicy;
  /** Every change of the mailboxes is published on this bus. */
  readonly eventBus: EventBus;
  readonly #stage: string;
  readonly #environment: string;

  /** @throws Error that names every faulty property, or the other installation of the same stage. */
  constructor(scope: Construct, id: string, props: GmailOfflineAccessProps) {
    super(scope, id);
    const { env, bundles = join(import.meta.dirname, 'functions'), ...choices } = props;
    const deployment = readDeployment(asContext(choices), 'property', regionOf(this, env));
    const where = env === undefined ? {} : { env };
    this.#stage = deployment.stage;
    const data = new DataStack(this, 'Data', { ...deployment, ...where });
    this.#environment = data.environment;
    this.#refuseTwins();
    const service = new ServiceStack(this, 'Service', { ...deployment, ...where, data, bundles });
    this.apiUrl = service.apiUrl;
    this.customDomain = service.customDomain;
    this.backendPolicies = service.backendPolicies;
    this.backendPolicy = service.backendPolicy;
    this.eventBus = service.eventBus;
  }

  /** Two installations of one stage would create the same tables, and the second deployment would fail half-way. */
  #refuseTwins(): void {
    for (const other of this.node.root.node.findAll()) {
      if (other === this || !(other instanceof GmailOfflineAccess)) continue;
      if (other.#stage === this.#stage && other.#environment === this.#environment) {
        throw new ConfigError(
          `The stage "${this.#stage}" exists twice in this application, at ${other.node.path} and at ` +
            `${this.node.path}: give each GmailOfflineAccess a stage of its own, or another env.`,
        );
      }
    }
  }
}

/** The region of the stacks; undefined if only the deployment determines it. */
function regionOf(scope: Construct, env: Environment | undefined): string | undefined {
  const region = env?.region ?? Stage.of(scope)?.region;
  return Token.isUnresolved(region) ? undefined : region;
}

/** The properties as `--context` writes them: a list is one string, separated by spaces. An empty list is omitted. */
function asContext(choices: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(choices)
      .filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0))
      .map(([name, value]: [string, unknown]) => [name, Array.isArray(value) ? value.join(' ') : value]),
  );
}
