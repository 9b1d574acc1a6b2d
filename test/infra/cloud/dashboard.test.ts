import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { functionNames } from '../../../infra/routes.ts';
import { Problem } from '../../../lambdas/errors.ts';
import { createHandler } from '../../../lambdas/http/handler.ts';
import { ask } from '../../support/api-event.ts';
import { resourcesOf, synthesise } from '../../support/cloud.ts';
import { recordingLog } from '../../support/doubles/recording-log.ts';
import { isWritten } from '../../support/written-metrics.ts';

const synthesis = synthesise();
const [dashboard, ..._others] = Object.values(resourcesOf(synthesis.service, 'AWS::CloudWatch::Dashboard'));

const widgetSchema = v.object({
  type: v.string(),
  x: v.number(),
  width: v.number(),
  properties: v.object({
    title: v.optional(v.string()),
    markdown: v.optional(v.string()),
    query: v.optional(v.string()),
    alarms: v.optional(v.array(v.string())),
    metrics: v.optional(v.array(v.array(v.unknown())), []),
  }),
});
const bodySchema = v.pipe(v.string(), v.parseJson(), v.object({ widgets: v.array(widgetSchema) }));
const { widgets } = v.parse(bodySchema, textOf(dashboard?.Properties['DashboardBody']));
const text = JSON.stringify(widgets);
const expressions = widgets
  .flatMap(({ properties }) => properties.metrics)
  .map(([first]) => v.parse(v.fallback(v.object({ expression: v.string() }), { expression: '' }), first))
  .flatMap(({ expression }) => (expression.includes('SEARCH(') ? [expression] : []));
const titles = widgets.flatMap(({ properties: { title } }) => title ?? []);

describe('the dashboard', () => {
  it('begins with every alarm, and where to read what to do', () => {
    const [first, second] = widgets;
    expect(first?.properties.markdown).toContain('infra/tools/README.md#when-an-alarm-is-raised');
    expect(second?.type).toBe('alarm');
    const all = Object.keys(resourcesOf(synthesis.service, 'AWS::CloudWatch::Alarm'));
    expect(second?.properties.alarms?.toSorted()).toEqual(all.map((id) => `<${id}.Arn>`).toSorted());
  });

  it('quotes in every search the namespaces that hold more than letters, digits and slashes', () => {
    const namespaces = expressions.flatMap((expression) => expression.match(/\{([^,}]*)/)?.[1] ?? []);
    expect(namespaces.length).toBeGreaterThan(4);
    for (const namespace of namespaces) expect(namespace).toMatch(/^([A-Za-z0-9/]+|"[^"]+")$/);
  });

  it('finds in the logs of every function what KMS, DynamoDB or the queue throttled', async () => {
    const { query = '' } =
      widgets.find(({ properties }) => properties.query?.includes('like /'))?.properties ?? {};
    const [, pattern = 'none'] = query.match(/filter message\.errorName like \/(.*?)\/\n/) ?? [];
    const said = async (name: string) => {
      const log = recordingLog();
      const refused = Object.assign(new Error('Rate exceeded'), { name });
      const route = async () => {
        throw new Problem('vault_unavailable', { cause: refused });
      };
      await ask(createHandler(route, { origin: 'https://mail.example.com', log }), 'GET /messages');
      return log.lines[0]?.errorName;
    };
    for (const name of [
      'ThrottlingException',
      'ProvisionedThroughputExceededException',
      'RequestThrottled',
    ]) {
      expect(await said(name)).toMatch(new RegExp(pattern));
    }
    expect(await said('AccessDeniedException')).not.toMatch(new RegExp(pattern));
    for (const name of functionNames) expect(query).toContain(`<${logGroupOf(name)}>`);
  });

  it('draws own figures that a function writes, and no others', () => {
    const own = widgets
      .flatMap(({ properties }) => properties.metrics)
      .flatMap(([namespace, name]) => (namespace === 'gmail-offline-access' ? String(name) : []));
    expect(own.length).toBeGreaterThan(8);
    for (const name of own) expect(isWritten(name), name).toBe(true);
    for (const name of ['Consents', 'Refreshes']) expect(isWritten(name), name).toBe(true);
  });

  it('names the metrics of the stage alone, and no account of anybody', () => {
    expect(text).not.toContain('accountId');
    const own = widgets
      .flatMap(({ properties }) => properties.metrics)
      .filter(([namespace]) => namespace === 'gmail-offline-access');
    expect(own.length).toBeGreaterThan(8);
    for (const metric of own) expect(metric.slice(2, 4)).toEqual(['Stage', 'prod']);
  });

  it('stays under the 50 metrics that cost nothing, with what its searches find', () => {
    const named = widgets
      .flatMap(({ properties }) => properties.metrics)
      .filter(([first]) => typeof first === 'string' && first !== '...')
      .map((metric) => JSON.stringify(metric.filter((part) => typeof part === 'string')));
    const searched = { consumedUnits: 12, calls: 2, outcomes: 8 };
    const found = Object.values(searched).reduce((all, one) => all + one, 0);
    expect(new Set(named).size + found).toBeLessThanOrEqual(50);
  });

  it('has nothing beside the grid, and no title twice', () => {
    for (const { x, width } of widgets) expect(x + width).toBeLessThanOrEqual(24);
    expect(new Set(titles).size).toBe(titles.length);
  });

  it('draws the day’s limit only where there is one', () => {
    expect(bodyOf({ quotaProfile: '2026' })).toContain('the day’s limit');
    expect(bodyOf({ quotaProfile: 'legacy' })).not.toContain('the day’s limit');
  });
});

function bodyOf(context: Readonly<Record<string, unknown>>): string {
  const found = resourcesOf(synthesise({ context }).service, 'AWS::CloudWatch::Dashboard');
  return Object.values(found)
    .map(({ Properties }) => textOf(Properties['DashboardBody']))
    .join();
}

/** The logical ID of a function's log group. */
function logGroupOf(name: string): string {
  const groups = Object.entries(resourcesOf(synthesis.service, 'AWS::Logs::LogGroup'));
  return (
    groups.find(
      ([, { Properties }]) => Properties['LogGroupName'] === `/gmail-offline-access/prod/${name}`,
    )?.[0] ?? 'none'
  );
}

/** A text of a template, with what only the deployment knows as `<id>` or `<id.attribute>`. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const join = v.safeParse(v.object({ 'Fn::Join': v.tuple([v.string(), v.array(v.unknown())]) }), value);
  if (join.success) {
    const [separator, parts] = join.output['Fn::Join'];
    return parts.map(textOf).join(separator);
  }
  const ref = v.safeParse(v.object({ Ref: v.string() }), value);
  if (ref.success) return `<${ref.output.Ref}>`;
  const attribute = v.safeParse(v.object({ 'Fn::GetAtt': v.array(v.string()) }), value);
  if (attribute.success) return `<${attribute.output['Fn::GetAtt'].join('.')}>`;
  return '<elsewhere>';
}
