import type { IndexShape, TableShape } from '../../../infra/tables.ts';
import { sizeOf, type WireItem } from './item-size.ts';

const kilobyte = 1024;

/** Write units of an item of this size: each beginning kilobyte is one. */
export function writeUnits(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / kilobyte));
}

/** Read units of what one call read together: each beginning four kilobytes are one, and half where it may be old. */
export function readUnits(bytes: number, consistent: boolean): number {
  return Math.max(1, Math.ceil(bytes / (4 * kilobyte))) * (consistent ? 1 : 0.5);
}

/**
 * Write units of a change of one item, its indexes included: the larger of what was and what is; in an index, one
 * entry more, one less, both where its key changed, none where it shows nothing of the change (DynamoDB Developer
 * Guide, "Provisioned throughput considerations for global secondary indexes").
 */
export function unitsOfChange(
  shape: TableShape,
  before: WireItem | undefined,
  after: WireItem | undefined,
): number {
  const table = writeUnits(
    Math.max(before === undefined ? 0 : sizeOf(before), after === undefined ? 0 : sizeOf(after)),
  );
  const indexes = Object.values(shape.indexes).map((index) =>
    unitsOfEntry(entryOf(shape, index, before), entryOf(shape, index, after), keysOf(index)),
  );
  return table + indexes.reduce((sum, units) => sum + units, 0);
}

function unitsOfEntry(
  before: WireItem | undefined,
  after: WireItem | undefined,
  keys: readonly string[],
): number {
  if (before === undefined && after === undefined) return 0;
  if (before === undefined || after === undefined) return writeUnits(sizeOf(before ?? after ?? {}));
  const isMoved = keys.some((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]));
  if (isMoved) return writeUnits(sizeOf(before)) + writeUnits(sizeOf(after));
  if (JSON.stringify(sorted(before)) === JSON.stringify(sorted(after))) return 0;
  return writeUnits(Math.max(sizeOf(before), sizeOf(after)));
}

const sorted = (item: WireItem) => Object.entries(item).sort(([one], [other]) => (one < other ? -1 : 1));

const keysOf = ({ partitionKey, sortKey }: Pick<IndexShape, 'partitionKey' | 'sortKey'>) =>
  sortKey === undefined ? [partitionKey] : [partitionKey, sortKey.name];

/** What the index holds of the item: nothing where it lacks a key of the index. */
function entryOf(table: TableShape, index: IndexShape, item: WireItem | undefined): WireItem | undefined {
  const keys = keysOf(index);
  if (item === undefined || keys.some((key) => item[key] === undefined)) return undefined;
  if (index.projection === 'all') return item;
  const shown = [...keys, ...keysOf(table), ...(index.projection === 'keys' ? [] : index.projection)];
  return Object.fromEntries(Object.entries(item).filter(([name]) => shown.includes(name)));
}

/** The attributes that name an item of the table. */
export function keyOf(shape: TableShape, item: WireItem): WireItem {
  return Object.fromEntries(Object.entries(item).filter(([name]) => keysOf(shape).includes(name)));
}
