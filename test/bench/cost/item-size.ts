import * as v from 'valibot';

/** A value as DynamoDB's wire protocol writes it: one member, named by the type. */
export type WireValue = Readonly<Record<string, unknown>>;
export type WireItem = Readonly<Record<string, WireValue>>;

/** An item as the wire protocol writes it. */
export const wireItem = v.record(v.string(), v.record(v.string(), v.unknown()));

const list = v.array(v.record(v.string(), v.unknown()));

/** Bytes of an item: names and values (DynamoDB Developer Guide, "Item sizes and formats"). */
export function sizeOf(item: WireItem): number {
  return Object.entries(item).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + bytesOf(value),
    0,
  );
}

function bytesOf(value: WireValue): number {
  const [[type, content] = ['NULL', true]] = Object.entries(value);
  switch (type) {
    case 'S':
      return Buffer.byteLength(String(content));
    case 'N':
      return Math.ceil(String(content).replace(/[-.]/g, '').length / 2) + 1;
    case 'B':
      return Buffer.from(String(content), 'base64').length;
    case 'BOOL':
    case 'NULL':
      return 1;
    case 'L':
      return v.parse(list, content).reduce((sum, one) => sum + 1 + bytesOf(one), 3);
    case 'M':
      return Object.values(v.parse(wireItem, content)).length + 3 + sizeOf(v.parse(wireItem, content));
    default:
      throw new Error(`A value of type ${type} was not reckoned with.`);
  }
}
