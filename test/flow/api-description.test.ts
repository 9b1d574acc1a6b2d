import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Browser } from '../support/browser.ts';
import { type Site, startSite } from '../support/site.ts';

/** As it deploys: what is described is made when the bundles are. */
describe('the description of the API', () => {
  let site: Site;

  beforeAll(async () => {
    site = await startSite({ demoMessages: 3 });
  });
  afterAll(() => site.close());

  it('is served to programs', async () => {
    const response = await fetch(`${site.origin}/openapi.json`);
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'application/json; charset=utf-8',
    ]);
    expect(await response.json()).toMatchObject({
      openapi: '3.1.1',
      paths: { '/messages': { get: { operationId: 'listMessages' } } },
    });
    const etag = response.headers.get('etag') ?? '';
    const again = await fetch(`${site.origin}/openapi.json`, { headers: { 'if-none-match': etag } });
    expect(again.status).toBe(304);
  });

  it('is served to people, with its style sheet, and nothing else is loaded', async () => {
    const browser = new Browser();
    const page = await browser.open(`${site.origin}/docs`);
    expect(page.status).toBe(200);
    expect(page.text).toContain('<code>GET /messages/{id}</code>');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    const loaded = [
      ...page.text.matchAll(/<(?:link rel="stylesheet"|script|img)[^>]*(?:href|src)="([^"]+)"/g),
    ];
    expect(loaded.map(([, address]) => address)).toEqual([expect.stringMatching(/^\/docs\.css\?v=[\w-]+$/)]);
    const style = await browser.fetch(`${site.origin}${loaded[0]?.[1]}`);
    expect([style.status, style.headers.get('cache-control')]).toEqual([
      200,
      'public, max-age=31536000, immutable',
    ]);
  });

  it('stands beside the page that people use, and its files', async () => {
    const browser = new Browser();
    for (const path of ['/', '/page.js', '/page.css']) {
      expect((await browser.fetch(`${site.origin}${path}`)).status).toBe(200);
    }
  });
});
