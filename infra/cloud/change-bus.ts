import { EventBus } from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import { namesOf } from '../names.ts';
import type { Grantee } from './capability.ts';

/** The event bus on which every change is published; a team's own rules forward its events. */
export class ChangeBus extends Construct {
  readonly bus: EventBus;

  constructor(scope: Construct, id: string, { stage }: { readonly stage: string }) {
    super(scope, id);
    // CloudFormation supports no description of a bus in GovCloud.
    this.bus = new EventBus(this, 'Bus', { eventBusName: namesOf(stage).settings.eventBus });
  }

  /** Lets a function put events on the bus, and sets its name. */
  allowPut(grantee: Grantee): void {
    grantee.allow({ actions: ['events:PutEvents'], resources: [this.bus.eventBusArn] });
    grantee.set('eventBus', this.bus.eventBusName);
  }
}
