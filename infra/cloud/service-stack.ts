import { CfnOutput, Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { redirectUriOf } from '../../lambdas/http/redirect-uri.ts';
import { type FunctionName, functionNames, routes } from '../routes.ts';
import { Capability } from './capability.ts';
import type { DeploymentContext } from './context.ts';
import type { DataStack } from './data-stack.ts';
import { Site } from './site.ts';

/** What the service stack is made of. */
export interface ServiceStackProps extends DeploymentContext {
  readonly data: DataStack;
  /** The folder that holds one bundle a function, each in a folder of the function's name. */
  readonly bundles: string;
}

interface Wiring {
  /** In seconds. */
  readonly timeout: number;
  /** Everything the function may do, and thereby the variables it gets. */
  readonly rights?: (capability: Capability) => void;
}

/** API Gateway gives up after 30 seconds. */
const callsGoogle = 29;
const staysHere = 10;

/** What a person may see of a grant: nothing of its tokens. */
const grantSummary = ['accountId', 'generation', 'status', 'email', 'scopes', 'connectedAt'];

/** The functions and the HTTP API before them. It holds nothing that a new deployment could not make again. */
export class ServiceStack extends Stack {
  constructor(scope: Construct, id: string, { stage, scopes, data, bundles }: ServiceStackProps) {
    super(scope, id, {
      stackName: `gmail-offline-access-${stage}-service`,
      description: 'gmail-offline-access: the functions and their HTTP API',
    });
    const site = new Site(this, 'Site', { stage });
    const wirings = wire(data);
    for (const name of functionNames) {
      const { timeout, rights } = wirings[name];
      const capability = new Capability(this, name, { stage, bundles, timeout });
      rights?.(capability);
      site.serve(capability, routes[name]);
      if (scopes !== undefined) capability.setVariable('SCOPES', scopes);
    }
    new CfnOutput(this, 'ApiUrl', { value: site.origin, description: 'Where the site lives' });
    new CfnOutput(this, 'RedirectUri', {
      value: redirectUriOf(site.origin),
      description: 'Register this redirect URI with the OAuth client in the Google console',
    });
    new CfnOutput(this, 'UploadClientSecret', {
      value: [
        'aws secretsmanager put-secret-value',
        `--secret-id ${data.clientSecret.name}`,
        '--secret-string file://client_secret.json',
        `--region ${this.region}`,
      ].join(' '),
      description: 'Run this in the folder that holds the client_secret.json from the Google console',
    });
  }
}

/** Each function's rights, in full: what is not said here, a function may not do. */
function wire({ logins, grants, tokenKey, clientSecret }: DataStack): Record<FunctionName, Wiring> {
  const readMail: Wiring = {
    timeout: callsGoogle,
    rights: (capability) => {
      logins.allow(capability, 'GetItem', 'UpdateItem');
      grants.allow(capability, 'GetItem', 'UpdateItem');
      tokenKey.allowDecrypt(capability, 'refresh', 'access');
      tokenKey.allowEncrypt(capability, 'access');
      clientSecret.allowRead(capability);
    },
  };
  return {
    'auth-url': {
      timeout: staysHere,
      rights: (capability) => {
        logins.allow(capability, 'GetItem', 'PutItem');
        grants.allowGetOf(capability, 'accountId', 'status');
        tokenKey.allowEncrypt(capability, 'login');
        clientSecret.allowRead(capability);
      },
    },
    'auth-callback': {
      timeout: callsGoogle,
      rights: (capability) => {
        logins.allow(capability, 'GetItem', 'PutItem', 'DeleteItem');
        grants.allow(capability, 'GetItem', 'PutItem', 'UpdateItem');
        tokenKey.allowDecrypt(capability, 'login');
        tokenKey.allowEncrypt(capability, 'refresh', 'access');
        clientSecret.allowRead(capability);
      },
    },
    'auth-problem': { timeout: staysHere },
    'auth-logout': {
      timeout: staysHere,
      rights: (capability) => {
        logins.allow(capability, 'DeleteItem');
      },
    },
    'messages-list': readMail,
    'message-get': readMail,
    'mailbox-status': {
      timeout: staysHere,
      rights: (capability) => {
        logins.allow(capability, 'GetItem', 'UpdateItem');
        grants.allowGetOf(capability, ...grantSummary);
      },
    },
    'mailbox-disconnect': {
      timeout: callsGoogle,
      rights: (capability) => {
        logins.allow(capability, 'GetItem', 'DeleteItem');
        logins.allowQuery(capability, 'byAccount');
        grants.allow(capability, 'GetItem', 'UpdateItem', 'DeleteItem');
        tokenKey.allowDecrypt(capability, 'refresh');
      },
    },
    page: {
      timeout: staysHere,
      rights: (capability) => {
        logins.allow(capability, 'GetItem');
        grants.allowGetOf(capability, ...grantSummary);
      },
    },
  };
}
