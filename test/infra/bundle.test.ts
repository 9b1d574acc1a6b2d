import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bundleFunction } from '../../infra/bundle.ts';
import { buildPageFiles } from '../../infra/page-files.ts';
import { functionNames } from '../../infra/routes.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** `debug`, below Google's library, asks for it in a `try`, and does without. */
const optional = ['supports-color'];

test.each(functionNames)('the bundle of %s needs nothing but Node.js', async (name) => {
  const folder = temporaryFolder();
  const { inputs, outputs } = await bundleFunction(name, folder);
  const imports = Object.values(outputs).flatMap((output) => output.imports.map(({ path }) => path));
  expect(inputs).toHaveProperty([`lambdas/${name}.ts`]);
  expect(imports.filter((path) => !isBuiltin(path) && !optional.includes(path))).toEqual([]);
});

test('a bundle is one minified CommonJS module with its source map', async () => {
  const folder = temporaryFolder();
  await bundleFunction('page', folder);
  const code = readFileSync(join(folder, 'page', 'index.js'), 'utf8');
  expect(code).toMatch(/^"use strict";/);
  expect(code).toMatch(/\n\/\/# sourceMappingURL=index\.js\.map\n$/);
  expect(JSON.parse(readFileSync(join(folder, 'page', 'package.json'), 'utf8'))).toEqual({
    type: 'commonjs',
  });
  const map: unknown = JSON.parse(readFileSync(join(folder, 'page', 'index.js.map'), 'utf8'));
  expect(map).not.toHaveProperty('sourcesContent');
});

test('the same input gives the same code, wherever it goes', async () => {
  const folders = [temporaryFolder(), temporaryFolder()];
  await Promise.all(folders.map((folder) => bundleFunction('page', folder)));
  const [one, other] = folders.map((folder) => readFileSync(join(folder, 'page', 'index.js'), 'utf8'));
  expect(one).toBe(other);
});

test('the page’s bundle has inside what browsers load, and no other has', async () => {
  const folder = temporaryFolder();
  const { script, style } = await buildPageFiles();
  for (const name of ['page', 'auth-problem'] as const) {
    await bundleFunction(name, folder);
    const code = readFileSync(join(folder, name, 'index.js'), 'utf8');
    expect(code).not.toMatch(/PAGE_(SCRIPT|STYLE)/);
    const holds = code.includes(style.slice(0, 200)) && code.length > script.length + style.length;
    expect(holds).toBe(name === 'page');
  }
});
