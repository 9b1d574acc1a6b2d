import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { noticesFile } from '../../infra/bundle.ts';
import { noticesOf, type ShippedPackage, shippedPackages } from '../../infra/shipped-packages.ts';
import { allowedLicence } from '../../infra/tools/audit.ts';
import { bundleOf } from '../support/bundles.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('beside a bundle', () => {
  it('stands the licence of each package of which something is in it', () => {
    const packages = shippedPackages([bundleOf('message-get')]);
    const notices = readFileSync(join(inject('bundles'), 'message-get', noticesFile), 'utf8');
    expect(packages.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['google-auth-library', 'valibot', '@aws-sdk/client-kms', 'data-uri-to-buffer']),
    );
    for (const each of packages) {
      expect(notices).toContain(`${each.name} ${each.version} (${each.licence})\n`);
      expect([each.name, allowedLicence(each)]).toEqual([each.name, expect.any(String)]);
    }
    expect(notices).toContain('TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION');
    // This one has its licence in its README alone.
    expect(notices).toContain('Copyright (c) 2014 Nathan Rajlich');
  });
});

describe('the packages of a bundle', () => {
  it('are those that something stands of, each as it is installed', () => {
    const project = projectWith({
      'package.json': '{"devDependencies":{"a":"1.0.0"}}',
      'node_modules/a/package.json': '{"name":"a","version":"1.0.0","license":"MIT"}',
      'node_modules/@b/c/package.json': '{"name":"@b/c","version":"2.0.0"}',
      'node_modules/@b/c/node_modules/a/package.json': '{"name":"a","version":"0.9.0","license":"MIT"}',
    });
    const inputs = {
      ...{ 'lambdas/page.ts': { bytesInOutput: 9 }, 'node_modules/gone/index.js': { bytesInOutput: 0 } },
      ...{ 'node_modules/a/index.js': { bytesInOutput: 5 }, 'node_modules/a/other.js': { bytesInOutput: 5 } },
      ...{ 'node_modules/@b/c/node_modules/a/index.js': { bytesInOutput: 5 } },
      'node_modules/@b/c/lib/index.js': { bytesInOutput: 5 },
    };
    expect(shippedPackages([{ inputs }], project)).toEqual([
      { folder: 'node_modules/@b/c', name: '@b/c', version: '2.0.0', licence: 'unknown', direct: false },
      {
        ...{ folder: 'node_modules/@b/c/node_modules/a', name: 'a', version: '0.9.0' },
        ...{ licence: 'MIT', direct: false },
      },
      { folder: 'node_modules/a', name: 'a', version: '1.0.0', licence: 'MIT', direct: true },
    ]);
  });
});

describe('the licence of a package', () => {
  const named = (licence: string): ShippedPackage => ({
    ...{ folder: 'node_modules/a', name: 'a', version: '1.0.0', licence, direct: true },
  });

  it.each([
    [
      'its own file, with its notice',
      { LICENSE: 'All mine', 'NOTICE.txt': 'By me' },
      'MIT',
      'All mine\n\nBy me',
    ],
    [
      'a part of its README',
      { 'README.md': '# A\nText\n\n## License\n\nPermission is hereby granted' },
      'MIT',
      '## License\n\nPermission is',
    ],
    ['our own, where it names only that', { 'README.md': '# A' }, 'Apache-2.0', 'Ours'],
  ])('is %s', (_, files, licence, text) => {
    const inPackage = Object.entries(files).map(([file, content]) => [`node_modules/a/${file}`, content]);
    const project = projectWith({ LICENSE: 'Ours', ...Object.fromEntries(inPackage) });
    expect(noticesOf([named(licence)], project)).toContain(`a 1.0.0 (${licence})\n\n${text}`);
  });

  it('must be found', () => {
    const project = projectWith({ LICENSE: 'Ours', 'node_modules/a/README.md': '# A' });
    expect(() => noticesOf([named('MIT')], project)).toThrow('a has no licence text.');
  });
});

function projectWith(files: Readonly<Record<string, string>>): string {
  const project = temporaryFolder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(project, path)), { recursive: true });
    writeFileSync(join(project, path), text);
  }
  return project;
}
