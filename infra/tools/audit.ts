/**
 * Lists the third-party packages in each function: how many, under which licences, with which known advisories. Fails
 * on a licence that is not approved and, with `--strict`, on an advisory. Otherwise advisories are only listed: a new
 * one must not break the build of unchanged code.
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

/** Licences that let anybody ship the code in a product under Apache 2.0, if they are told. */
const allowed: readonly string[] = ['Apache-2.0', 'MIT', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', '0BSD'];

/** Packages whose manifest names no known licence, looked at by hand: the version, and what its licence file says. */
const lookedAt: Readonly<Record<string, string>> = { 'url-template@2.0.8': 'BSD-3-Clause' };

/** What ships in one function. */
interface Shipment {
  readonly name: string;
  readonly packages: readonly ShippedPackage[];
}

/** A known weakness of a package that is installed here. */
interface Advisory {
  readonly name: string;
  readonly severity: string;
  /** Where the package is installed. */
  readonly folders: readonly string[];
}

/** Bundles every function, and says what ships in it. */
async function findShipments(): Promise<Shipment[]> {
  const folder = await mkdtemp(join(tmpdir(), 'audit-'));
  try {
    const bundles = Object.entries(await bundleFunctions(folder));
    return bundles.map(([name, bundle]) => ({ name, packages: shippedPackages([bundle]) }));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The licence of a package, as SPDX names it; undefined when it is none that we know and allow. */
export function allowedLicence({ name, version, licence }: ShippedPackage): string | undefined {
  const found = lookedAt[`${name}@${version}`] ?? licence;
  // Of alternative licences, one is enough.
  return found
    .replace(/[()]/g, '')
    .split(' OR ')
    .find((choice) => allowed.includes(choice));
}

const advisoryReport = v.object({
  vulnerabilities: v.record(
    v.string(),
    v.object({ name: v.string(), severity: v.string(), nodes: v.array(v.string()) }),
  ),
});

/** Reads the answer of `npm audit --json`; undefined when the registry did not give one. */
export function readAdvisories(text: string): Advisory[] | undefined {
  const report = v.safeParse(v.pipe(v.string(), v.parseJson(), advisoryReport), text);
  if (!report.success) return undefined;
  return Object.values(report.output.vulnerabilities).map(({ nodes: folders, ...rest }) => ({
    ...rest,
    folders,
  }));
}

/** The audit in words, and whether it was passed. */
export function audit(
  shipments: readonly Shipment[],
  advisories: readonly Advisory[] | undefined,
  { strict = false }: { readonly strict?: boolean } = {},
): { readonly lines: readonly string[]; readonly passed: boolean } {
  const all = new Map(
    shipments.flatMap(({ packages }) => packages.map((each) => [each.folder, each] as const)),
  );
  const refused = [...all.values()].filter((each) => allowedLicence(each) === undefined);
  const shipped = (advisories ?? []).filter(({ folders }) => folders.some((folder) => all.has(folder)));
  const lines = [
    'Packages of others that ship in each function:',
    ...shipments.map((shipment) => `  ${inWords(shipment)}`),
    `  all functions together: ${count([...all.values()])}`,
    ...refused.map(
      ({ name, version, licence }) => `Nobody has looked at the licence of ${name} ${version}: ${licence}.`,
    ),
    ...(advisories === undefined
      ? ['Known advisories: the registry could not be asked.']
      : [
          `Known advisories: ${shipped.length} for what ships, ${advisories.length - shipped.length} for other tools.`,
        ]),
    ...shipped.map(({ name, severity }) => `An advisory (${severity}) is known for ${name}, which ships.`),
  ];
  return { lines, passed: refused.length === 0 && !(strict && shipped.length > 0) };
}

function inWords({ name, packages }: Shipment): string {
  return `${name.padEnd(20)} ${count(packages)}`;
}

function count(packages: readonly ShippedPackage[]): string {
  const direct = packages.filter((each) => each.direct).length;
  const licences = Map.groupBy(packages, (each) => allowedLicence(each) ?? 'unknown');
  const numbers = [...licences].map(([licence, of]) => `${licence} ${of.length}`).sort();
  return `${String(direct).padStart(2)} direct, ${String(packages.length - direct).padStart(2)} transitive (${numbers.join(', ')})`;
}

/** Asks the registry, which alone knows the advisories: npm keeps none on the machine. */
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
  const { lines, passed } = audit(shipments, advisories, {
    strict: process.argv.includes('--strict'),
  });
  process.stdout.write(`${lines.join('\n')}\n`);
  process.exitCode = passed ? 0 : 1;
}
