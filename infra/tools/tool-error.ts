import { ConfigError } from '../../lambdas/config.ts';
import { Problem, type ProblemCode, problems } from '../../lambdas/errors.ts';
import { KeyRefusal } from './key-refusal.ts';

/** A tool cannot do what it was asked. The message is one line that says what is wrong and what to do. */
export class ToolError extends Error {
  override readonly name = 'ToolError';
}

/** A tool was called wrongly: nothing was looked at. */
export class UsageError extends ToolError {}

/** Problems behind which stands an error of AWS, which says to an operator what it would not to a person. */
const behindAws: readonly ProblemCode[] = ['storage_unavailable', 'vault_unavailable', 'misconfigured'];

/** What went wrong, in one line, and what to do about it. No token and no mail is in it. */
export function explain(error: unknown): string {
  const inWords = error instanceof ToolError || error instanceof ConfigError || error instanceof KeyRefusal;
  if (inWords) return oneLine(error.message);
  if (error instanceof Problem) return explainProblem(error);
  if (!(error instanceof Error)) return 'it failed for no reason that is known';
  const code = 'code' in error && typeof error.code === 'string' ? ` (${error.code})` : '';
  return oneLine(`${error.name}${code}: ${error.message}`);
}

function explainProblem({ code, cause, options }: Problem): string {
  const title = startSmall(problems[code].title);
  if (options.remedy !== undefined) return `${title}: ${options.remedy}`;
  if (!behindAws.includes(code)) return `${title}; try again in a while`;
  const reason = cause instanceof Error ? ` (${oneLine(`${cause.name}: ${cause.message}`)})` : '';
  return `${title}${reason}; look at the AWS credentials, the region and the stage in use, then try again`;
}

/**
 * Runs a tool. An error is printed in one line, and the process exits with status 1.
 *
 * @param work returns the exit status
 * @param statusOfMisuse the exit status for a wrong command line
 */
export async function runTool(work: () => Promise<number>, statusOfMisuse = 1): Promise<void> {
  try {
    process.exitCode = await work();
  } catch (error) {
    process.stderr.write(`gmail-offline-access: ${explain(error)}\n`);
    process.exitCode = error instanceof UsageError ? statusOfMisuse : 1;
  }
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, '; ').slice(0, 500);
}

function startSmall(title: string): string {
  return /^[A-Z][a-z]+ /.test(title) && !/^(Google|Gmail)/.test(title)
    ? title.charAt(0).toLowerCase() + title.slice(1)
    : title;
}
