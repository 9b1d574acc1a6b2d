type Value = string | number | boolean | undefined;

/**
 * Writes a query as `qs` does when told `arrayFormat: 'repeat'`, of parameters that are values or lists of values. All
 * of Gmail's are; `qs` itself goes into objects, and guards itself against circles in them.
 */
export function stringify(parameters: Readonly<Record<string, Value | readonly Value[]>>): string {
  return Object.entries(parameters)
    .flatMap(([name, value]) => [value].flat().map((one) => [name, one] as const))
    .flatMap(([name, value]) => (value === undefined ? [] : `${encode(name)}=${encode(value)}`))
    .join('&');
}

/** Percent code of everything but the unreserved characters (RFC 3986, 2.3). */
function encode(value: string | number | boolean): string {
  return encodeURIComponent(value).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
