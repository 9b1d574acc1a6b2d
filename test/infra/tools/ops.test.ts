import { describe, expect, it } from 'vitest';
import { runTool } from '../../support/run-tool.ts';

describe('a call that is wrong is refused before anything is looked at', () => {
  it.each([
    [['--local'], 'no command was given'],
    [['toString'], 'there is no such command'],
    [['find'], 'find takes one account'],
    [['redrive', 'x'], 'redrive takes only options'],
    [['find', 'x', '--owner', 'tenant'], 'find does not take --owner'],
    [['find', 'x', '--colour'], 'an option is unknown'],
    [['find', 'x', '--local', '--stage', 'prod'], '--stage and --local exclude each other'],
    [['revoke-all', '--local'], 'revoke-all takes either --owner, with a name, or --everyone'],
    [['revoke-all', '--local', '--owner', '', '--yes'], 'revoke-all takes either --owner'],
    [['revoke-all', '--local', '--owner', 't', '--everyone', '--yes'], 'revoke-all takes either --owner'],
    [['find', 'x', '--stage', 'PROD'], 'that is no stage'],
    [['revoke-all', 'x'], 'revoke-all takes only options; see npm run ops -- --help'],
    [['doctor', '--local', '--origin', 'https://a.example/path'], '--origin must be'],
  ])('as in %j ends with 2', async (args, fault) => {
    const { code, stdout, stderr } = await runTool('ops', args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^gmail-offline-access: [^\n]*\n$/);
    expect(stderr).toContain(fault);
  });
});
