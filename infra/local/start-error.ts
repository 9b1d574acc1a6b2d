/**
 * The local environment cannot start, for a reason that the person who started it can remove. The message
 * is one line that says what is wrong and what to do.
 */
export class StartError extends Error {
  override readonly name = 'StartError';
}
