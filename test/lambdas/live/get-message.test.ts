import { describe, expect, test } from 'vitest';
import { Problem } from '../../../lambdas/errors.ts';
import { jsonOf } from '../../support/api-event.ts';
import { liveSite } from '../../support/live-site.ts';

describe('a message', () => {
  test('is given as Gmail gives it, in full unless asked otherwise', async () => {
    const { get, mailbox } = await liveSite();
    const message = {
      id: '18c',
      threadId: '18b',
      payload: { headers: [{ name: 'Subject', value: 'Grüße' }] },
    };
    mailbox.get = async () => message;
    const answer = await get('18c');
    expect(answer.status).toBe(200);
    expect(jsonOf(answer)).toEqual(message);
    expect(mailbox.gets).toEqual([['18c', 'full']]);
  });

  test.each(['full', 'metadata', 'minimal', 'raw'])('can be asked for as %s', async (format) => {
    const { get, mailbox } = await liveSite();
    await get('18c', `format=${format}`);
    expect(mailbox.gets).toEqual([['18c', format]]);
  });

  test.each([
    ['18c', 'format=pdf', 'Query parameters: format must be one of full, metadata, minimal, raw.'],
    ['18c', 'format=raw&format=full', 'Query parameters: format may be given only once.'],
    ['18c', 'fields=id', 'Query parameters: fields is not known; known is format.'],
    ['..%2Flabels', '', 'A message ID consists of letters and digits.'],
    ['a/b', '', 'A message ID consists of letters and digits.'],
    ['a?b', '', 'A message ID consists of letters and digits.'],
    ['', '', 'A message ID consists of letters and digits.'],
    ['a'.repeat(65), '', 'A message ID consists of letters and digits.'],
  ])('is not asked for by %j with %j', async (id, query, detail) => {
    const { get, mailbox } = await liveSite();
    expect(jsonOf(await get(id, query))).toMatchObject({ status: 400, code: 'invalid_request', detail });
    expect(mailbox.gets).toEqual([]);
  });

  test.each(['not_found', 'message_too_large', 'domain_policy'] as const)('may end in %s', async (code) => {
    const { get, mailbox } = await liveSite();
    mailbox.get = () => Promise.reject(new Problem(code));
    expect(jsonOf(await get('18c'))).toMatchObject({ code });
  });
});
