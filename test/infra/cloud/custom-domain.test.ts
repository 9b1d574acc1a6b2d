import { describe, expect, it } from 'vitest';
import { type CloudTemplate, resourcesOf, synthesise } from '../../support/cloud.ts';

const certificateArn =
  'arn:aws:acm:eu-central-1:123456789012:certificate/0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f';
const { service } = synthesise({ context: { domainName: 'mail.example.com', certificateArn } });

describe('a site with a name of its own', () => {
  const [domainId, domain] = only(service, 'AWS::ApiGatewayV2::DomainName');
  const [apiId, api] = only(service, 'AWS::ApiGatewayV2::Api');
  const [stageId] = only(service, 'AWS::ApiGatewayV2::Stage');

  it('has it from API Gateway, with the certificate and no older TLS than 1.2', () => {
    expect(domain.Properties).toEqual({
      DomainName: 'mail.example.com',
      DomainNameConfigurations: [
        { CertificateArn: certificateArn, EndpointType: 'REGIONAL', SecurityPolicy: 'TLS_1_2' },
      ],
    });
  });

  it('answers at its root', () => {
    const [, mapping] = only(service, 'AWS::ApiGatewayV2::ApiMapping');
    expect(mapping.Properties).toEqual({
      ApiId: { Ref: apiId },
      DomainName: { Ref: domainId },
      Stage: '$default',
    });
    expect(mapping).toMatchObject({ DependsOn: expect.arrayContaining([stageId]) });
  });

  it('answers under no other name', () => {
    expect(api.Properties).toMatchObject({ DisableExecuteApiEndpoint: true });
  });

  it('is known by it to its functions', () => {
    const origins = [...JSON.stringify(service.Resources).matchAll(/"ORIGIN":("[^"]*"|\{[^}]*\})/g)];
    expect(origins.length).toBeGreaterThan(10);
    expect(new Set(origins.map(([, origin]) => origin))).toEqual(new Set(['"https://mail.example.com"']));
  });

  it('tells the deployer the address, and where the DNS must point it', () => {
    const outputs = Object.entries(service.Outputs).map(([name, { Value }]) => [name, Value]);
    expect(Object.fromEntries(outputs)).toMatchObject({
      ApiUrl: 'https://mail.example.com',
      RedirectUri: 'https://mail.example.com/auth/callback',
      DnsTarget: { 'Fn::GetAtt': [domainId, 'RegionalDomainName'] },
      DnsTargetZoneId: { 'Fn::GetAtt': [domainId, 'RegionalHostedZoneId'] },
      NextSteps: expect.stringMatching(/3\. In the DNS, point mail\.example\.com to DnsTarget\.$/),
    });
  });

  it('still lets backends call by the API’s own ARN, which API Gateway checks under either name', () => {
    const policies = Object.values(resourcesOf(service, 'AWS::IAM::ManagedPolicy'));
    expect(policies.length).toBeGreaterThan(0);
    for (const { Properties } of policies) {
      expect(JSON.stringify(Properties)).toContain(`{"Ref":"${apiId}"}`);
    }
  });
});

it('is what it always was without one', () => {
  const { service: usual } = synthesise();
  const [, api] = only(usual, 'AWS::ApiGatewayV2::Api');
  expect(api.Properties).not.toHaveProperty('DisableExecuteApiEndpoint');
  expect(resourcesOf(usual, 'AWS::ApiGatewayV2::DomainName')).toEqual({});
  expect(Object.keys(usual.Outputs)).not.toContain('DnsTarget');
});

function only(template: CloudTemplate, type: string) {
  const [first, ...others] = Object.entries(resourcesOf(template, type));
  if (first === undefined || others.length > 0) throw new Error(`There is not just one ${type}.`);
  return first;
}
