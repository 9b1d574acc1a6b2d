import { App } from 'aws-cdk-lib/core';
import { describe, expect, it } from 'vitest';
import { readContext } from '../../../infra/cloud/context.ts';

describe('the stage', () => {
  it('is prod when none is chosen', () => {
    expect(readContext(new App())).toEqual({ stage: 'prod' });
  });

  it.each(['dev', 'team-7', 'a'.repeat(20)])('may be %s', (stage) => {
    expect(readContext(new App({ context: { stage } }))).toEqual({ stage });
  });

  it.each(['', 'Prod', 'my_stage', 'a b', 'a/b', 'a'.repeat(21), 7])('cannot be "%s"', (stage) => {
    expect(() => readContext(new App({ context: { stage } }))).toThrow(
      'The context value "stage" must be 1 to 20 lower-case letters, digits or hyphens.',
    );
  });
});

describe('the scopes', () => {
  it('are taken as they were given', () => {
    const scopes = 'openid https://www.googleapis.com/auth/gmail.readonly';
    expect(readContext(new App({ context: { scopes } }))).toEqual({ stage: 'prod', scopes });
  });

  it('are refused where the functions would refuse them', () => {
    expect(() => readContext(new App({ context: { scopes: 'openid email' } }))).toThrow(
      'SCOPES is not valid',
    );
  });

  it('are refused when they are not text', () => {
    expect(() => readContext(new App({ context: { scopes: ['openid'] } }))).toThrow(
      'The context value "scopes" must be text.',
    );
  });
});
