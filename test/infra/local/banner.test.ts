import { expect, test } from 'vitest';
import { banner } from '../../../infra/local/banner.ts';

const options = { port: 3000, googlePort: 3001, dataFolder: '/data' };
const environment = {
  origin: 'http://localhost:3000',
  google: { origin: 'http://127.0.0.1:3001', accounts: ['ada@example.com', 'grace@example.com'] },
  registeredRedirectUris: ['http://localhost:3000/auth/callback'],
  aws: { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } },
};

test('it says what to open, as whom to sign in and where data lies, and ends with the ready line', () => {
  const text = banner(environment, options);
  expect(text).toMatch(/open +http:\/\/localhost:3000\/$/m);
  expect(text).toMatch(/Google +a local one, at http:\/\/127\.0\.0\.1:3001$/m);
  expect(text).toContain('sign in as ada@example.com, grace@example.com');
  expect(text).toMatch(
    /AWS +DynamoDB embedded, KMS embedded, Secrets Manager embedded, SQS embedded, EventBridge embedded$/m,
  );
  expect(text).toMatch(/data +\/data$/m);
  expect(text).toMatch(/\nready http:\/\/localhost:3000$/);
});

test('with the real Google it names the redirect URI that must be registered', () => {
  const real = { ...environment, google: undefined };
  const text = banner(real, { ...options, clientSecretFile: '/secret.json' });
  expect(text).toMatch(/Google +the real one, with \/secret\.json$/m);
  expect(text).toContain("http://localhost:3000/auth/callback must stay among the client's redirect URIs");
  expect(text).not.toContain('WARNING');
});

test('with the real Google it warns when the file does not name the redirect URI', () => {
  const real = { ...environment, google: undefined, registeredRedirectUris: [] };
  const text = banner(real, { ...options, clientSecretFile: '/secret.json' });
  expect(text).toMatch(/WARNING: the file does not name http:\/\/localhost:3000\/auth\/callback: add it/);
});

test('another issuer, and services of one’s own, are named', () => {
  const text = banner(environment, {
    ...options,
    googleIssuer: 'http://127.0.0.1:4000',
    awsEndpoints: {
      kms: 'http://127.0.0.1:4566',
      sqs: 'http://127.0.0.1:4567',
      eventBridge: 'http://127.0.0.1:4568',
    },
  });
  expect(text).toContain('consent goes to http://127.0.0.1:4000');
  expect(text).toContain('KMS http://127.0.0.1:4566');
  expect(text).toContain('SQS http://127.0.0.1:4567');
  expect(text).toContain('EventBridge http://127.0.0.1:4568');
});

test('it says how often the sync looks, or that nothing is copied', () => {
  expect(banner(environment, options)).toMatch(/sync +a tick every 60 s$/m);
  expect(banner(environment, { ...options, syncIntervalSeconds: 1 })).toMatch(/sync +a tick every 1 s$/m);
  expect(banner(environment, { ...options, copy: 'off' })).toMatch(/sync +off: no mail is copied$/m);
});

test('it says how a backend signs its requests', () => {
  expect(banner(environment, options)).toMatch(
    /^ +backends sign for execute-api in us-east-1 with AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local$/m,
  );
});

test('it does not show credentials that were not made up here', () => {
  const credentials = { accessKeyId: 'AKIAREAL', secretAccessKey: 'canary', sessionToken: 'canary' };
  const text = banner({ ...environment, aws: { region: 'eu-west-1', credentials } }, options);
  expect(text).toContain('backends sign for execute-api in eu-west-1 with the AWS credentials of this shell');
  expect(text).not.toMatch(/canary|AKIAREAL/);
});
