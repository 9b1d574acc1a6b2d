import type { SiteAnswer } from './api-gateway.ts';
import type { AwsCall } from './aws/aws-call.ts';
import type { BusEvent } from './aws/eventbridge.ts';
import type { LogRecord } from './log-record.ts';
import type { LocalSettings } from './settings.ts';

/** How the local environment runs: the settings of `npm start`, and what tests need beside them. */
export interface LocalEnvironmentOptions extends LocalSettings {
  /** Where the site listens; 0 takes any free port. */
  readonly port: number;
  /** Where the local Google listens; 0 takes any free port. */
  readonly googlePort: number;
  /** Where everything lies that outlives a restart; made if it is missing. */
  readonly dataFolder: string;
  /** A folder of the functions' bundles; by default each is bundled when it is first called. */
  readonly bundles?: string | undefined;
  /** How long a function that has nothing to do is kept, in milliseconds; by default always. */
  readonly functionsIdle?: number;
  /** Whether schedules and queue start the sync; true unless a test drives it by hand. */
  readonly sync?: boolean;
  readonly onLog?: (record: LogRecord) => void;
  /** Told of every call to an embedded service before it is served; a promise that it returns holds the call back. */
  readonly onAwsCall?: (call: AwsCall) => void;
  /** Told of every answer on a route of the site. */
  readonly onAnswer?: (answer: SiteAnswer) => void;
  /** Told of every event that the embedded bus took. */
  readonly onEvent?: (event: BusEvent) => void;
}
