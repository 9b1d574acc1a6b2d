import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  ContextAttribute,
  Schedule,
  type ScheduleExpression,
  ScheduleTargetInput,
} from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import type { Capability } from './capability.ts';

/** When and how a function is invoked. */
interface TimetableProps {
  readonly stage: string;
  readonly capability: Capability;
  readonly schedule: ScheduleExpression;
  /** How often an invocation that Lambda did not accept is retried. */
  readonly retries: number;
}

/**
 * Invokes one function on a schedule, in a role that may do only that. Its event is `{scheduledTime}`: the scheduled
 * time, the same however late or often the invocation is repeated.
 */
export class Timetable extends Construct {
  constructor(scope: Construct, id: string, { stage, capability, schedule, retries }: TimetableProps) {
    super(scope, id);
    const stack = Stack.of(this);
    const group = { service: 'scheduler', resource: 'schedule-group', resourceName: 'default' };
    const source = { 'aws:SourceAccount': stack.account, 'aws:SourceArn': stack.formatArn(group) };
    const conditions = { StringEquals: source };
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', { conditions }),
    });
    const { functionArn } = capability.function;
    role.addToPrincipalPolicy(
      new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [functionArn] }),
    );
    new Schedule(this, 'Schedule', {
      scheduleName: `gmail-offline-access-${stage}-${capability.node.id}`,
      schedule,
      target: new LambdaInvoke(capability.function, {
        // CDK would add every version and alias of the function.
        role: role.withoutPolicyUpdates(),
        retryAttempts: retries,
        input: ScheduleTargetInput.fromObject({ scheduledTime: ContextAttribute.scheduledTime }),
      }),
    });
  }
}
