import { once } from 'node:events';
import { createServer } from 'node:http';

/**
 * A web application on an origin of its own that signs people in by a pop-up. Its origin must be on the site's list
 * `ALLOWED_RETURN_ORIGINS`.
 *
 * @param site the origin of gmail-offline-access
 * @param port where the application listens on 127.0.0.1; 0 takes any free port
 */
export async function startPopUpWebApp(site: string, port = 0) {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8').end(pageOf(site));
  });
  await once(server.listen(port, '127.0.0.1'), 'listening');
  return server;
}

const pageOf = (site: string) => `<!doctype html>
<meta charset="utf-8">
<title>A web application with a pop-up</title>
<button>Sign in with Google</button>
<p></p>
<script type="module">
const site = ${JSON.stringify(site)};
const [button, account] = document.querySelectorAll('button, p');
const channel = new BroadcastChannel('sign-in');
const base64url = (bytes) => new Uint8Array(bytes).toBase64({ alphabet: 'base64url', omitPadding: true });

// 1. Prepared first: browsers let a pop-up open right after a click only.
const codeVerifier = base64url(crypto.getRandomValues(new Uint8Array(32)));
const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(codeVerifier));
const query = { return_to: location.origin + '/', code_challenge: base64url(digest) };
button.onclick = () => {
  window.open(site + '/auth/login?' + new URLSearchParams(query), '', 'popup,width=500,height=700');
};

// 2. In the end the pop-up shows this very page. It passes on what came, and closes.
const { handoff, error } = Object.fromEntries(new URLSearchParams(location.search));
if (handoff || error) {
  channel.postMessage({ handoff, error });
  window.close();
}

// 3. Only the page that opened the pop-up has the verifier.
channel.onmessage = async ({ data: { handoff, error } }) => {
  if (error) throw new Error(error);
  const session = await ask('/auth/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ handoff, codeVerifier }),
  });
  const headers = { authorization: 'Bearer ' + session.sessionToken };
  const { messages = [] } = await ask('/messages?maxResults=5', { headers });
  account.textContent = session.account.email + ': ' + messages.length + ' messages';
};

async function ask(path, options) {
  const response = await fetch(site + path, options);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.detail);
  return answer;
}
</script>`;
