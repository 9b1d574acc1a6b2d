/**
 * What every AWS client is given: bounded waiting and bounded retries, so that a call's outcome is known well
 * within a function's time (milliseconds).
 */
export const clientOptions = {
  maxAttempts: 3,
  requestHandler: {
    connectionTimeout: 1_000,
    requestTimeout: 3_000,
    throwOnRequestTimeout: true,
    // The request's time is over with the head of its answer: without this, a body may keep us waiting for minutes.
    socketTimeout: 3_000,
  },
};

/** Errors that waiting does not mend: a right, a resource or a request is wrong. */
const settledErrors = [
  'AccessDeniedException',
  // Of Secrets Manager: the key of the secret is shut, and the secret is being deleted.
  'DecryptionFailure',
  'InvalidRequestException',
  'ResourceNotFoundException',
  'UnrecognizedClientException',
  'ValidationException',
];

/** Whether an AWS error is for the operator to mend rather than for time. */
export function isConfigurationError(error: unknown): boolean {
  return error instanceof Error && settledErrors.includes(error.name);
}
