import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';

/**
 * Sends alarms to an e-mail address once its owner has confirmed. It is not encrypted at rest: CloudWatch may not use
 * the AWS managed key of SNS, and an alarm contains only its own description.
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
    // A topic with its own policy loses the default one, which lets CloudWatch publish.
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
