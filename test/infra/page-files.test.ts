import { expect, it } from 'vitest';
import { buildPageFiles } from '../../infra/page-files.ts';
import { htmlPage } from '../../lambdas/http/html.ts';
import { mailPage } from '../../lambdas/page/home-views.ts';

const grant = {
  accountId: 'account-1',
  generation: 'generation-1',
  status: 'active',
  email: 'ann@example.com',
  scopes: [],
  connectedAt: 0,
} as const;

it('page, style sheet and script together are small, before compression', async () => {
  const { PAGE_SCRIPT: script, PAGE_STYLE: style } = await buildPageFiles();
  const page = htmlPage('Mail', mailPage({ grant, status: 'active', login: '/auth/login', words: [] }));
  expect(script).not.toBe('');
  expect(style).not.toBe('');
  expect(Buffer.byteLength(page + style + script)).toBeLessThan(60_000);
});

it('the same sources make the same files, which load nothing more', async () => {
  const files = await buildPageFiles();
  expect(await buildPageFiles()).toEqual(files);
  expect(files.PAGE_STYLE).not.toMatch(/@import|url\(/);
  expect(files.PAGE_SCRIPT).not.toMatch(/\bimport\s*\(|\beval\(|new Function/);
});
