import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { OAuth2Client } from 'google-auth-library/build/src/auth/oauth2client.js';
import { isOversize } from './failure.ts';
import { isTransientFailure } from './gmail-problem.ts';

/** Google's HTTP client, as its auth library sets it up. */
export type Transport = OAuth2Client['transporter'];

/** Its request options. */
export type TransportOptions = NonNullable<Parameters<Transport['request']>[0]>;

const secure = new HttpsAgent({ keepAlive: true });
const plain = new HttpAgent({ keepAlive: true });

/** How long Google may take for one answer (milliseconds): two tries fit the 30 seconds of API Gateway. */
const answerTimeout = 8_000;

/** Nothing Google sends us on purpose is larger (bytes): a message over 5.5 MB is refused anyway. */
const largestResponse = 16_000_000;

/**
 * The one way out to Google: connections are kept open between calls, no answer is waited for longer than eight
 * seconds, redirects are not followed, and nothing is retried unless the call asks for it.
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
 * A new connection, for a call that must not be made twice: the other side may close one that was kept just as the
 * call is sent, and then nobody can tell whether it arrived.
 */
export const newConnection: Pick<TransportOptions, 'agent'> = {
  agent: (url: URL) => (isSecure(url) ? new HttpsAgent() : new HttpAgent()),
};

/** A try that failed later than this (milliseconds) is the last: the caller, and the function's time, wait no longer. */
const soon = 2_000;

/**
 * One more try after a dropped connection, a 5xx or a passing “Precondition check failed” that came soon, for calls that
 * may safely be made twice. Not after a 429, since retrying through Gmail's lockout extends it, nor before the time that
 * Google named, nor after a time-out.
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

/** Not one more try, not even the ones that googleapis makes unless told: each try costs quota, and is charged. */
export const neverRetry: Pick<TransportOptions, 'retry'> = { retry: false };
