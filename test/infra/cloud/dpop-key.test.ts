import { expect, it } from 'vitest';
import { functionNames } from '../../../infra/routes.ts';
import { resourcesOf, type Synthesis, synthesise } from '../../support/cloud.ts';
import { statementsOf } from '../../support/rights.ts';

const off = synthesise();
const on = synthesise({ context: { dpop: 'on' } });

const keysOf = ({ data }: Synthesis) =>
  Object.values(resourcesOf(data, 'AWS::KMS::Key')).filter(
    ({ Properties }) => Properties['KeySpec'] === 'ECC_NIST_P256',
  );

it('is there only where the option is on, signs by ES256, and is kept', () => {
  expect(JSON.stringify([off.data, off.service])).not.toMatch(/dpop/i);
  expect(keysOf(off)).toEqual([]);
  const [key, ...others] = keysOf(on);
  expect(others).toEqual([]);
  expect(key).toMatchObject({
    DeletionPolicy: 'Retain',
    UpdateReplacePolicy: 'Retain',
    Properties: { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' },
  });
  expect(key?.Properties).not.toHaveProperty('MultiRegion');
  const [replicated] = keysOf(synthesise({ context: { dpop: 'on', multiRegionKey: 'on' } }));
  expect(replicated?.Properties).toMatchObject({ MultiRegion: true });
});

it('lets only the functions sign, and the role for emergencies replicate it', () => {
  const arn = 'arn:aws:iam::123456789012:role/break-glass';
  const policyOf = (context: Record<string, string>) =>
    JSON.stringify(keysOf(synthesise({ context: { dpop: 'on', ...context } }))[0]?.Properties['KeyPolicy']);
  const usual = policyOf({});
  expect(usual).not.toMatch(/kms:\*|CreateGrant|ReplicateKey|DeriveSharedSecret/);
  const { Statement: statements } = JSON.parse(usual);
  const signing = statements.filter(({ Action }: { Action: string[] }) =>
    [Action].flat().includes('kms:Sign'),
  );
  expect(signing).toEqual([
    expect.objectContaining({
      Action: 'kms:Sign',
      Condition: {
        StringEquals: { 'kms:SigningAlgorithm': 'ECDSA_SHA_256', 'kms:MessageType': 'RAW' },
        ArnLike: { 'aws:PrincipalArn': expect.anything() },
      },
    }),
  ]);
  expect(JSON.stringify(signing)).toContain(':role/gmail-offline-access-*');
  expect(policyOf({ breakGlassRoleArn: arn })).toContain('kms:ReplicateKey');
});

const proving = [
  ...['auth-callback', 'auth-code', 'access-token'],
  ...['messages-list', 'message-get', 'labels-list', 'sync-mailbox'],
];

it.each(functionNames)(
  'gives %s the rights of before, and where it exchanges or refreshes, those to prove',
  (name) => {
    const proofs = [
      {
        actions: ['kms:Sign'],
        resource: 'key',
        conditions: {
          StringEquals: { 'kms:SigningAlgorithm': 'ECDSA_SHA_256', 'kms:MessageType': 'RAW' },
        },
      },
      { actions: ['kms:GetPublicKey'], resource: 'key', conditions: {} },
    ];
    const before = new Set(statementsOf(off, name).map((statement) => JSON.stringify(statement)));
    const added = statementsOf(on, name).filter((statement) => !before.has(JSON.stringify(statement)));
    expect(added).toEqual(proving.includes(name) ? proofs : []);
    expect(statementsOf(on, name)).toHaveLength(before.size + added.length);
  },
);
