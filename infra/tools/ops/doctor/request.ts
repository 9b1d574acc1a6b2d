import { codeOf } from '../../tool-error.ts';

/** In milliseconds. */
const timeout = 5_000;

/** Requests a URL without following redirects. An error names the code that `fetch` keeps in the cause. */
export async function request(url: string, init: RequestInit = {}): Promise<Response> {
  try {
    return await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(timeout), ...init });
  } catch (error) {
    const { cause, name } = error instanceof Error ? error : { cause: undefined, name: 'no answer' };
    const { origin } = new URL(url);
    throw new Error(
      `${origin} cannot be reached (${codeOf(cause) ?? name}); check the network and its proxies`,
    );
  }
}
