import type { Failure } from '../../infra/local/aws/faults.ts';
import type { AwsCall, LocalEnvironmentOptions } from '../../infra/local/environment.ts';
import { type Site, startSite } from './site.ts';

/** Which AWS calls fail, and how; undefined lets a call through. */
export type FaultPlan = (call: AwsCall) => Failure | undefined;

/** A site whose AWS calls fail as a test wants, call by call. */
export interface FaultySite extends Site {
  /** Lets AWS calls fail by this plan, and starts `calls` anew; no plan ends the faults. */
  plan(plan?: FaultPlan): void;
  /** Every AWS call since the last plan, repetitions by the SDK included. */
  callsOfPlan(): readonly AwsCall[];
}

/** Starts a site whose AWS services fail by a plan. */
export async function startFaultySite(options: Partial<LocalEnvironmentOptions> = {}): Promise<FaultySite> {
  let faultOf: FaultPlan = () => undefined;
  let calls: AwsCall[] = [];
  let site: Site | undefined;
  site = await startSite({
    ...options,
    onAwsCall: (call) => {
      calls.push(call);
      const failure = faultOf(call);
      // Ordered before the service looks for faults of this very call.
      if (failure !== undefined) site?.aws.failNext({ service: call.service, action: call.action, failure });
    },
  });
  return {
    ...site,
    plan: (plan = () => undefined) => {
      faultOf = plan;
      calls = [];
    },
    callsOfPlan: () => calls,
  };
}

/** Fails the first call, and only that, to which the test says yes: the SDK’s repetition gets through. */
export function once(isMeant: (call: AwsCall) => boolean, failure: Failure): FaultPlan {
  let left = 1;
  return (call) => (left > 0 && isMeant(call) && left-- > 0 ? failure : undefined);
}

/** Fails every call to which the test says yes. */
export function always(isMeant: (call: AwsCall) => boolean, failure: Failure): FaultPlan {
  return (call) => (isMeant(call) ? failure : undefined);
}

/** The same call sent once more has the same name: its service, operation and input. */
export function nameOfCall({ service, action, input }: AwsCall): string {
  return `${service} ${action} ${JSON.stringify(input)}`;
}
