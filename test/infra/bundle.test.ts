import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { bundleFunctions } from '../../infra/bundle.ts';
import { buildPageFiles } from '../../infra/page-files.ts';
import { functionNames } from '../../infra/routes.ts';
import { bundleOf } from '../support/bundles.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** `debug`, below Google's library, asks for it in a `try`, and does without. */
const optional = ['supports-color'];

test.each(functionNames)('the bundle of %s needs nothing but Node.js', (name) => {
  const { inputs, imports } = bundleOf(name);
  expect(inputs).toHaveProperty([`lambdas/${name}.ts`]);
  expect(imports.filter(({ path }) => !isBuiltin(path) && !optional.includes(path))).toEqual([]);
});

test('a bundle is one minified CommonJS module with its source map', () => {
  const folder = inject('bundles');
  const code = readFileSync(join(folder, 'page', 'index.js'), 'utf8');
  expect(code).toMatch(/^"use strict";/);
  expect(code).toMatch(/\n\/\/# sourceMappingURL=index\.js\.map\n$/);
  expect(JSON.parse(readFileSync(join(folder, 'page', 'package.json'), 'utf8'))).toEqual({
    type: 'commonjs',
  });
  const map: unknown = JSON.parse(readFileSync(join(folder, 'page', 'index.js.map'), 'utf8'));
  expect(map).not.toHaveProperty('sourcesContent');
});

test('the same input gives the same code, wherever it goes, alone or with others', async () => {
  const folder = temporaryFolder();
  await bundleFunctions(folder, ['page']);
  const [one, other] = [folder, inject('bundles')].map((from) =>
    readFileSync(join(from, 'page', 'index.js')),
  );
  expect(one).toEqual(other);
});

test('the page’s bundle has inside what browsers load, and no other has', async () => {
  const { PAGE_SCRIPT: script, PAGE_STYLE: style } = await buildPageFiles();
  for (const name of ['page', 'auth-problem'] as const) {
    const code = readFileSync(join(inject('bundles'), name, 'index.js'), 'utf8');
    expect(code).not.toMatch(/PAGE_(SCRIPT|STYLE)/);
    const holds = code.includes(style.slice(0, 200)) && code.length > script.length + style.length;
    expect(holds).toBe(name === 'page');
  }
});
