import { ConfigError } from '../../lambdas/config.ts';
import { Problem, type ProblemCode, problems } from '../../lambdas/errors.ts';
import { KeyRefusal } from './key-refusal.ts';

/** A tool cannot do what it was asked. The message is one line that says what is wrong and what to do. */
export class ToolError extends Error {
  override readonly name = 'ToolError';
}

/** A wrong command line. Nothing was read. */
export class UsageError extends ToolError {}

/** Problems whose cause may be an error of AWS, which is shown to operators but not to users. */
const behindAws: readonly ProblemCode[] = ['storage_unavailable', 'vault_unavailable', 'misconfigured'];

/** The error and its remedy in one line, without tokens and mail. */
export function explain(error: unknown): string {
  const isWorded = error instanceof ToolError || error instanceof ConfigError || error instanceof KeyRefusal;
  if (isWorded) return oneLine(error.message);
  if (error instanceof Problem) return explainProblem(error);
  if (!(error instanceof Error)) return 'it failed for an unknown reason';
  const code = codeOf(error);
  return oneLine(`${error.name}${code === undefined ? '' : ` (${code})`}: ${error.message}`);
}

/** The code of an error of Node.js or of AWS, such as ENOENT. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

function explainProblem({ code, cause, options }: Problem): string {
  const title = startSmall(problems[code].title);
  if (options.remedy !== undefined) return `${title}: ${options.remedy}`;
  if (!behindAws.includes(code)) return `${title}; try again in a while`;
  const reason = cause instanceof Error ? ` (${oneLine(`${cause.name}: ${cause.message}`)})` : '';
  return `${title}${reason}; check the AWS credentials, the region and the stage, then try again`;
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

/** A title within a sentence. */
export function startSmall(title: string): string {
  return /^[A-Z][a-z]+ /.test(title) && !/^(Google|Gmail)/.test(title)
    ? title.charAt(0).toLowerCase() + title.slice(1)
    : title;
}
