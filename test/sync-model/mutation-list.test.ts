import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { mutations } from './mutation-list.ts';

const sync = new URL('../../lambdas/sync/', import.meta.url);

test.each(mutations)('the text of “$name” is in $file, once', ({ file, search, replacement }) => {
  const source = readFileSync(new URL(file, sync), 'utf8');
  expect(source.split(search)).toHaveLength(2);
  expect(replacement).not.toBe(search);
});
