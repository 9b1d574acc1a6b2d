import * as v from 'valibot';

/**
 * The schema of a page of a list. Gmail omits an empty list, so the list may be missing, but then the page must have no
 * unknown fields. Otherwise an error or another server's answer would pass for an empty page, and the mailbox would
 * seem empty.
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
