import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { paragraphOf, rulesOf, type Watched } from './alarm-rules.ts';

/** What the alarms watch, and their recipient. */
interface AlarmsProps extends Watched {
  /** Without it, alarms send no e-mail. */
  readonly email?: string | undefined;
}

/** All alarms that need an operator. Each says what it means and links to the runbook. */
export class Alarms extends Construct {
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    const { stage, email, runbook } = props;
    const topic = email === undefined ? undefined : this.#topicFor(email, stage);
    this.alarms = rulesOf(props).map((rule) => {
      const { name, description, metric, threshold, periods = 1, alarmsOnMissingData = false } = rule;
      const alarm = new Alarm(this, name, {
        alarmName: `gmail-offline-access-${stage}-${name}`,
        alarmDescription: `${description} ${paragraphOf(runbook, name)}`,
        metric,
        threshold,
        comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
        evaluationPeriods: periods,
        treatMissingData: alarmsOnMissingData ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
      });
      if (topic !== undefined) alarm.addAlarmAction(new SnsAction(topic));
      return alarm;
    });
  }

  /**
   * Sends e-mails once the owner of the address has confirmed. It is not encrypted at rest: CloudWatch may not use the
   * AWS managed key of SNS, and an alarm contains only its own description.
   */
  #topicFor(email: string, stage: string): Topic {
    const topic = new Topic(new Construct(this, 'Topic'), 'Topic', {
      topicName: `gmail-offline-access-${stage}-alarms`,
      displayName: `gmail-offline-access (${stage})`,
      enforceSSL: true,
    });
    // A topic with its own policy loses the default one, which lets CloudWatch publish.
    topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    topic.addSubscription(new EmailSubscription(email));
    return topic;
  }
}
