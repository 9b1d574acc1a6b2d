/** In milliseconds. */
const timeout = 5_000;

/** Requests a URL without following redirects. An error names the code that `fetch` keeps in the cause. */
export async function request(url: string, init: RequestInit = {}): Promise<Response> {
  try {
    return await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(timeout), ...init });
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
    const reason = code ?? (error instanceof Error ? error.name : 'no answer');
    throw new Error(
      `${new URL(url).origin} cannot be reached (${reason}); look at the network and its proxies`,
    );
  }
}
