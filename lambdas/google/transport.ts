import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { OAuth2Client } from 'google-auth-library/build/src/auth/oauth2client.js';
import { isOversize } from './failure.ts';
import { isTransientFailure } from './gmail-problem.ts';

/** Google's HTTP client, as its auth library configures it. */
export type Transport = OAuth2Client['transporter'];

/** Its request options. */
export type TransportOptions = NonNullable<Parameters<Transport['request']>[0]>;

const secure = new HttpsAgent({ keepAlive: true });
const plain = new HttpAgent({ keepAlive: true });

/** How long Google may take for one response (milliseconds): two tries fit the 30 seconds of API Gateway. */
const answerTimeout = 8_000;

/** The largest response to read (bytes); a message over 5.5 MB is refused anyway. */
const largestResponse = 16_000_000;

/**
 * The only HTTP client for Google. It keeps connections open between calls, times out after eight seconds, does not
 * follow redirects, and retries only if the call asks for it.
 */
export function createTransport(): Transport {
  const options: TransportOptions & { redirect: 'error'; size: number } = {
    agent: (url: URL) => (isSecure(url) ? secure : plain),
    timeout: answerTimeout,
    redirect: 'error',
    size: largestResponse,
    retry: false,
  };
  const { transporter } = new OAuth2Client({
    transporterOptions: options,
    useAuthRequestParameters: false,
  });
  transporter.interceptors.request.add({
    resolved: async (config) => {
      if (config.retryConfig !== undefined) config.retryConfig.timeOfFirstRequest = Date.now();
      return config;
    },
  });
  return transporter;
}

const isSecure = ({ protocol }: URL) => protocol === 'https:';

/**
 * A new connection, for a call that must not be repeated. The server may close a kept connection just as the call is
 * sent, and then the client cannot know whether the call arrived.
 */
export const newConnection: Pick<TransportOptions, 'agent'> = {
  agent: (url: URL) => (isSecure(url) ? new HttpsAgent() : new HttpAgent()),
};

/**
 * Retry only after failures that came within this time (milliseconds): the caller and the function have no time for
 * more.
 */
const soon = 2_000;

/**
 * One retry after a dropped connection, a 5xx or a transient “Precondition check failed” that came soon, for idempotent
 * calls. No retry after a 429, which would extend Gmail's lockout, before a time that Google named, or after a timeout.
 */
export const retryOnce: Pick<TransportOptions, 'retryConfig'> = {
  retryConfig: {
    retryDelay: 300,
    shouldRetry: (error) => {
      const { response, code, config } = error;
      const { currentRetryAttempt = 0, timeOfFirstRequest = Date.now() } = config.retryConfig ?? {};
      if (currentRetryAttempt >= 1 || Date.now() - timeOfFirstRequest > soon) return false;
      if (response === undefined) return code !== 'TimeoutError' && !isOversize(error);
      const isPassing =
        response.status >= 500 || (response.status === 400 && isTransientFailure(response.data));
      return isPassing && !response.headers.has('retry-after');
    },
  },
};

/** Disables googleapis' default retries: each try costs quota and must be charged. */
export const neverRetry: Pick<TransportOptions, 'retry'> = { retry: false };
