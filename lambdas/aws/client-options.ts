/**
 * What every AWS client is given: bounded waiting and bounded retries, so that a call's outcome is known well
 * within a function's time (milliseconds).
 */
export const clientOptions = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
};

/** Errors that waiting does not mend: a right, a resource or a request is wrong. */
const settledErrors = [
  'AccessDeniedException',
  'ResourceNotFoundException',
  'UnrecognizedClientException',
  'ValidationException',
];

/** Whether an AWS error is for the operator to mend rather than for time. */
export function isOperatorsFault(error: unknown): boolean {
  return error instanceof Error && settledErrors.includes(error.name);
}
