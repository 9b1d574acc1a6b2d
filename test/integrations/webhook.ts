import {
  ApiDestination,
  Authorization,
  Connection,
  EventBus,
  Rule,
  RuleTargetInput,
} from 'aws-cdk-lib/aws-events';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { SecretValue } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';

/** Calls a webhook for whatever comes into the mailboxes of one owner. */
export class NewMailWebhook extends Construct {
  /** @param props.keyName the Secrets Manager secret that holds what the webhook finds in the header `x-api-key` */
  constructor(
    scope: Construct,
    id: string,
    props: { readonly stage: string; readonly owner: string; readonly url: string; readonly keyName: string },
  ) {
    super(scope, id);
    const key = SecretValue.secretsManager(props.keyName);
    const connection = new Connection(this, 'Connection', {
      authorization: Authorization.apiKey('x-api-key', key),
    });
    const webhook = new ApiDestination(this, 'Webhook', { connection, endpoint: props.url });
    const caller = new Role(this, 'Caller', { assumedBy: new ServicePrincipal('events.amazonaws.com') });
    caller.addToPolicy(
      new PolicyStatement({
        actions: ['events:InvokeApiDestination'],
        resources: [webhook.apiDestinationArn],
      }),
    );
    const rule = new Rule(this, 'Rule', {
      eventBus: EventBus.fromEventBusName(this, 'Bus', `gmail-offline-access-${props.stage}`),
      eventPattern: {
        source: ['gmail-offline-access'],
        detailType: ['added'],
        detail: { owner: [props.owner] },
      },
    });
    // The body of the call is the change, without the rest of the event.
    const input = RuleTargetInput.fromEventPath('$.detail');
    rule.addTarget({ bind: () => ({ arn: webhook.apiDestinationArn, role: caller, input }) });
  }
}
