import { expect, test } from 'vitest';
import { Problem } from '../../../lambdas/errors.ts';
import { code, consentJourney } from '../../support/consent-journey.ts';
import { recordingMetrics } from '../../support/doubles/recording-metrics.ts';
import { exchangedCode } from '../../support/doubles/scripted-exchange.ts';

function countedJourney(options: Parameters<typeof consentJourney>[0] = {}) {
  const { metrics, told } = recordingMetrics();
  return { journey: consentJourney({ ...options, metrics }), told };
}

test('a consent whose grant is stored is counted once', async () => {
  const { journey, told } = countedJourney();
  expect((await journey.consent()).status).toBe(303);
  expect(told).toEqual(['Consents stored 1']);
});

test('one that a person declines is counted as denied', async () => {
  const { journey, told } = countedJourney();
  const { state, browser } = await journey.begin();
  await journey.callback({ state, error: 'access_denied' }, { cookies: browser });
  expect(told).toEqual(['Consents access_denied 1']);
});

test('one whose code Google refuses is counted by its problem, and the problem is answered as ever', async () => {
  const { journey, told } = countedJourney();
  journey.google.answer = () => Promise.reject(new Problem('code_exchange_failed'));
  expect((await journey.consent()).status).toBe(400);
  expect(told).toEqual(['Consents code_exchange_failed 1']);
});

test('one that brings too little, a forged state and a program’s bad request are counted by their problems', async () => {
  const { journey, told } = countedJourney();
  journey.google.answer = async () => exchangedCode({ scopes: ['openid'] });
  await journey.consent();
  await journey.callback({ state: 'nobody-s', code });
  await journey.postCode({});
  expect(told).toEqual([
    'Consents insufficient_scope 1',
    'Consents invalid_state 1',
    'Consents invalid_request 1',
  ]);
});

test('one that is stored, but not told of, is no success', async () => {
  const down = () => Promise.reject(new Problem('storage_unavailable'));
  const { journey, told } = countedJourney({ connected: down });
  await journey.consent();
  expect(told).toEqual(['Consents storage_unavailable 1']);
});

test('what nobody foresaw is counted as such, without its words', async () => {
  const { journey, told } = countedJourney();
  journey.google.answer = () => Promise.reject(new TypeError('canary'));
  expect((await journey.consent()).status).toBe(500);
  expect(told).toEqual(['Consents internal_error 1']);
});
