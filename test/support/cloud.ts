import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib/core';
import cdk from '../../cdk.json' with { type: 'json' };
import { addStacks } from '../../infra/cloud/stacks.ts';
import { functionNames } from '../../infra/routes.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** The OAuth client of every synthesis, since each needs one. */
export const clientId = '1234-abcd.apps.googleusercontent.com';

/** A CloudFormation template, as far as the tests read it. */
export interface CloudTemplate {
  readonly Resources: Readonly<Record<string, CloudResource>>;
  readonly Outputs: Readonly<Record<string, { readonly Value: unknown; readonly Export?: { Name: string } }>>;
}

/** A resource of a CloudFormation template. */
export interface CloudResource {
  readonly Type: string;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly DependsOn?: readonly string[];
  readonly Properties: Readonly<Record<string, unknown>>;
}

/** Both stacks' templates and what the checks found in them. */
export interface Synthesis {
  readonly data: CloudTemplate;
  readonly service: CloudTemplate;
  /** `validation-report.json`, as text. */
  readonly report: string;
}

/** How a synthesis departs from the usual one. */
export interface SynthesisOptions {
  /** Context values beside those of `cdk.json` and the client ID. */
  readonly context?: Readonly<Record<string, unknown>>;
  /** Adds to the app what must be found there. */
  readonly seed?: (app: App) => void;
}

/**
 * Synthesises both stacks as `cdk synth` does, around stand-ins for the bundles, since no template depends on
 * what is in them but for a hash.
 *
 * @throws an error that holds the findings when a check fails
 */
export function synthesise({ context = {}, seed }: SynthesisOptions = {}): Synthesis {
  const folder = mkdtempSync(join(tmpdir(), 'cloud-'));
  try {
    const bundles = join(folder, 'bundles');
    for (const name of functionNames) {
      mkdirSync(join(bundles, name), { recursive: true });
      writeFileSync(join(bundles, name, 'index.js'), `exports.handler = () => '${name}';\n`);
    }
    const app = new App({ outdir: join(folder, 'out'), context: { ...cdk.context, clientId, ...context } });
    addStacks(app, bundles);
    seed?.(app);
    const assembly = app.synth();
    return {
      data: assembly.getStackArtifact('Data').template,
      service: assembly.getStackArtifact('Service').template,
      report: readFileSync(join(assembly.directory, 'validation-report.json'), 'utf8'),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** An empty app. What it writes is gone when the test has ended: by itself, CDK leaves a folder behind for each. */
export function emptyApp(context: Readonly<Record<string, unknown>> = {}): App {
  return new App({ outdir: temporaryFolder(), context: { ...context } });
}

/** The resources of one type, by logical ID. */
export function resourcesOf(template: CloudTemplate, type: string): Record<string, CloudResource> {
  return Object.fromEntries(Object.entries(template.Resources).filter(([, { Type }]) => Type === type));
}
