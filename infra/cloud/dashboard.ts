import {
  AlarmStatusWidget,
  Dashboard as CloudWatchDashboard,
  PeriodOverride,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Duration } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import {
  consentWidgets,
  costWidgets,
  functionWidgets,
  requestWidgets,
  type Shown,
  syncWidgets,
} from './dashboard-rows.ts';
import { paragraphOf } from './runbook.ts';

const sections = [
  ['People: do consents come in, and do they last?', consentWidgets],
  ['Requests: are they answered, and how fast?', requestWidgets],
  ['Copies: are they in step, and do the quotas last?', syncWidgets],
  ['Functions and what they stand on', functionWidgets],
  ['What costs', costWidgets],
] as const;

/**
 * One dashboard for the operator on call, read from top to bottom: whether something is wrong, for which mailboxes,
 * where, and what it costs. It uses free AWS metrics, metrics that the functions write anyway, and log queries.
 */
export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, shown: Shown) {
    super(scope, id);
    const { stage, alarms, runbook } = shown;
    const row = (markdown: string) => new TextWidget({ markdown, width: 24, height: 1 });
    const dashboard = new CloudWatchDashboard(this, 'Dashboard', {
      dashboardName: `gmail-offline-access-${stage}`,
      defaultInterval: Duration.hours(12),
      periodOverride: PeriodOverride.INHERIT,
    });
    const help = `What each alarm means, and what to do: ${paragraphOf(runbook, 'when-an-alarm-is-raised')}`;
    dashboard.addWidgets(
      row(`# gmail-offline-access (${stage}): is something wrong? ${help}`),
      new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: 24, height: 4 }),
    );
    for (const [heading, widgetsOf] of sections) {
      dashboard.addWidgets(row(`## ${heading}`));
      dashboard.addWidgets(...widgetsOf(shown));
    }
  }
}
