import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { describeApi } from '../../infra/description/describe.ts';
import { withDescription } from '../../infra/description/markdown-file.ts';
import { markdownPage } from '../../infra/description/markdown-page.ts';
import { generated } from '../../infra/description/write-markdown.ts';

const document = describeApi();
const page = markdownPage(document);

/** The text of a section, from its heading to the next. */
function sectionOf(heading: string): string {
  const start = page.indexOf(`### ${heading}\n`);
  if (start === -1) throw new Error(`No section is headed ${heading}.`);
  const end = page.indexOf('\n#', start + 1);
  return page.slice(start, end);
}

it.each(Object.entries(generated()))('npm run docs writes what %s has between its marks', (path, texts) => {
  const file = readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
  expect(file === withDescription(file, ...texts), 'npm run docs writes it anew').toBe(true);
});

describe('the page of the API', () => {
  it('cannot be written into a document without marks', () => {
    expect(() => withDescription('# The API\n', page)).toThrow('marks');
  });

  it('leaves the fields of answers to /docs, and describes a repeated parameter once', () => {
    expect(sectionOf('`GET /mailbox`')).toContain('**200** `MailboxStatus`.');
    expect(sectionOf('`GET /auth/login`')).toContain('- As above: `login_hint`, `return_to`');
    expect(page.match(/^- `code_challenge_method`/gm)).toHaveLength(1);
  });

  it('says what a parameter takes, and whether it may be left out', () => {
    const section = sectionOf('`GET /messages` and `GET /accounts/{accountId}/messages`');
    expect(section).toContain('- `maxResults` (integer from 1 to 500, optional)');
    expect(section).toContain('- `view` (`ids` or `summary`, default `ids`)');
    expect(section).not.toContain('- `owner`');
  });

  it('names the problems that only one of two like routes has', () => {
    const section = sectionOf('`POST /mailbox/sync` and `POST /accounts/{accountId}/sync`');
    expect(section).toContain('`POST /mailbox/sync` also `login_required`, `cross_site`');
    expect(section).toContain('`POST /accounts/{accountId}/sync` also `not_found`');
  });

  it('says of each field of a body what it means', () => {
    const section = sectionOf('`POST /accounts/connect-links`');
    expect(section).toContain('- `owner` The owner of the mailbox.');
    expect(section).toContain('- `expiresInSeconds` (integer from 60 to 604800, default `86400`)');
  });
});
