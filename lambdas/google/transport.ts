import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { OAuth2Client } from 'google-auth-library/build/src/auth/oauth2client.js';
import { isOversize } from './failure.ts';

/** Google's HTTP client, as its auth library sets it up. */
export type Transport = OAuth2Client['transporter'];

/** Its request options. */
export type TransportOptions = NonNullable<Parameters<Transport['request']>[0]>;

const secure = new HttpsAgent({ keepAlive: true });
const plain = new HttpAgent({ keepAlive: true });

/** How long Google may take for one answer (milliseconds): two tries fit the 30 seconds of API Gateway. */
const answerTimeout = 8_000;

/** Nothing Google sends us on purpose is larger (bytes): a message over 5.5 MB is refused anyway. */
const largestAnswer = 16_000_000;

/**
 * The one way out to Google: connections are kept open between calls, no answer is waited for longer than eight
 * seconds, redirects are not followed, and nothing is retried unless the call asks for it.
 */
export function createTransport(): Transport {
  const options: TransportOptions & { redirect: 'error'; size: number } = {
    agent: (url: URL) => (url.protocol === 'https:' ? secure : plain),
    timeout: answerTimeout,
    redirect: 'error',
    size: largestAnswer,
    retry: false,
  };
  return new OAuth2Client({ transporterOptions: options, useAuthRequestParameters: false }).transporter;
}

/**
 * One more try after a dropped connection or a 5xx, for calls that may safely be made twice. A 429 is not tried
 * again, since retrying through Gmail's lockout extends it, and neither is a time-out, since the caller waits.
 */
export const onceMore: Pick<TransportOptions, 'retryConfig'> = {
  retryConfig: {
    retryDelay: 300,
    shouldRetry: (error) => {
      const { response, code, config } = error;
      if ((config.retryConfig?.currentRetryAttempt ?? 0) >= 1) return false;
      return response === undefined ? code !== 'TimeoutError' && !isOversize(error) : response.status >= 500;
    },
  },
};

/** Not one more try, not even the ones that googleapis makes unless told: each try costs quota, and is charged. */
export const neverAgain: Pick<TransportOptions, 'retry'> = { retry: false };
