import { Problem } from '../errors.ts';

/** Longer ones would not fit a redirect: API Gateway takes 10,240 bytes of request line and headers together. */
const longest = 2_048;

/**
 * Takes only a path of this site, so that no link can send a person elsewhere after the consent. The path is
 * read as every server on the way might read it, percent code undone again and again.
 *
 * @returns The path with its query, in ASCII.
 * @throws Problem `invalid_request`.
 */
export function parseReturnTo(value: string): string {
  const [, path = '', rest = ''] = /^([^?#]*)(.*)$/s.exec(value) ?? [];
  const harmless = path.startsWith('/') && isPlainPath(path) && !hasTricks(undoPercentCode(rest));
  const url = harmless ? URL.parse(value, 'https://site.invalid') : null;
  const result = url === null ? '' : url.pathname + url.search + url.hash;
  if (result === '' || result.length > longest) {
    throw new Problem('invalid_request', {
      detail: 'return_to must be a path of this site, such as /messages?q=is:unread.',
    });
  }
  return result;
}

/** As parseReturnTo, for an address of our own choosing: what does not pass leads to the start page. */
export function returnToOrHome(value: string): string {
  try {
    return parseReturnTo(value);
  } catch (error) {
    if (error instanceof Problem) return '/';
    throw error;
  }
}

function isPlainPath(path: string): boolean {
  const plain = undoPercentCode(path);
  const segments = plain.split('/');
  return (
    !hasTricks(plain) &&
    !/[@?#%]/.test(plain) &&
    !plain.includes('//') &&
    !segments.includes('.') &&
    !segments.includes('..')
  );
}

/** Backslashes, which browsers read as slashes, and control characters, which browsers drop. */
function hasTricks(text: string): boolean {
  return /[\\\p{Cc}]/u.test(text);
}

function undoPercentCode(text: string): string {
  const undone = text.replace(/(?:%[0-9a-f]{2})+/gi, (bytes) =>
    Buffer.from(bytes.replaceAll('%', ''), 'hex').toString(),
  );
  return undone === text ? text : undoPercentCode(undone);
}
