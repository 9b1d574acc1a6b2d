import { assumptions } from './assumptions.ts';
import { type Bill, billOf, billOfCopy, items, total } from './bill.ts';
import { type Counted, kinds } from './counts.ts';
import { priced, prices } from './prices.ts';

const sizes = [1, 1_000, 100_000];

/** The cost report as Markdown: totals by number and activity of mailboxes, costs by item, and the assumptions. */
export function costReport(counted: Counted): string {
  return [showTotals(counted), showItems(counted), showAssumptions(counted)].join('\n\n');
}

function showTotals(counted: Counted): string {
  const idle = total(billOf(counted, 'quiet', 0));
  return table([
    ['$ a month', ...kinds],
    ['none (idle)', ...kinds.map(() => dollars(idle))],
    ...sizes.map((mailboxes) => [
      `${count(mailboxes)} ${mailboxes === 1 ? 'mailbox' : 'mailboxes'}`,
      ...kinds.map((kind) => dollars(total(billOf(counted, kind, mailboxes)))),
    ]),
    ['each of 1,000 mailboxes', ...kinds.map((kind) => fine(eachOf(counted, kind, 1_000, total)))],
    ['each of 100,000 mailboxes', ...kinds.map((kind) => fine(eachOf(counted, kind, 100_000, total)))],
  ]);
}

function eachOf(
  counted: Counted,
  kind: (typeof kinds)[number],
  mailboxes: number,
  of: (bill: Bill) => number,
): number {
  return (of(billOf(counted, kind, mailboxes)) - of(billOf(counted, kind, 0))) / mailboxes;
}

function showItems(counted: Counted): string {
  const idle = billOf(counted, 'quiet', 0);
  const copy = billOfCopy(counted, 1_000);
  const row = (name: string, of: (bill: Bill) => number) => [
    name,
    fine(of(idle)),
    ...kinds.map((kind) => fine(eachOf(counted, kind, 1_000, of))),
    fine(of(copy)),
  ];
  return table([
    ['$ for', 'idle, a month', ...kinds.map((kind) => `${kind}, a month`), '1,000 messages copied, once'],
    ...items.map((item) => row(item, (bill) => bill[item])),
    row('total', total),
  ]);
}

function showAssumptions({ at, days, templates }: Counted): string {
  const { wait, work, cold, pollers, jobs, traced, holds, log, metrics, comparisons } = assumptions;
  const remembered = Object.entries(prices).flatMap(([name, { source }]) =>
    source === 'remembered' ? [name] : [],
  );
  const lines = [
    `Counted on ${at}, with the prices of ${priced.date} in ${priced.region}. Taxes and free tiers are not included, except the free dashboards. Prices from memory: ${remembered.join(', ')}.`,
    ...kinds.map((kind) => `${kind}: ${days[kind].described}; it holds ${count(holds[kind])} messages.`),
    '100,000 usual or busy mailboxes need more quota units than Google’s 80,000,000 a day.',
    `The token key costs $1 a month more after each of its first two yearly rotations.`,
    `A month has ${assumptions.days} days. Each mailbox is compared with its copy ${fine(comparisons)} times in it.`,
    `Latency: a Gmail call ${wait.gmail} s, a batch of 25 messages ${wait.gmailBatch} s, an AWS call ${wait.aws} s. Each invocation also computes for ${work} s. The dispatcher makes up to 16 calls at a time, the publisher 4.`,
    `One request in ${Math.round(1 / cold.share)} is a cold start of ${cold.seconds} s.`,
    `Lambda keeps ${pollers.count} pollers at the queue, each of which asks every ${pollers.seconds} s.`,
    `A worker runs up to ${jobs.atATime} jobs at a time (ten are allowed): the jobs due in a minute by the number of pollers. Their waiting times overlap. The jobs of a tick are done within ${jobs.seconds} s.`,
    `Each call logs ${log.call} bytes beside the lines of ours that were counted.`,
    `X-Ray records one call a second of each of the ${templates.traced.length} functions that are traced, and ${traced * 100} % of the others.`,
    `Alarms use ${templates.alarms} metrics. Dashboards: ${templates.dashboards}; ${assumptions.freeDashboards} are free in each account. ${metrics.always.length} metrics are written every minute, ${metrics.inUse.length} more if any mailbox is connected, and ${metrics.daily.length} once a day.`,
  ];
  return lines.map((line) => `- ${line}`).join('\n');
}

function table([head = [], ...rows]: string[][]): string {
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((cells) => (cells[column] ?? '').length)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(head), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rows.map(line)].join(
    '\n',
  );
}

const count = (number: number) => number.toLocaleString('en');
const dollars = (amount: number) =>
  amount.toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const fine = (amount: number) =>
  amount === 0
    ? '0'
    : amount >= 1
      ? dollars(amount)
      : amount.toPrecision(2).replace(/^(\d(?:\.\d+)?)e-.*$/, '0.00');
