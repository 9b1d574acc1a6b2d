import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Construct } from 'constructs';
import { rulesOf, type Watched } from './alarm-rules.ts';
import { AlarmTopic } from './alarm-topic.ts';
import { paragraphOf } from './runbook.ts';

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
    const action =
      email === undefined ? undefined : new SnsAction(new AlarmTopic(this, 'Topic', { stage, email }).topic);
    this.alarms = rulesOf(props).map((rule) => {
      const { name, description, metric, threshold, periods = 1, silence = false } = rule;
      const alarm = new Alarm(this, name, {
        alarmName: `gmail-offline-access-${stage}-${name}`,
        alarmDescription: `${description} ${paragraphOf(runbook, name)}`,
        metric,
        threshold,
        comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
        evaluationPeriods: periods,
        treatMissingData: silence ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
      });
      if (action !== undefined) alarm.addAlarmAction(action);
      return alarm;
    });
  }
}
