/**
 * `npm run audit`: lists the third-party packages in each function, their licences and known advisories. Fails on a
 * licence that is not approved. A new advisory must not break the build of unchanged code, so it fails only with
 * `--strict`.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import * as v from 'valibot';
import { bundleFunctions } from '../bundle.ts';
import { type ShippedPackage, shippedPackages } from '../shipped-packages.ts';

const projectFolder = resolve(import.meta.dirname, '../..');

/** Licences that allow shipping in a product under Apache 2.0. */
const allowed: readonly string[] = ['Apache-2.0', 'MIT', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', '0BSD'];

/** The licence in the licence file of packages whose manifest names none, checked by hand. */
const checked: Readonly<Record<string, string>> = { 'url-template@2.0.8': 'BSD-3-Clause' };

interface Shipment {
  readonly name: string;
  readonly packages: readonly ShippedPackage[];
}

async function findShipments(): Promise<Shipment[]> {
  const folder = await mkdtemp(join(tmpdir(), 'audit-'));
  try {
    const bundles = Object.entries(await bundleFunctions(folder));
    return bundles.map(([name, bundle]) => ({ name, packages: shippedPackages([bundle]) }));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The SPDX name of a package's licence; undefined if it is not approved. */
export function allowedLicence({ name, version, licence }: ShippedPackage): string | undefined {
  const found = checked[`${name}@${version}`] ?? licence;
  // One of several alternatives is enough.
  return found
    .replace(/[()]/g, '')
    .split(' OR ')
    .find((choice) => allowed.includes(choice));
}

/** A known weakness of a package, and the folders in which the package is installed. */
const advisory = v.object({ name: v.string(), severity: v.string(), nodes: v.array(v.string()) });
type Advisory = v.InferOutput<typeof advisory>;

const advisoryReport = v.object({ vulnerabilities: v.record(v.string(), advisory) });

/** Reads the output of `npm audit --json`; undefined if the registry was unreachable. */
export function readAdvisories(text: string): Advisory[] | undefined {
  const report = v.safeParse(v.pipe(v.string(), v.parseJson(), advisoryReport), text);
  return report.success ? Object.values(report.output.vulnerabilities) : undefined;
}

/** The lines to print, and whether the audit passed. */
export function audit(
  shipments: readonly Shipment[],
  advisories: readonly Advisory[] | undefined,
  { strict = false }: { readonly strict?: boolean } = {},
): { readonly lines: readonly string[]; readonly passed: boolean } {
  const all = new Map(
    shipments.flatMap(({ packages }) => packages.map((each) => [each.folder, each] as const)),
  );
  const refused = [...all.values()].filter((each) => allowedLicence(each) === undefined);
  const shipped = (advisories ?? []).filter(({ nodes }) => nodes.some((folder) => all.has(folder)));
  const lines = [
    'Packages of others that ship in each function:',
    ...shipments.map(({ name, packages }) => `  ${name.padEnd(20)} ${count(packages)}`),
    `  all functions together: ${count([...all.values()])}`,
    ...refused.map(
      ({ name, version, licence }) => `The licence of ${name} ${version} is not approved: ${licence}.`,
    ),
    advisories === undefined
      ? 'Known advisories: the registry is unreachable.'
      : `Known advisories: ${shipped.length} for what ships, ${advisories.length - shipped.length} for other tools.`,
    ...shipped.map(({ name, severity }) => `An advisory (${severity}) is known for ${name}, which ships.`),
  ];
  return { lines, passed: refused.length === 0 && !(strict && shipped.length > 0) };
}

function count(packages: readonly ShippedPackage[]): string {
  const direct = packages.filter((each) => each.direct).length;
  const licences = Map.groupBy(packages, (each) => allowedLicence(each) ?? 'unknown');
  const numbers = [...licences].map(([licence, of]) => `${licence} ${of.length}`).sort();
  return `${String(direct).padStart(2)} direct, ${String(packages.length - direct).padStart(2)} transitive (${numbers.join(', ')})`;
}

/** Asks the registry, since npm stores no advisories locally. */
async function askRegistry(): Promise<Advisory[] | undefined> {
  const npm = promisify(execFile)('npm', ['audit', '--json', '--fetch-retries=0', '--fetch-timeout=10000'], {
    cwd: projectFolder,
    timeout: 20_000,
  });
  // It exits with 1 both if there are advisories and if the registry is unreachable.
  const { stdout } = await npm.catch((error: unknown) => v.parse(v.object({ stdout: v.string() }), error));
  return readAdvisories(stdout);
}

if (import.meta.main) {
  const [shipments, advisories] = await Promise.all([findShipments(), askRegistry()]);
  const { lines, passed } = audit(shipments, advisories, { strict: process.argv.includes('--strict') });
  process.stdout.write(`${lines.join('\n')}\n`);
  process.exitCode = passed ? 0 : 1;
}
