import { join } from 'node:path';
import type { IDomainName } from 'aws-cdk-lib/aws-apigatewayv2';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import type { IManagedPolicy } from 'aws-cdk-lib/aws-iam';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { type Environment, type RemovalPolicy, Stage, Token } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { ConfigError } from '../../lambdas/config.ts';
import { readDeployment } from './context.ts';
import { DataStack } from './data-stack.ts';
import { ServiceStack } from './service-stack.ts';

/** What may be chosen of an installation; everything but the client ID has a usual value. */
export interface GmailOfflineAccessProps {
  /**
   * The `client_id` in the `client_secret.json` of your OAuth client at Google, such as
   * `1234-abcd.apps.googleusercontent.com`. It is no secret. The file that you upload must be of the same client.
   */
  readonly clientId: string;
  /**
   * Stands in every fixed name, so that several installations can share one AWS account: 1 to 20 lower-case letters,
   * digits or hyphens. Never change it: tables are found by it.
   *
   * @default 'prod'
   */
  readonly stage?: string | undefined;
  /**
   * The scopes that a consent asks for, `openid` and at least one of Gmail's among them.
   *
   * @default openid, email, profile and gmail.readonly
   */
  readonly scopes?: readonly string[] | undefined;
  /**
   * Addresses to which a consent may lead back, such as `https://app.example.com/signed-in` or
   * `com.example.app:/signed-in`; an origin or a scheme alone lists its root. Pages of their origins may call.
   *
   * @default none
   */
  readonly allowedReturnOrigins?: readonly string[] | undefined;
  /**
   * Who may connect a mailbox without an invitation: nobody, members of `signUpDomains`, everybody.
   *
   * @default 'links-only'
   */
  readonly signUp?: 'links-only' | 'domains' | 'open' | undefined;
  /** The Google Workspace domains of `signUp: 'domains'`. */
  readonly signUpDomains?: readonly string[] | undefined;
  /**
   * Whether backends may have access tokens to call Gmail themselves.
   *
   * @default 'off'
   */
  readonly accessTokens?: 'off' | 'on' | undefined;
  /**
   * Whether mail is copied: `index` copies headers, labels and snippets, `off` nothing.
   *
   * @default 'index'
   */
  readonly copy?: 'off' | 'index' | undefined;
  /**
   * Which of Google's price lists holds for the Google Cloud project; `legacy` for one that used the Gmail API between
   * November 2025 and April 2026.
   *
   * @default '2026'
   */
  readonly quotaProfile?: '2026' | 'legacy' | undefined;
  /**
   * Quota units that may be spent in a day.
   *
   * @default what the quota profile says
   */
  readonly dailyUnits?: number | undefined;
  /**
   * Seconds between polls of a mailbox where things happen.
   *
   * @default 60
   */
  readonly pollSeconds?: number | undefined;
  /**
   * Seconds between polls of a mailbox that has been quiet.
   *
   * @default 300
   */
  readonly quietPollSeconds?: number | undefined;
  /**
   * How many workers run at once, 2 to 1000; each syncs up to ten mailboxes.
   *
   * @default 10
   */
  readonly syncWorkers?: number | undefined;
  /**
   * The address that is told of alarms; AWS asks it to confirm first.
   *
   * @default nobody is told
   */
  readonly alarmEmail?: string | undefined;
  /**
   * A name of your own for the site, such as `mail.example.com`. Point it at the property `customDomain`; by its other
   * name, the one that API Gateway gives, the site then answers nobody.
   *
   * @default a name that API Gateway gives
   */
  readonly domainName?: string | undefined;
  /** Beside `domainName`: a certificate of AWS Certificate Manager for it, in the region of the stacks. */
  readonly certificateArn?: string | undefined;
  /**
   * Where your people read this project's `infra/tools/README.md`: alarms link to its paragraphs.
   *
   * @default none: alarms name the file
   */
  readonly runbookUrl?: string | undefined;
  /**
   * How many days logs are kept.
   *
   * @default 30
   */
  readonly logRetentionDays?: Exclude<RetentionDays, RetentionDays.INFINITE> | undefined;
  /**
   * Raise it to end every session, sign-in under way, handoff and connect link of the stage, 1 to 999.
   *
   * @default 1
   */
  readonly loginKeyVersion?: number | undefined;
  /**
   * Whether the key that encrypts the tokens can have replicas in other regions. It cannot be changed later: decide before
   * the first deployment of a stage.
   *
   * @default 'off'
   */
  readonly multiRegionKey?: 'off' | 'on' | undefined;
  /**
   * The ARN of an IAM role of the account that may decrypt tokens, for the operator commands that need it. Its own
   * policies must allow `kms:Decrypt` as well.
   *
   * @default none: only the functions can decrypt
   */
  readonly breakGlassRoleArn?: string | undefined;
  /**
   * Whether Google is asked to bind refresh tokens to a key that nobody can export, from their next consent on: without
   * the right to sign with it, they are worth nothing. Not proved with the real Google yet.
   *
   * @default 'off'
   */
  readonly dpop?: 'off' | 'on' | undefined;
  /**
   * What becomes of the tables, the key and the secret when the stack `Data` is deleted. `destroy` is for stages of tests,
   * and the stage `prod` cannot have it: nothing is protected against deletion then.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy.RETAIN | RemovalPolicy.DESTROY | 'retain' | 'destroy' | undefined;
  /**
   * The AWS account and region of the stacks. Give it where a stack with an `env` of its own uses a property of this
   * construct, and the same: CDK allows references only between stacks of one account and region.
   *
   * @default those of the scope
   */
  readonly env?: Environment | undefined;
  /**
   * The folder that holds one bundle a function, each in a folder of the function's name.
   *
   * @default the functions that come with the package
   */
  readonly bundles?: string | undefined;
}

