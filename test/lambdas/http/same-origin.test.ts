import { expect, test } from 'vitest';
import { readRequest } from '../../../lambdas/http/request.ts';
import { requireSameOrigin } from '../../../lambdas/http/same-origin.ts';
import { apiEvent } from '../../support/api-event.ts';

const ours = 'https://mail.example.com';

const fetchSites = [
  undefined,
  'same-origin',
  'same-site',
  'cross-site',
  'none',
  '',
  'SAME-ORIGIN',
  'same-origin, x',
];
const origins = [
  undefined,
  ours,
  'https://evil.example',
  'null',
  'http://mail.example.com',
  'https://mail.example.com:444',
  'https://mail.example.com/',
  'https://MAIL.example.com',
  '',
];

const combinations = fetchSites.flatMap((fetchSite) => origins.map((origin) => ({ fetchSite, origin })));

/** `Sec-Fetch-Site` decides where it is present, `Origin` only where it is not. */
const allowed = combinations.filter(
  ({ fetchSite, origin }) => fetchSite === 'same-origin' || (fetchSite === undefined && origin === ours),
);

test.each(combinations)('Sec-Fetch-Site $fetchSite with Origin $origin', ({ fetchSite, origin }) => {
  const headers = {
    ...(fetchSite !== undefined && { 'sec-fetch-site': fetchSite }),
    ...(origin !== undefined && { origin }),
  };
  const check = () => requireSameOrigin(readRequest(apiEvent('DELETE /mailbox', { headers })), ours);
  const expected = allowed.some((one) => one.fetchSite === fetchSite && one.origin === origin);
  if (expected) expect(check).not.toThrow();
  else expect(check).toThrow(expect.objectContaining({ code: 'cross_site' }));
});
