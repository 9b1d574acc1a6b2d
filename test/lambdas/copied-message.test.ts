import { expect, test } from 'vitest';
import { plainSnippet, storedSnippet } from '../../lambdas/copied-message.ts';

test.each([
  ['Tom &amp; Ann&#39;s &lt;b&gt;', "Tom & Ann's <b>"],
  ['&quot;a&quot; &#x27;b&#X27; &#128512;', '"a" \'b\' 😀'],
  ['&amp;lt; &amp;amp;', '&lt; &amp;'],
  ['a & b; &unknown; &#1114112; &#xd800;', 'a & b; &unknown; &#1114112; &#xd800;'],
])('the snippet %s is decoded once: %s', (html, text) => {
  expect(plainSnippet(html)).toBe(text);
  expect(plainSnippet(storedSnippet(text))).toBe(text);
});
