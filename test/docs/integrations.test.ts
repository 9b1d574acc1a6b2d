import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { App, Stack } from 'aws-cdk-lib/core';
import { describe, expect, it } from 'vitest';
import { NewMailWebhook } from '../integrations/webhook.ts';
import { relativeLinks } from './markdown.ts';

const project = new URL('../../', import.meta.url);
const readme = readFileSync(new URL('test/integrations/README.md', project), 'utf8');
const files = globSync('test/integrations/*.ts', { cwd: project }).map((file) => basename(file));

/** Each block of a program in the document, with the file that is named just before it. */
const excerpts = [...readme.matchAll(/\]\(([\w-]+\.ts)\):\n\n```[jt]s\n(.*?)```$/gms)].map(
  ([, file = '', text = '']) => ({ file, text }),
);

describe('the programs of the integration', () => {
  it('are named in their README', () => {
    expect(relativeLinks(readme)).toEqual(expect.arrayContaining(files));
  });

  it.each(excerpts)('are shown as the tests run them: $file', ({ file, text }) => {
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
