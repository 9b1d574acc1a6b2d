/**
 * The local environment cannot start, for a reason that the developer can fix. The message is one line with the cause
 * and the remedy.
 */
export class StartError extends Error {
  override readonly name = 'StartError';
}
