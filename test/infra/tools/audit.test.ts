import { describe, expect, it } from 'vitest';
import type { ShippedPackage } from '../../../infra/shipped-packages.ts';
import { allowedLicence, audit, readAdvisories } from '../../../infra/tools/audit.ts';

const harmless: ShippedPackage = {
  ...{ folder: 'node_modules/harmless', name: 'harmless', version: '1.0.0', licence: 'MIT', direct: true },
};
const shipmentsOf = (...packages: ShippedPackage[]) => [{ name: 'page', packages }];

describe('the audit', () => {
  it('counts for each function what is named here and what comes along, by licence', () => {
    const below = {
      ...harmless,
      folder: 'node_modules/harmless/node_modules/below',
      name: 'below',
      direct: false,
    };
    const { lines, passed } = audit(
      shipmentsOf(harmless, below, { ...below, folder: 'b', licence: 'ISC' }),
      [],
    );
    expect(passed).toBe(true);
    expect(lines.map((line) => line.trim())).toContain(
      'page                  1 direct,  2 transitive (ISC 1, MIT 2)',
    );
  });

  it.each([
    'GPL-3.0-only',
    'AGPL-3.0',
    'UNLICENSED',
    'SEE LICENSE IN LICENSE',
    'MIT AND GPL-2.0',
    'unknown',
    '',
  ])('fails on the licence "%s", and names the package', (licence) => {
    const seeded = { ...harmless, name: 'seeded', folder: 'node_modules/seeded', licence };
    const { lines, passed } = audit(shipmentsOf(harmless, seeded), []);
    expect(passed).toBe(false);
    expect(lines).toContain(`The licence of seeded 1.0.0 is not approved: ${licence}.`);
  });

  it('takes one of several licences, and what was looked at by hand in this very version', () => {
    expect(allowedLicence({ ...harmless, licence: '(GPL-2.0 OR MIT)' })).toBe('MIT');
    const template = { ...harmless, name: 'url-template', version: '2.0.8', licence: 'BSD' };
    expect(allowedLicence(template)).toBe('BSD-3-Clause');
    expect(allowedLicence({ ...template, version: '2.0.9' })).toBeUndefined();
  });

  it('names an advisory for what ships, and fails on it when told to be strict; it only counts those for other tools', () => {
    const other = { name: 'tool', severity: 'high', nodes: ['node_modules/tool'] };
    const known = { name: 'harmless', severity: 'low', nodes: ['node_modules/harmless'] };
    expect(audit(shipmentsOf(harmless), [other])).toMatchObject({
      passed: true,
      lines: expect.arrayContaining(['Known advisories: 0 for what ships, 1 for other tools.']),
    });
    expect(audit(shipmentsOf(harmless), [other, known]).passed).toBe(true);
    expect(audit(shipmentsOf(harmless), [other, known], { strict: true })).toMatchObject({
      passed: false,
      lines: expect.arrayContaining(['An advisory (low) is known for harmless, which ships.']),
    });
  });

  it('says in a line that the registry could not be asked', () => {
    expect(audit(shipmentsOf(harmless), undefined)).toMatchObject({
      passed: true,
      lines: expect.arrayContaining(['Known advisories: the registry is unreachable.']),
    });
  });
});

describe('the answer of npm audit', () => {
  it('is read, as npm writes it', () => {
    const report = {
      auditReportVersion: 2,
      vulnerabilities: {
        qs: {
          ...{ name: 'qs', severity: 'high', isDirect: false, via: [{ title: 'Too slow' }], effects: [] },
          ...{ range: '<6.0.0', nodes: ['node_modules/qs'], fixAvailable: true },
        },
      },
      metadata: { vulnerabilities: { total: 1 } },
    };
    expect(readAdvisories(JSON.stringify(report))).toEqual([
      { name: 'qs', severity: 'high', nodes: ['node_modules/qs'] },
    ]);
  });

  it.each(['', 'ENOTFOUND', '{"message":"405 Method Not Allowed","error":{"summary":""}}'])(
    'is none where it is %j',
    (text) => {
      expect(readAdvisories(text)).toBeUndefined();
    },
  );
});
