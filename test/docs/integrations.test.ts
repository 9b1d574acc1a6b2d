import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { App, Stack } from 'aws-cdk-lib/core';
import { describe, expect, it } from 'vitest';
import { NewMailWebhook } from '../integrations/webhook.ts';

const project = new URL('../../', import.meta.url);
const readme = readFileSync(new URL('test/integrations/README.md', project), 'utf8');
const files = globSync('test/integrations/*.ts', { cwd: project }).map((file) => basename(file));

/** Each block of a program in the document, with the file that is named before it. */
const excerpts = [...readme.matchAll(/\]\(([\w-]+\.ts)\)(.*?)```(\w+)\n(.*?)```$/gms)].map(
  ([, file = '', between = '', language = '', text = '']) => ({ file, between, language, text }),
);

describe('the programs of the integration', () => {
  it('are shown in their README, each once', () => {
    expect(excerpts.map(({ file }) => file).toSorted()).toEqual(files.toSorted());
  });

  it.each(excerpts)('are what the tests run: $file', ({ file, between, language, text }) => {
    expect(between).not.toContain('```');
    expect(['js', 'ts']).toContain(language);
    expect(text.split('\n').length).toBeGreaterThan(15);
    expect(readFileSync(new URL(`test/integrations/${file}`, project), 'utf8')).toContain(text);
  });
});

describe('the webhook', () => {
  const stack = new Stack(new App(), 'Team');
  new NewMailWebhook(stack, 'Webhook', {
    stage: 'prod',
    owner: 'tenant-7',
    url: 'https://example.com/mail',
    keyName: 'webhook-key',
  });
  const template = Template.fromStack(stack);

  it('is called for what comes into the mailboxes of the owner, with the change as its body', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      EventBusName: 'gmail-offline-access-prod',
      EventPattern: {
        source: ['gmail-offline-access'],
        'detail-type': ['added'],
        detail: { owner: ['tenant-7'] },
      },
      Targets: [Match.objectLike({ InputPath: '$.detail', RoleArn: Match.anyValue() })],
    });
  });

  it('is given its key by the connection alone', () => {
    template.hasResourceProperties('AWS::Events::Connection', {
      AuthorizationType: 'API_KEY',
      AuthParameters: {
        ApiKeyAuthParameters: {
          ApiKeyName: 'x-api-key',
          ApiKeyValue: '{{resolve:secretsmanager:webhook-key:SecretString:::}}',
        },
      },
    });
  });
});
