import { expect, test } from 'vitest';
import { isAllowedCaller } from '../../../lambdas/http/allowed-origins.ts';
import { readRequest } from '../../../lambdas/http/request.ts';
import { apiEvent } from '../../support/api-event.ts';

const origins = {
  origin: 'https://mail.example.com',
  allowedReturnOrigins: ['https://app.example.com/signed-in', 'http://localhost:5173', 'com.example.app:'],
};

const allows = (headers: Record<string, string>) =>
  isAllowedCaller(readRequest(apiEvent('POST /auth/session', { headers })), origins);

test.each([
  ['a page of this site', { origin: 'https://mail.example.com', 'sec-fetch-site': 'same-origin' }],
  ['a page of this site that names no origin', { 'sec-fetch-site': 'same-origin' }],
  ['a page of an allowed origin', { origin: 'https://app.example.com', 'sec-fetch-site': 'cross-site' }],
  ['one on the same site', { origin: 'https://app.example.com', 'sec-fetch-site': 'same-site' }],
  ['one in an old browser', { origin: 'http://localhost:5173' }],
  ['a program that is no browser', {}],
])('%s may call', (_, headers) => {
  expect(allows(headers)).toBe(true);
});

test.each([
  ['another origin', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
  ['another origin that claims to be no browser', { origin: 'https://evil.example' }],
  ['another origin on the same site', { origin: 'https://x.example.com', 'sec-fetch-site': 'same-site' }],
  ['a sandbox, or a file', { origin: 'null', 'sec-fetch-site': 'cross-site' }],
  ['an origin that begins like an allowed one', { origin: 'https://app.example.com.evil.example' }],
  ['another port', { origin: 'https://app.example.com:8443' }],
  ['another protocol', { origin: 'http://app.example.com' }],
  ['two origins', { origin: 'https://app.example.com, https://evil.example' }],
  ['an empty origin', { origin: '' }],
  ['the scheme of an app, which no page lies under', { origin: 'com.example.app:' }],
  ['an image, or a link, on another site', { 'sec-fetch-site': 'cross-site' }],
])('%s may not', (_, headers) => {
  expect(allows(headers)).toBe(false);
});
