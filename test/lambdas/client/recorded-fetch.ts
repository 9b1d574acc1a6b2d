/** One request, as a client sent it. */
export interface SentRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: string;
}

/** A fetch without a network: it writes requests down and gives these answers, the last one again and again. */
export function recordedFetch(...answers: readonly ((request: SentRequest) => Response)[]) {
  const sent: SentRequest[] = [];
  const send: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    const { method, headers } = request;
    const written = { method, url: new URL(request.url), headers, body: await request.text() };
    sent.push(written);
    const answer = answers[Math.min(sent.length, answers.length) - 1];
    return answer === undefined ? Response.json({}) : answer(written);
  };
  return { fetch: send, sent };
}
