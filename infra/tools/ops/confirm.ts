import { textLines } from '../text-lines.ts';
import { ToolError } from '../tool-error.ts';
import type { OpsCall } from './command.ts';

/**
 * Asks the operator to confirm by typing the name of the stage, unless `--yes` is given.
 *
 * @param what what will be done
 * @throws ToolError if anything else is typed, or nothing
 */
export async function confirm(what: string, { installation, options }: OpsCall): Promise<void> {
  if (options.yes) return;
  const { name } = installation;
  process.stderr.write(`${what}\nType the name of the stage (${name}) to go on: `);
  const lines = textLines(process.stdin);
  const { value: typed } = await lines.next();
  await lines.return(undefined);
  if (typed?.trim() === name) return;
  throw new ToolError('not confirmed, so nothing was done; type the name, or give --yes in a script');
}
