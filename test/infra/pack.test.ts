import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { functionNames } from '../../infra/routes.ts';
import manifest from '../../package.json' with { type: 'json' };

const project = resolve(import.meta.dirname, '../..');
const run = promisify(execFile);
const env = { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH']}` };

// Loading CDK takes its time where the machine is busy.
vi.setConfig({ testTimeout: 120_000 });

/** A CDK application of somebody else's, into which the packed package was installed. */
let theirs: string;

beforeAll(async () => {
  theirs = await mkdtemp(join(tmpdir(), 'theirs-'));
  const modules = join(theirs, 'node_modules');
  const home = join(modules, 'gmail-offline-access');
  await mkdir(home, { recursive: true });
  await run('npm', ['pack', '--silent', '--pack-destination', theirs], { cwd: project, env });
  const tarball = join(theirs, 'gmail-offline-access-0.1.0.tgz');
  await run('tar', ['-xzf', tarball, '-C', home, '--strip-components', '1']);
  for (const name of ['aws-cdk-lib', 'constructs', '@types', 'undici-types']) {
    await symlink(join(project, 'node_modules', name), join(modules, name));
  }
}, 120_000);
afterAll(() => rm(theirs, { recursive: true, force: true }));

const app = `
const app = new App({ outdir: 'out' });
const { apiUrl } = new GmailOfflineAccess(app, 'Mail', { clientId: '1-a.apps.googleusercontent.com', stage: 'theirs', signUp: 'open' });
new CfnOutput(new Stack(app, 'Own'), 'Mail', { value: apiUrl });
app.synth();
`;

it.each([
  [
    'an ES module',
    'app.mjs',
    `import { App, CfnOutput, Stack } from 'aws-cdk-lib';\nimport { GmailOfflineAccess } from 'gmail-offline-access';`,
  ],
  [
    'a CommonJS module',
    'app.cjs',
    `const { App, CfnOutput, Stack } = require('aws-cdk-lib');\nconst { GmailOfflineAccess } = require('gmail-offline-access');`,
  ],
])('the packed construct synthesises in %s, with the functions that came along', async (_, file, imports) => {
  await writeFile(join(theirs, file), imports + app);
  await run(process.execPath, [file], { cwd: theirs });
  const manifest = JSON.parse(await readFile(join(theirs, 'out', 'manifest.json'), 'utf8'));
  const { file: assets } = Object.entries(Object(manifest.artifacts)).flatMap(([name, artifact]) => {
    const { type, properties } = Object(artifact);
    return type === 'cdk:asset-manifest' && /Service/.test(name) ? [properties] : [];
  })[0];
  const { files } = JSON.parse(await readFile(join(theirs, 'out', assets), 'utf8'));
  expect(Object.keys(files)).toHaveLength(functionNames.length + 1);
  await rm(join(theirs, 'out'), { recursive: true });
});

it('the sample of infra/README.md synthesises beside a stack that has an environment', async () => {
  const readme = await readFile(join(project, 'infra/README.md'), 'utf8');
  const [, sample = ''] = /^## As a construct$.*?^```ts\n(.*?)^```$/ms.exec(readme) ?? [];
  const [, env = ''] = /env: (\{.*?\})/.exec(sample) ?? [];
  const program = `import { App, Stack, aws_iam as iam } from 'aws-cdk-lib';
const app = new App({ outdir: 'sample' });
const backendRole = new iam.Role(new Stack(app, 'Backend', { env: ${env} }), 'Role', {
  assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
});
${sample}
app.synth();`;
  expect(env).toContain('region');
  await writeFile(join(theirs, 'sample.mjs'), program);
  await run(process.execPath, ['sample.mjs'], { cwd: theirs });
  await rm(join(theirs, 'sample'), { recursive: true });
});

it.each([
  ['nodenext', 'nodenext'],
  ['node16', 'node16'],
  ['esnext', 'bundler'],
])(
  'has types of both entries, as module %s resolved by %s, which know a right property from a wrong one',
  async (module, resolution) => {
    // As modules: the client is none that CommonJS could load by node16's rules.
    const source = (props: string) =>
      `import { App } from 'aws-cdk-lib';\nimport { GmailOfflineAccess } from 'gmail-offline-access';\n` +
      `import { type ClientCode, createClient } from 'gmail-offline-access/client';\n` +
      `export const code: ClientCode = 'network_error';\nexport const made = createClient({ site: 'https://x' });\n` +
      `export const url: string = new GmailOfflineAccess(new App(), 'Mail', ${props}).apiUrl;\n`;
    await writeFile(
      join(theirs, 'right.mts'),
      source(`{ clientId: '1-a.apps.googleusercontent.com', signUp: 'open', pollSeconds: 30 }`),
    );
    await writeFile(
      join(theirs, 'wrong.mts'),
      source(`{ clientId: '1-a.apps.googleusercontent.com', signUp: 'everybody' }`),
    );
    const tsc = join(project, 'node_modules/typescript/bin/tsc');
    const check = (file: string) =>
      run(
        process.execPath,
        [
          ...[tsc, '--noEmit', '--strict', '--skipLibCheck', '--lib', 'es2022,dom', '--types', 'node'],
          ...['--module', module, '--moduleResolution', resolution, file],
        ],
        { cwd: theirs },
      );
    await check('right.mts');
    await expect(check('wrong.mts')).rejects.toMatchObject({ stdout: expect.stringContaining('everybody') });
  },
);

// TypeScript 7 has no `node10` any more; older compilers read `types` and `typesVersions` there, and no `exports`.
it('names the types of every entry for compilers that read no exports', () => {
  const entries = Object.entries(manifest.exports).map(([entry, { types }]) => [
    entry.replace(/^\.\/?/, ''),
    types,
  ]);
  expect([
    ['', manifest.types],
    ...Object.entries(manifest.typesVersions['*']).flatMap(([entry, [types]]) => [[entry, types]]),
  ]).toEqual(entries);
});

it('ships no source, and asks for CDK and nothing else', async () => {
  const home = join(theirs, 'node_modules', 'gmail-offline-access');
  const { stdout } = await run('tar', ['-tzf', join(theirs, 'gmail-offline-access-0.1.0.tgz')]);
  const files = stdout.trimEnd().split('\n');
  expect(
    files.filter((file) => !/^package\/(dist\/|LICENSE$|README\.md$|package\.json$)/.test(file)),
  ).toEqual([]);
  const { dependencies, peerDependencies } = JSON.parse(await readFile(join(home, 'package.json'), 'utf8'));
  expect(dependencies).toBeUndefined();
  expect(Object.keys(peerDependencies)).toEqual(['aws-cdk-lib', 'constructs']);
});
