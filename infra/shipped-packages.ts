import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Metafile } from 'esbuild';
import * as v from 'valibot';

const projectFolder = resolve(import.meta.dirname, '..');

/** A third-party package with code in a bundle. */
export interface ShippedPackage {
  /** Relative to the project's folder. */
  readonly folder: string;
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  /** Whether it is a dependency of this project itself. */
  readonly direct: boolean;
}

const manifest = v.object({
  name: v.string(),
  version: v.string(),
  license: v.optional(v.string(), 'unknown'),
});
const ownManifest = v.object({ devDependencies: v.record(v.string(), v.string()) });

/** The packages with code in these outputs of esbuild, sorted by folder. */
export function shippedPackages(
  outputs: readonly Pick<Metafile['outputs'][string], 'inputs'>[],
  project: string = projectFolder,
): ShippedPackage[] {
  const own = v.parse(ownManifest, readJson(join(project, 'package.json')));
  const sources = outputs.flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  );
  return foldersOf(sources).map((folder) => {
    const { name, version, license } = v.parse(manifest, readJson(join(project, folder, 'package.json')));
    // A nested package belongs to another package, even under the same name.
    const direct = name in own.devDependencies && folder === `node_modules/${name}`;
    return { folder, name, version, licence: license, direct };
  });
}

/**
 * The licences and notices of packages as one text. MIT, the BSD licences and Apache 2.0 (section 4) require it beside
 * the bundle.
 *
 * @throws Error that names a package without a licence text
 */
export function noticesOf(packages: readonly ShippedPackage[], project: string = projectFolder): string {
  const byText = new Map<string, string[]>();
  for (const each of packages) {
    const text = licenceTextOf(each, project);
    byText.set(text, [...(byText.get(text) ?? []), `${each.name} ${each.version} (${each.licence})`]);
  }
  const parts = [...byText].map(([text, names]) => `${names.join('\n')}\n\n${text}\n`);
  return ['This holds software of others, under the licences that follow.\n', ...parts].join(
    `\n${'-'.repeat(80)}\n\n`,
  );
}

function licenceTextOf({ folder, name, licence }: ShippedPackage, project: string): string {
  const files = readdirSync(join(project, folder));
  const own = files.filter((file) => /^(licen[cs]e|copying|notice)/i.test(file)).sort();
  if (own.length > 0) return own.map((file) => readText(project, folder, file)).join('\n\n');
  const readme = files.find((file) => /^readme/i.test(file));
  const text = readme === undefined ? '' : readText(project, folder, readme);
  const [section] = /^[# ]*licen[cs]e\b.*permission.*/ims.exec(text) ?? [];
  if (section !== undefined) return section;
  // Some of AWS's packages only name the licence. It is ours, too.
  if (licence === 'Apache-2.0') return readText(project, '.', 'LICENSE');
  throw new Error(`${name} has no licence text.`);
}

function readText(...path: string[]): string {
  return readFileSync(join(...path), 'utf8')
    .replaceAll('\r\n', '\n')
    .trim();
}

function foldersOf(sources: readonly string[]): string[] {
  const folders = sources.flatMap(
    (path) => /^(.*\bnode_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? [],
  );
  return [...new Set(folders)].sort();
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}
