/**
 * Every way to change one attribute of a row, or to leave it out, under the same key; and the row with an attribute
 * more.
 *
 * @param free the attributes that may be changed
 */
export function forgeriesOf(
  row: Readonly<Record<string, unknown>>,
  free: readonly string[] = [],
): Record<string, unknown>[] {
  const changed = Object.keys(row).filter((name) => name !== 'id' && !free.includes(name));
  return [
    { ...row, more: true },
    ...changed.flatMap((name) => {
      const { [name]: value, ...less } = row;
      return [less, { ...less, [name]: altered(value) }];
    }),
  ];
}

function altered(value: unknown): unknown {
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'boolean') return !value;
  if (value instanceof Uint8Array) return Uint8Array.from([...value, 1]);
  if (Array.isArray(value)) return [...value, 'more'];
  if (typeof value === 'object' && value !== null)
    return { ...value, owner: 'another', handsOver: 'another' };
  return `${value}1`;
}
