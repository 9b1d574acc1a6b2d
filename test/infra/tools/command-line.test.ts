import { describe, expect, it } from 'vitest';
import { commands } from '../../../infra/tools/ops/commands.ts';
import { runTool } from '../../support/run-tool.ts';

describe('help', () => {
  it.each<['grants' | 'copy' | 'ops', string[], string[]]>([
    ['grants', [], ['import <file>', 'Checks each refresh token', 'export', '--dry-run']],
    [
      'grants',
      ['import', '--help'],
      ['import <file>', 'npm run grants -- import grants.jsonl --dry-run', '--scopes'],
    ],
    ['copy', ['help'], ['export', 'npm run copy -- export --account 150213319623975729730 --out copy.jsonl']],
    ['ops', ['-h'], Object.entries(commands).flatMap(([name, { about }]) => [name, about])],
    ['ops', ['find', 'ada@example.com', '--help'], ['find <account>', 'npm run ops -- find ada@example.com']],
  ])('of %s is printed for %j, and the command ends with 0', async (name, args, parts) => {
    const { code, stdout, stderr } = await runTool(name, args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Usage: npm run /);
    for (const part of parts) expect(stdout).toContain(part);
  });

  it('of one command leaves out the others and their options', async () => {
    const { stdout } = await runTool('ops', ['help', 'redrive']);
    expect(stdout).toContain('npm run ops -- redrive\n');
    expect(stdout).not.toMatch(/disconnect|--owner/);
  });
});

describe('a tool that is called wrongly says why in one line, and how to see its help', () => {
  it.each<['grants' | 'copy', string[], string]>([
    ['grants', ['--local'], 'no command was given'],
    ['grants', ['toString'], 'there is no such command'],
    ['grants', ['import'], 'import takes one file'],
    ['grants', ['export', 'a.jsonl'], 'export takes only options'],
    ['grants', ['export', '--dry-run'], 'export does not take --dry-run'],
    ['grants', ['export', '--local', '--stage', 'prod'], '--stage and --local exclude each other'],
    ['grants', ['import', 'a.jsonl', '--token'], 'an option is unknown, or has no value'],
    ['copy', ['export', '--local'], 'give the account with --account'],
  ])('%s %j', async (name, args, fault) => {
    const { code, stdout, stderr } = await runTool(name, args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^gmail-offline-access: [^\n]*; see npm run \w+ -- --help\n$/);
    expect(stderr).toContain(fault);
  });

  it('repeats nothing that it was given: it may be a token', async () => {
    const { stderr } = await runTool('grants', ['import', '--1//0secret=x']);
    expect(stderr).not.toContain('secret');
  });
});
