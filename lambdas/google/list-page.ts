import * as v from 'valibot';

/**
 * A page of a list. Gmail leaves an empty list out, so a page may lack it; but then it holds nothing that we do not
 * know. An error or a stranger's answer is no empty page: a mailbox would seem empty that is not.
 *
 * @param list the name of the list
 */
export function listPage<Entries extends v.ObjectEntries>(list: string, entries: Entries) {
  const known = Object.keys(entries);
  const isPage = (value: unknown) =>
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    (Object.hasOwn(value, list) || Object.keys(value).every((name) => known.includes(name)));
  return v.pipe(v.unknown(), v.check(isPage, `is no page of ${list}`), v.object(entries));
}
