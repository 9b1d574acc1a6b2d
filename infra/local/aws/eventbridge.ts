import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { type AwsCall, account, arnOf, region } from './aws-call.ts';
import { type AwsDouble, startAwsDouble } from './aws-double.ts';
import { Faults, injectedMessage } from './faults.ts';
import { AwsError, createJsonService, parseRequest } from './json-service.ts';

/**
 * The limits of one call (Amazon EventBridge quotas; “Calculating PutEvents event entry size”). Most regions accept 1
 * MB since January 2026; this is the limit of the others.
 */
const mostEntries = 10;
const mostBytes = 262_144;

/** Events kept for inspection. */
const maxCached = 1_000;

/** An event, as EventBridge delivers it to a rule's target. */
export interface BusEvent {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  /** ISO 8601, to the second. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
}

/** A running event bus. */
export interface EventBridgeDouble extends AwsDouble {
  /** The latest accepted events, oldest first. */
  events(): readonly BusEvent[];
}

const putRequest = v.object({
  Entries: v.pipe(
    v.array(
      v.object({
        EventBusName: v.optional(v.string()),
        Source: v.optional(v.string()),
        DetailType: v.optional(v.string()),
        Detail: v.optional(v.string()),
        Resources: v.optional(v.array(v.string()), []),
        /** Epoch seconds, as the AWS JSON protocol writes times. */
        Time: v.optional(v.number()),
      }),
    ),
    v.minLength(1, 'Member must have length greater than or equal to 1'),
    v.maxLength(mostEntries, `Member must have length less than or equal to ${mostEntries}`),
  ),
});

type Entry = v.InferOutput<typeof putRequest>['Entries'][number];

const jsonObject = v.pipe(
  v.string(),
  v.parseJson(),
  v.check((value) => !Array.isArray(value)),
  v.record(v.string(), v.unknown()),
);

/**
 * A small Amazon EventBridge: accepts events for any bus, within the service's limits, and passes them to `onEvent`. It
 * stores nothing on disk, like a bus. If a fault names entries of a call, those fail and the others are accepted.
 */
export async function startEventBridge(
  options: { readonly onCall?: (call: AwsCall) => void; readonly onEvent?: (event: BusEvent) => void } = {},
): Promise<EventBridgeDouble> {
  const faults = new Faults();
  const remembered: BusEvent[] = [];

  function take(entry: Entry, detail: Record<string, unknown>): object {
    const event: BusEvent = {
      version: '0',
      id: randomUUID(),
      'detail-type': entry.DetailType ?? '',
      source: entry.Source ?? '',
      account,
      time: new Date((entry.Time ?? Date.now() / 1000) * 1000).toISOString().replace(/\.\d+Z$/, 'Z'),
      region,
      resources: entry.Resources,
      detail,
    };
    remembered.push(event);
    if (remembered.length > maxCached) remembered.shift();
    options.onEvent?.(event);
    return { EventId: event.id };
  }

  const server = createJsonService({
    DescribeEventBus(input) {
      const { Name = 'default' } = parseRequest(v.object({ Name: v.optional(v.string()) }), input);
      return { Name, Arn: arnOf('events', `event-bus/${Name}`) };
    },
    PutEvents(input) {
      const { Entries } = parseRequest(putRequest, input);
      if (Entries.reduce((sum, entry) => sum + sizeOf(entry), 0) >= mostBytes) {
        throw new AwsError(
          'ValidationException',
          'Total size of the entries in the request is over the limit.',
        );
      }
      const injected = faults.nextEntryError('PutEvents');
      const results = Entries.map((entry, position) => {
        if (injected?.entries.includes(position)) {
          return { ErrorCode: injected.error, ErrorMessage: injectedMessage };
        }
        const detail = v.safeParse(jsonObject, entry.Detail);
        return faultOf(entry, detail.success) ?? take(entry, detail.success ? detail.output : {});
      });
      return { FailedEntryCount: results.filter((result) => 'ErrorCode' in result).length, Entries: results };
    },
  });
  const double = await startAwsDouble(server, 'eventbridge', options.onCall, faults);
  return { ...double, events: () => [...remembered] };
}

/** Bytes of an entry, as EventBridge counts them. */
function sizeOf({ Time, Source = '', DetailType = '', Detail = '', Resources }: Entry): number {
  const texts = [Source, DetailType, Detail, ...Resources];
  return (Time === undefined ? 0 : 14) + texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}

/** Why an entry is refused although its call succeeds. */
function faultOf({ Source, DetailType, Detail }: Entry, isJson: boolean): object | undefined {
  const lacking = Object.entries({ Source, DetailType, Detail }).find(([, value]) => !value);
  if (lacking !== undefined) {
    const [name] = lacking;
    return {
      ErrorCode: 'InvalidArgument',
      ErrorMessage: `Parameter ${name} is not valid. Reason: ${name} is a required argument.`,
    };
  }
  if (Source?.startsWith('aws.')) {
    return {
      ErrorCode: 'NotAuthorizedForSourceException',
      ErrorMessage: `Not authorized for the source ${Source}.`,
    };
  }
  return isJson ? undefined : { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
}
