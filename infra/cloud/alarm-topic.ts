import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';

/**
 * Sends alarms to an e-mail address, once its owner has confirmed. Not encrypted at rest: CloudWatch may not use
 * the key that AWS manages for SNS, and an alarm tells no more than its own description.
 */
export class AlarmTopic extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, props: { readonly stage: string; readonly email: string }) {
    super(scope, id);
    this.topic = new Topic(this, 'Topic', {
      topicName: `gmail-offline-access-${props.stage}-alarms`,
      displayName: `gmail-offline-access (${props.stage})`,
      enforceSSL: true,
    });
    // A topic with a policy of its own loses the one that lets CloudWatch in.
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    this.topic.addSubscription(new EmailSubscription(props.email));
  }
}
