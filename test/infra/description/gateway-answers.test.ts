import { expect, it } from 'vitest';
import { describeApi } from '../../../infra/description/describe.ts';

it('every route may be answered by API Gateway that there are too many requests', () => {
  const operations = Object.values(describeApi().paths).flatMap((methods) => Object.values(methods));
  const silent = operations.filter(
    ({ responses }) => !JSON.stringify(responses['429'] ?? '').includes('GatewayMessage'),
  );
  expect(silent.map(({ operationId }) => operationId)).toEqual([]);
});
