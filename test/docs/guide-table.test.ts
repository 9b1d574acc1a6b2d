import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isProblemCode } from '../../lambdas/errors.ts';
import { quoted, relativeLinks, tableRows } from './markdown.ts';

const lambdas = new URL('../../lambdas/', import.meta.url);
const rows = tableRows(readFileSync(new URL('README.md', lambdas), 'utf8'), 'guide', 'file', 'here');

describe('the table of Google’s guide', () => {
  it('has every function, exception and gap of the guide', () => {
    const names = rows.map(([name = '']) => quoted(name)[0] ?? name);
    expect([...new Set(names)]).toEqual([
      'get_stored_credentials',
      'store_credentials',
      'exchange_code',
      'get_user_info',
      'get_authorization_url',
      'get_credentials',
      'build_service',
      'ListMessages',
      'GetCredentialsException',
      'CodeExchangeException',
      'NoRefreshTokenException',
      'NoUserIdException',
      'TODO: store in the database',
      'TODO: retrieve from the database',
      'TODO: redirect the user on 401',
    ]);
  });

  it.each(rows)('says rightly where %s is', async (_, file = '', here = '') => {
    const [path = ''] = relativeLinks(file);
    const [name = ''] = quoted(here);
    if (here.startsWith('code ')) {
      expect(path).toBe('errors.ts');
      expect(isProblemCode(name)).toBe(true);
    } else {
      expect(Object.keys(await import(new URL(path, lambdas).href))).toContain(name);
    }
  });
});
