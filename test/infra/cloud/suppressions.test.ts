import { type App, Validations } from 'aws-cdk-lib/core';
import { AwsSolutionsChecks } from 'cdk-nag';
import * as v from 'valibot';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { synthesise } from '../../support/cloud.ts';

// Every choice that adds resources.
const context = {
  domainName: 'mail.example.com',
  certificateArn: 'arn:aws:acm:eu-central-1:123456789012:certificate/0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f',
  alarmEmail: 'ops@example.com',
};

afterEach(() => {
  vi.restoreAllMocks();
});

describe('every suppression of a check', () => {
  let suppressions: readonly Suppression[] = [];
  synthesise({
    context,
    seed: (app) => {
      suppressions = suppressionsIn(app);
    },
  });

  it('says why, in a sentence', () => {
    expect(suppressions.length).toBeGreaterThan(20);
    for (const { path, rule, reason } of suppressions) {
      expect(reason, `${rule} at ${path}`).toMatch(/^\w.{40,}\.$/);
    }
  });

  it('is needed: without it, its check finds something there', () => {
    vi.spyOn(Validations.prototype, 'acknowledge').mockReturnValue();
    let found: readonly Finding[] = [];
    const seed = (app: App) => {
      found = findingsIn(app);
    };
    expect(() => synthesise({ context, seed })).toThrow(/AwsSolutions-/);
    const idle = suppressions.filter(
      ({ path, rule }) => !found.some((each) => each.rule === rule && isWithin(each.path, path)),
    );
    expect(idle).toEqual([]);
  });
});

interface Finding {
  readonly path: string;
  readonly rule: string;
}

interface Suppression extends Finding {
  readonly reason: string;
}

const acknowledged = v.record(v.string(), v.string());

/** CDK keeps them in the metadata of constructs, each rule under a prefix. */
function suppressionsIn(app: App): Suppression[] {
  return app.node.findAll().flatMap(({ node }) =>
    node.metadata
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.entries(v.parse(acknowledged, data)))
      .map(([rule, reason]) => ({ path: node.path, rule: rule.replace(/^annotation::/i, ''), reason })),
  );
}

function findingsIn(app: App): Finding[] {
  return new AwsSolutionsChecks()
    .validateScope(app)
    .violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath = '' }) => ({ rule: ruleName, path: constructPath })),
    );
}

function isWithin(path: string, ancestor: string): boolean {
  return path === ancestor || path.startsWith(`${ancestor}/`);
}
