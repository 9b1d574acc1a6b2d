/**
 * Options of every AWS client: limited timeouts and retries, so that a call ends well within a function's time
 * (milliseconds).
 */
export const clientOptions = {
  maxAttempts: 3,
  requestHandler: {
    connectionTimeout: 1_000,
    requestTimeout: 3_000,
    throwOnRequestTimeout: true,
    // The request timeout ends with the response headers; without this one, a body could stall for minutes.
    socketTimeout: 3_000,
  },
};

/** Errors that retrying does not fix: a missing right, a missing resource or an invalid request. */
const settledErrors = [
  'AccessDeniedException',
  // Of Secrets Manager: the secret's key is disabled, or the secret is being deleted.
  'DecryptionFailure',
  'InvalidRequestException',
  'ResourceNotFoundException',
  'UnrecognizedClientException',
  'ValidationException',
];

/** Whether the operator must fix an AWS error, because retrying does not help. */
export function isConfigurationError(error: unknown): boolean {
  return error instanceof Error && settledErrors.includes(error.name);
}
