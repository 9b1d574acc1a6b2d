import { expect, test } from 'vitest';
import { eachEntry } from '../../../../infra/local/aws/batch-entries.ts';

test('a fault of the double itself is no answer of SQS about one entry', () => {
  const act = () => {
    throw new TypeError('a fault');
  };
  expect(() => eachEntry([{ Id: '0' }], undefined, act)).toThrow(TypeError);
});
