/** A price as AWS lists it. */
export interface Price {
  /** Dollars for one unit. */
  readonly dollars: number;
  readonly unit: string;
  /** Where it was looked up; `remembered` where it could not be. */
  readonly source: string;
}

const million = 1_000_000;

/** When the prices were looked up, and where they hold. Free tiers are left out. */
export const priced = { date: '2026-11-22', region: 'us-east-1' } as const;

/** Everything that is paid for. */
export const prices = {
  key: { dollars: 1, unit: 'key and month', source: 'aws.amazon.com/kms/pricing' },
  keyCall: { dollars: 0.03 / 10_000, unit: 'call', source: 'aws.amazon.com/kms/pricing' },
  secret: { dollars: 0.4, unit: 'secret and month', source: 'aws.amazon.com/secrets-manager/pricing' },
  secretRead: { dollars: 0.05 / 10_000, unit: 'call', source: 'aws.amazon.com/secrets-manager/pricing' },
  alarm: { dollars: 0.1, unit: 'metric of an alarm and month', source: 'aws.amazon.com/cloudwatch/pricing' },
  metric: {
    dollars: 0.3,
    unit: 'metric and month, by the hour',
    source: 'aws.amazon.com/cloudwatch/pricing',
  },
  dashboard: { dollars: 3, unit: 'dashboard and month', source: 'aws.amazon.com/cloudwatch/pricing' },
  log: { dollars: 0.5, unit: 'GB taken in', source: 'aws.amazon.com/cloudwatch/pricing' },
  logKept: { dollars: 0.03, unit: 'GB and month', source: 'remembered' },
  trace: { dollars: 5 / million, unit: 'trace', source: 'aws.amazon.com/xray/pricing' },
  invocation: { dollars: 0.2 / million, unit: 'call', source: 'aws.amazon.com/lambda/pricing' },
  gigabyteSecond: {
    dollars: 0.0000133334,
    unit: 'GB-second, arm64',
    source: 'aws.amazon.com/lambda/pricing',
  },
  request: { dollars: 1 / million, unit: 'request', source: 'aws.amazon.com/api-gateway/pricing' },
  transfer: { dollars: 0.09, unit: 'GB sent to the internet', source: 'remembered' },
  read: { dollars: 0.125 / million, unit: 'read unit', source: 'aws.amazon.com/dynamodb/pricing/on-demand' },
  write: {
    dollars: 0.625 / million,
    unit: 'write unit',
    source: 'aws.amazon.com/dynamodb/pricing/on-demand',
  },
  storage: { dollars: 0.25, unit: 'GB and month', source: 'aws.amazon.com/dynamodb/pricing' },
  backup: { dollars: 0.2, unit: 'GB and month', source: 'remembered' },
  queueCall: { dollars: 0.5 / million, unit: 'call, FIFO', source: 'aws.amazon.com/sqs/pricing' },
  start: { dollars: 1 / million, unit: 'start by a schedule', source: 'aws.amazon.com/eventbridge/pricing' },
  event: { dollars: 1 / million, unit: 'event of up to 64 KB', source: 'aws.amazon.com/eventbridge/pricing' },
} as const satisfies Record<string, Price>;
