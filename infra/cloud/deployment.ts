import { Arn, ArnFormat, RemovalPolicy } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { ConfigError, readEach, type ValuesOf, variableOf } from '../../lambdas/config.ts';
import { faultsOfSignUp, type Notation } from '../settings.ts';
import { certificateArn, functionOptionNames, options } from './options.ts';

type OptionName = keyof typeof options;

type Texts = Readonly<Partial<Record<OptionName, string>>>;

/** The deployer's choices, with defaults for the rest. */
export interface Deployment extends ValuesOf<typeof options> {
  /** The given texts, which the functions get. */
  readonly given: Texts;
}

/** Options come from the CDK context or from the properties of the construct. */
type Kind = 'context value' | 'property';

/**
 * Bytes that the options may take of a function's environment. Lambda allows 4,096 for all variables as JSON (“Lambda
 * quotas”). The names of tables, key, secret, queue and site take up to 1,024.
 */
const mostBytes = 3_072;

/**
 * Reads the deployer's options from the CDK context. Unknown names are refused as typos. CDK's own have a different
 * form.
 *
 * @throws ConfigError naming every fault at once.
 */
export function readContext(scope: Construct): Deployment {
  const given: Readonly<Record<string, unknown>> = scope.node.getAllContext();
  const ours = Object.entries(given).filter(([name]) => /^[A-Za-z]\w*$/.test(name));
  return readDeployment(Object.fromEntries(ours), 'context value');
}

/**
 * Reads options by their names. A command-line value is text; a value of `cdk.json` or of a property may be a number.
 * An empty text, as from an unset variable, does not count as omitted: as the stage it would mean `prod`.
 *
 * @param region the region of the stacks, if known
 * @throws ConfigError naming every fault at once.
 */
export function readDeployment(
  choices: Readonly<Record<string, unknown>>,
  kind: Kind,
  region?: string,
): Deployment {
  const notation: Notation = {
    nameOf: (name) => `The ${kind} "${name}"`,
    given: (name, value) => (kind === 'property' ? `${name}: '${value}'` : `${name}=${value}`),
  };
  const names = Object.keys(options);
  const unknown = Object.keys(choices).filter((name) => !names.includes(name));
  const textOf = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
  const given: Texts = Object.fromEntries(
    Object.entries(choices).map(([name, value]) => [name, textOf(value)]),
  );
  const { values, faults } = readEach(options, given, notation.nameOf);
  // As JSON it may have the form of an option, such as the stage `null`.
  const misread = Object.entries(choices).filter(
    ([name, value]) => name in values && typeof value !== 'string' && typeof value !== 'number',
  );
  const all = [
    ...unknown.map((name) => `Unknown ${kind} "${name}". Known: ${names.join(', ')}`),
    ...faults,
    ...misread.map(([name]) => `${notation.nameOf(name)} must be text or a number`),
    ...faultsOfSignUp(values, notation),
    ...faultsOfCertificate(given, notation, region),
    ...faultsOfRemoval(given, notation),
    ...faultsOfSize(given, notation),
  ];
  if (all.length === 0) return { ...(values as ValuesOf<typeof options>), given };
  const lines = all.map((fault) =>
    kind === 'property' ? fault.replace('separated by spaces', 'in an array') : fault,
  );
  throw new ConfigError(
    `The deployment is not well described.\n${lines.map((line) => `${line}.`).join('\n')}`,
  );
}

function faultsOfCertificate(
  { domainName: domain, certificateArn: certificate }: Texts,
  { nameOf }: Notation,
  region: string | undefined,
): string[] {
  if (domain !== undefined && certificate === undefined) {
    return [`${nameOf('domainName')} needs "certificateArn" beside it`];
  }
  if (certificate === undefined) return [];
  if (domain === undefined) return [`${nameOf('certificateArn')} needs "domainName" beside it`];
  if (region === undefined || !certificateArn.test(certificate)) return [];
  const itsRegion = Arn.split(certificate, ArnFormat.SLASH_RESOURCE_NAME).region;
  if (itsRegion === region) return [];
  return [
    `${nameOf('certificateArn')} names a certificate in ${itsRegion}: it must lie where the stacks do, in ${region}`,
  ];
}

/** Without `stage`, `removalPolicy=destroy` would delete the grants of `prod`. */
function faultsOfRemoval({ stage = 'prod', removalPolicy }: Texts, { nameOf }: Notation): string[] {
  if (removalPolicy !== RemovalPolicy.DESTROY || stage !== 'prod') return [];
  return [`${nameOf('removalPolicy')} cannot be destroy in the stage prod: name a stage for tests`];
}

/** Names the longest option if the options exceed a function's environment. */
function faultsOfSize(given: Texts, { nameOf }: Notation): string[] {
  const texts = functionOptionNames.flatMap((name) => {
    const text = given[name];
    return text === undefined ? [] : [{ name, text, bytes: Buffer.byteLength(text) }];
  });
  const variables = Object.fromEntries(texts.map(({ name, text }) => [variableOf(name), text]));
  const bytes = Buffer.byteLength(JSON.stringify(variables));
  const [longest] = texts.toSorted((one, other) => other.bytes - one.bytes);
  if (bytes <= mostBytes || longest === undefined) return [];
  return [
    `${nameOf(longest.name)} is too long with ${longest.bytes} bytes: all choices that functions read take ${bytes} bytes ` +
      `of their environment variables, and ${mostBytes} fit (Lambda allows 4 KB in all)`,
  ];
}
