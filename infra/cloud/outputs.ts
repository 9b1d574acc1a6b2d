import type { EventBus } from 'aws-cdk-lib/aws-events';
import type { IManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { CfnOutput, type Stack } from 'aws-cdk-lib/core';
import { redirectUriOf } from '../../lambdas/http/redirect-uri.ts';
import type { BackendAccess } from './backend-access.ts';
import type { Site } from './site.ts';

/** The constructs that the outputs describe. */
interface OutputSources {
  readonly site: Site;
  /** The name of the secret that the client secret is uploaded to. */
  readonly secretName: string;
  readonly backendAccess: BackendAccess;
  readonly eventBus: EventBus;
}

/**
 * Outputs for the deployer: where everything is, and the next steps. `cdk deploy` prints names and values sorted by
 * name, without descriptions, so the value of `NextSteps` explains the outputs below it.
 */
export function addOutputs(stack: Stack, { site, secretName, backendAccess, eventBus }: OutputSources): void {
  const add = (name: string, value: string, description: string) =>
    new CfnOutput(stack, name, { value, description });
  const addPolicy = (purpose: string, { managedPolicyArn }: IManagedPolicy, description: string) =>
    add(`Backend${purpose}PolicyArn`, managedPolicyArn, description);
  const { origin, customDomain: domain } = site;
  const { policy, policies } = backendAccess;
  const registered = 'Register this redirect URI with the OAuth client in the Google console';
  const allOfThem =
    'Attach this managed policy to the roles of the backends that may do all that backends can';
  const upload = 'Run this in the folder that holds the client_secret.json from the Google console';
  add('ApiUrl', origin, 'Where the site lives');
  add('RedirectUri', redirectUriOf(origin), registered);
  addPolicy('', policy, allOfThem);
  addPolicy('Read', policies.read, 'Allows a backend to read and follow, and to ask for a sync');
  addPolicy('Invite', policies.invite, 'Allows a backend to have mailboxes connected');
  addPolicy('Disconnect', policies.disconnect, 'Allows a backend to disconnect mailboxes');
  addPolicy('AccessTokens', policies.accessTokens, 'Allows a backend to take access tokens');
  add('EventBusArn', eventBus.eventBusArn, 'Every change of the mailboxes is published on this event bus');
  add('UploadClientSecret', uploadCommand(secretName, stack.region), upload);
  if (domain !== undefined) {
    const zone = 'The hosted zone of that target, which an alias in Route 53 asks for';
    add('DnsTarget', domain.regionalDomainName, 'Where the DNS must point the site’s own name: a CNAME');
    add('DnsTargetZoneId', domain.regionalHostedZoneId, zone);
  }
  const ownName = domain && origin.replace('https://', '');
  add('NextSteps', nextSteps(ownName), 'What is left to do after the first deployment');
}

function uploadCommand(secretName: string, region: string): string {
  const secret = `--secret-id ${secretName} --secret-string file://client_secret.json`;
  return `aws secretsmanager put-secret-value ${secret} --region ${region}`;
}

/** Without URLs: each has its own output beside it, ready to copy. */
function nextSteps(ownName: string | undefined): string {
  const steps = [
    'At https://console.cloud.google.com/auth/clients, add RedirectUri to the redirect URIs of your OAuth client.',
    'In the folder that holds the client_secret.json of that client, run UploadClientSecret.',
    ...(ownName === undefined ? [] : [`In the DNS, point ${ownName} to DnsTarget.`]),
  ];
  return steps.map((step, index) => `${index + 1}. ${step}`).join(' ');
}
