import { describe, expect, it } from 'vitest';
import { runTool } from '../../support/run-tool.ts';

describe('a tool that is called wrongly says in one line how to call it', () => {
  it.each<['grants' | 'copy', string[], string]>([
    ['grants', [], 'it was not said what to do'],
    ['grants', ['toString'], 'there is no such command'],
    ['grants', ['import'], 'import takes one file'],
    ['grants', ['export', 'a.jsonl'], 'export takes no file'],
    ['grants', ['export', '--dry-run'], 'export does not take --dry-run'],
    ['grants', ['export', '--local', '--stage', 'prod'], '--stage and --local exclude each other'],
    ['grants', ['import', 'a.jsonl', '--token'], 'an option is not known, or lacks its value'],
    ['copy', ['export', '--local'], 'it was not said whose copy'],
  ])('%s %j', async (name, args, fault) => {
    const { code, stdout, stderr } = await runTool(name, args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^gmail-offline-access: [^\n]*; call it like this: npm run [^\n]*\n$/);
    expect(stderr).toContain(fault);
  });

  it('repeats nothing that it was given: it may be a token', async () => {
    const { stderr } = await runTool('grants', ['import', '--1//0secret=x']);
    expect(stderr).not.toContain('secret');
  });
});
