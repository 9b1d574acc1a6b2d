import { EventBridgeClient, PutEventsCommand, type PutEventsResultEntry } from '@aws-sdk/client-eventbridge';
import type { EventBus } from '../changes/publish-changes.ts';
import { Problem } from '../errors.ts';
import { describeError, type Logger, log as processLog } from '../log.ts';
import { clientOptions, isConfigurationError } from './client-options.ts';

/** The `source` of every event, which a team's rules match. */
const source = 'gmail-offline-access';

/** Whether EventBridge refuses the event for its content, and so will never accept it. */
function isRefused(entry: PutEventsResultEntry | undefined): boolean {
  return entry?.ErrorCode === 'MalformedDetail';
}

/**
 * The event bus. An event counts as not published unless EventBridge confirmed it. It is then published again and may
 * arrive twice, which consumers must tolerate anyway. An event that EventBridge refuses for its content is logged and
 * skipped, because it would block the events after it.
 */
export function createEventBus(
  busName: string,
  {
    client = new EventBridgeClient(clientOptions),
    log = processLog,
  }: { client?: EventBridgeClient; log?: Logger } = {},
): EventBus {
  return {
    put: async (events) => {
      const command = new PutEventsCommand({
        Entries: events.map(({ detailType, detail, time }) => ({
          EventBusName: busName,
          Source: source,
          DetailType: detailType,
          Detail: detail,
          Time: new Date(time),
        })),
      });
      try {
        const { Entries: entries = [] } = await client.send(command);
        const refused = entries.find(isRefused);
        if (refused !== undefined) log.error({ event: 'event refused', errorCode: refused.ErrorCode });
        const failed = entries.find((entry) => entry.ErrorCode !== undefined && !isRefused(entry));
        if (failed !== undefined) log.warn({ event: 'events not taken', errorCode: failed.ErrorCode });
        return [...events.keys()].filter(
          (index) => entries[index]?.EventId === undefined && !isRefused(entries[index]),
        );
      } catch (error) {
        if (isConfigurationError(error)) throw new Problem('misconfigured', { cause: error });
        log.warn({ event: 'events not taken', ...describeError(error) });
        return [...events.keys()];
      }
    },
  };
}
