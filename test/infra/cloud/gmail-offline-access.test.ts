import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { describe, expect, it } from 'vitest';
import {
  GmailOfflineAccess,
  type GmailOfflineAccessProps,
} from '../../../infra/cloud/gmail-offline-access.ts';
import { functionNames } from '../../../infra/routes.ts';
import { type CloudTemplate, clientId, emptyApp, resourcesOf, synthesise } from '../../support/cloud.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** Stand-ins: no template depends on what is in the functions but for a hash. */
function bundleFolder(): string {
  const folder = temporaryFolder();
  for (const name of functionNames) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'index.js'), `exports.handler = () => '${name}';\n`);
  }
  return folder;
}

/** The templates of an application, by stack name. */
function templatesOf(app: ReturnType<typeof emptyApp>): Map<string, CloudTemplate> {
  return new Map(app.synth().stacks.map(({ stackName, template }) => [stackName, template]));
}

describe('the construct', () => {
  it('makes the same stacks anywhere in an application as in ours', () => {
    const app = emptyApp();
    new GmailOfflineAccess(new Construct(app, 'Theirs'), 'Mail', { clientId, bundles: bundleFolder() });
    const templates = templatesOf(app);
    const ours = synthesise();
    const ids = ({ Resources }: CloudTemplate) => Object.keys(Resources).toSorted();
    const data = templates.get('gmail-offline-access-prod-data');
    const service = templates.get('gmail-offline-access-prod-service');
    expect(data?.Resources).toEqual(ours.data.Resources);
    expect(service && ids(service)).toEqual(ids(ours.service));
  });

  it('stands twice in one application, in stages of their own', () => {
    const app = emptyApp();
    const bundles = bundleFolder();
    new GmailOfflineAccess(app, 'Test', { clientId, bundles, stage: 'test', signUp: 'open', copy: 'off' });
    new GmailOfflineAccess(app, 'Live', { clientId, bundles, stage: 'live' });
    const templates = templatesOf(app);
    expect([...templates.keys()].toSorted()).toEqual(
      ['live', 'test'].flatMap((stage) =>
        ['data', 'service'].map((part) => `gmail-offline-access-${stage}-${part}`),
      ),
    );
    const [test, live] = ['test', 'live'].map((stage) =>
      JSON.stringify(templates.get(`gmail-offline-access-${stage}-service`)),
    );
    expect(test).not.toContain('-live');
    expect(live).not.toContain('-test');
    expect(test).toContain('"SIGN_UP":"open"');
    expect(live).not.toContain('"SIGN_UP":');
  });

  it('refuses to stand twice in one stage, and says where', () => {
    const app = emptyApp();
    const bundles = bundleFolder();
    new GmailOfflineAccess(app, 'One', { clientId, bundles });
    expect(() => new GmailOfflineAccess(app, 'Other', { clientId, bundles })).toThrow(
      'The stage "prod" exists twice in this application, at One and at Other: ' +
        'give each GmailOfflineAccess a stage of its own, or another env.',
    );
  });

  it('stands in one stage in two regions', () => {
    const app = emptyApp();
    const bundles = bundleFolder();
    for (const region of ['eu-central-1', 'us-east-1']) {
      new GmailOfflineAccess(app, region, { clientId, bundles, env: { account: '123456789012', region } });
    }
    expect(
      app
        .synth()
        .stacks.map(({ environment }) => environment.region)
        .toSorted(),
    ).toEqual(['eu-central-1', 'eu-central-1', 'us-east-1', 'us-east-1']);
  });

  it('gives what an application of one’s own needs: address, policy and bus', () => {
    const app = emptyApp();
    const { apiUrl, backendPolicy, backendPolicies, eventBus } = new GmailOfflineAccess(app, 'Mail', {
      clientId,
      bundles: bundleFolder(),
    });
    const theirs = new Stack(app, 'Theirs', { stackName: 'theirs' });
    const role = new Role(theirs, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    role.addManagedPolicy(backendPolicy);
    role.addManagedPolicy(backendPolicies.read);
    new CfnOutput(theirs, 'Url', { value: apiUrl });
    new CfnOutput(theirs, 'Bus', { value: eventBus.eventBusName });
    const template = templatesOf(app).get('theirs');
    const [its] = Object.values(template === undefined ? {} : resourcesOf(template, 'AWS::IAM::Role'));
    expect(JSON.stringify(its?.Properties['ManagedPolicyArns'])).toMatch(
      /BackendAccessPolicy.*BackendAccessRead/,
    );
    expect(JSON.stringify(template?.Outputs)).toContain('SiteApi');
    expect(JSON.stringify(template?.Outputs)).toContain('ChangeBus');
  });
});

it.each<[Partial<GmailOfflineAccessProps>, string]>([
  [{ clientId: 'GOCSPX-a1b2' }, '"clientId" must be the `client_id` in client_secret.json, which ends in'],
  [{ scopes: ['openid'] }, 'property "scopes" must list scopes in an array, with'],
  [{ allowedReturnOrigins: ['app'] }, 'such as https://app.example.com/signed-in, in an array.'],
  [{ signUp: 'domains', signUpDomains: ['X'] }, 'list domains such as example.com, in an array.'],
  [{ signUp: 'domains' }, `"signUpDomains" is missing: signUp: 'domains' needs them.`],
  [{ signUpDomains: ['example.com'] }, `must be unset unless signUp: 'domains'.`],
])('names a faulty property as a property is written: %j', (props, words) => {
  expect(() => new GmailOfflineAccess(emptyApp(), 'Mail', { clientId, ...props, bundles: 'none' })).toThrow(
    words,
  );
});

const certificateArn =
  'arn:aws:acm:eu-central-1:123456789012:certificate/0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f';

describe('its own name', () => {
  const named = { stage: 'test', domainName: 'mail.example.com' };

  it('may have a certificate of the same application, and be pointed to there', () => {
    const app = emptyApp();
    const theirs = new Stack(app, 'Theirs', { stackName: 'theirs' });
    const certificate = new Certificate(theirs, 'Certificate', { domainName: named.domainName });
    const { apiUrl, customDomain } = new GmailOfflineAccess(app, 'Mail', {
      clientId,
      ...named,
      certificateArn: certificate.certificateArn,
      bundles: bundleFolder(),
    });
    expect(apiUrl).toBe('https://mail.example.com');
    new CfnOutput(new Stack(app, 'Dns', { stackName: 'dns' }), 'Target', {
      value: customDomain?.regionalDomainName ?? 'none',
    });
    const template = templatesOf(app).get('gmail-offline-access-test-service');
    const [domain] = Object.values(
      template === undefined ? {} : resourcesOf(template, 'AWS::ApiGatewayV2::DomainName'),
    );
    expect(JSON.stringify(domain)).toContain('theirs:ExportsOutputRefCertificate');
    expect(JSON.stringify(templatesOf(app).get('dns')?.Outputs)).toContain('RegionalDomainName');
  });

  it('has a certificate in the region of the stacks, where that is known', () => {
    const make = (region: string) => () =>
      new GmailOfflineAccess(emptyApp(), 'Mail', {
        ...{ clientId, ...named, certificateArn, bundles: bundleFolder() },
        env: { account: '123456789012', region },
      });
    expect(make('eu-central-1')).not.toThrow();
    expect(make('us-east-1')).toThrow(
      'The property "certificateArn" names a certificate in eu-central-1: it must lie where the stacks do, in us-east-1.',
    );
  });
});

describe('its properties', () => {
  it('reach the functions as a deployer’s choices do', () => {
    const props: GmailOfflineAccessProps = {
      clientId,
      stage: 'test',
      scopes: ['openid', 'https://www.googleapis.com/auth/gmail.modify'],
      allowedReturnOrigins: ['https://app.example.com', 'com.example.app:'],
      signUp: 'domains',
      signUpDomains: ['example.com', 'example.org'],
      accessTokens: 'on',
      quotaProfile: 'legacy',
      dailyUnits: 5_000_000,
      pollSeconds: 30,
      quietPollSeconds: 600,
      syncWorkers: 20,
      alarmEmail: 'ops@example.com',
      domainName: 'mail.example.com',
      certificateArn,
      logRetentionDays: RetentionDays.ONE_YEAR,
      loginKeyVersion: 2,
      multiRegionKey: 'on',
      breakGlassRoleArn: 'arn:aws:iam::123456789012:role/people/break-glass',
      dpop: 'on',
      removalPolicy: RemovalPolicy.DESTROY,
    };
    const app = emptyApp();
    new GmailOfflineAccess(app, 'Mail', { ...props, bundles: bundleFolder() });
    const asContext = Object.entries(props).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(' ') : String(value),
    ]);
    const chosen = synthesise({ context: Object.fromEntries(asContext) });
    const text = (template: CloudTemplate | undefined) =>
      JSON.stringify(template?.Resources).replaceAll(/[0-9a-f]{64}/g, 'hash');
    expect(text(templatesOf(app).get('gmail-offline-access-test-service'))).toBe(text(chosen.service));
    expect(text(templatesOf(app).get('gmail-offline-access-test-data'))).toBe(text(chosen.data));
    expect(text(chosen.service)).toContain('"LOGIN_KEY":"gmail-offline-access/test/login-key 2"');
    expect(text(chosen.service)).toContain('"SIGN_UP_DOMAINS":"example.com example.org"');
  });

  it('are refused where they are unknown, as a program without types may give them', () => {
    const props: GmailOfflineAccessProps = Object.assign({ clientId }, { alarmMail: 'ops@example.com' });
    expect(() => new GmailOfflineAccess(emptyApp(), 'Mail', { ...props, bundles: '' })).toThrow(
      'Unknown property "alarmMail". Known: clientId, ',
    );
  });

  it('are none of them the usual one because they are empty', () => {
    const make = (props: Partial<GmailOfflineAccessProps>) => () =>
      new GmailOfflineAccess(emptyApp(), 'Mail', { clientId, ...props, bundles: bundleFolder() });
    expect(make({ stage: '' })).toThrow('The property "stage" must be');
    expect(make({ alarmEmail: '' })).toThrow('The property "alarmEmail" must be');
    expect(make({ allowedReturnOrigins: [], signUpDomains: [] })).not.toThrow();
  });
});