/**
 * An installation of gmail-offline-access, in two stacks of its own: `Data`, which keeps its tables, its key and its
 * secret whatever happens, and `Service`, the functions and their HTTP API.
 */
export class GmailOfflineAccess extends Construct {
  /** Where the site lives, such as `https://abc.execute-api.eu-central-1.amazonaws.com`. */
  readonly apiUrl: string;
  /** With `domainName`: where the DNS must point it, as a target of Route 53 for instance. */
  readonly customDomain: IDomainName | undefined;
  /**
   * Managed policies for the roles of backends, one for each purpose: `read` (accounts, mail, changes, and sync
   * requests), `invite` (connect links and one-time codes), `disconnect`, `accessTokens`.
   */
  readonly backendPolicies: Readonly<
    Record<'read' | 'invite' | 'disconnect' | 'accessTokens', IManagedPolicy>
  >;
  /** Allows all routes for backends: the sum of `backendPolicies`. */
  readonly backendPolicy: IManagedPolicy;
  /** Every change of the mailboxes is told to this bus. */
  readonly eventBus: EventBus;
  readonly #stage: string;
  readonly #environment: string;

  /** @throws Error that names every faulty property, or the other installation of the same stage. */
  constructor(scope: Construct, id: string, props: GmailOfflineAccessProps) {
    super(scope, id);
    const { env, bundles = join(import.meta.dirname, 'functions'), ...choices } = props;
    const deployment = readDeployment(chosen(choices), 'property', regionOf(this, env));
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

  /** Two of one stage would have the same tables, and the second deployment would fail half-way. */
  #refuseTwins(): void {
    for (const other of this.node.root.node.findAll()) {
      if (other === this || !(other instanceof GmailOfflineAccess)) continue;
      if (other.#stage === this.#stage && other.#environment === this.#environment) {
        throw new ConfigError(
          `The stage "${this.#stage}" stands twice in this application, at ${other.node.path} and at ` +
            `${this.node.path}: give each GmailOfflineAccess a stage of its own, or another env.`,
        );
      }
    }
  }
}

/** The region of the stacks, or undefined where only the deployment will tell. */
function regionOf(scope: Construct, env: Environment | undefined): string | undefined {
  const region = env?.region ?? Stage.of(scope)?.region;
  return Token.isUnresolved(region) ? undefined : region;
}

/**
 * What was chosen, as a deployer writes it: lists as words. An empty list chooses nothing; an empty text, as of a
 * variable that was not set, is told as the fault it is: as stage it would mean `prod`.
 */
function chosen(choices: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(choices)
      .filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0))
      .map(([name, value]: [string, unknown]) => [name, Array.isArray(value) ? value.join(' ') : value]),
  );
}
