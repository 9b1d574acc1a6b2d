import { once } from 'node:events';
import { createServer } from 'node:http';

/**
 * A web application on an origin of its own that lets Google's library open a pop-up, and receives the one-time code
 * itself. The origin must be on the site's list `ALLOWED_RETURN_ORIGINS`, and registered at Google.
 *
 * @param site the origin of gmail-offline-access
 * @param library where Google's library lies
 * @param port where the application listens on 127.0.0.1; 0 takes any free port
 */
export async function startPopUpWebApp(
  site: string,
  library = 'https://accounts.google.com/gsi/client',
  port = 0,
) {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8').end(pageOf(site, library));
  });
  await once(server.listen(port, '127.0.0.1'), 'listening');
  return server;
}

const pageOf = (site: string, library: string) => `<!doctype html>
<meta charset="utf-8">
<title>A web application with a pop-up</title>
<button id="sign-in" disabled>Sign in with Google</button>
<p id="account"></p>
<script src="${library}"></script>
<script type="module">
const site = ${JSON.stringify(site)};
const base64url = (bytes) => new Uint8Array(bytes).toBase64({ alphabet: 'base64url', omitPadding: true });

// 1. What to ask Google for. Asked first: browsers let a pop-up open right after a click only.
const codeVerifier = base64url(crypto.getRandomValues(new Uint8Array(32)));
const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(codeVerifier));
const query = { purpose: 'code', redirect_uri: 'postmessage', code_challenge: base64url(digest) };
const { clientId, scopes, state } = await ask('/auth/url?' + new URLSearchParams(query));

// 2. The library opens the pop-up, and hands the code over.
const client = google.accounts.oauth2.initCodeClient({
  client_id: clientId,
  scope: scopes.join(' '),
  state,
  ux_mode: 'popup',
  callback: takeOver,
});
const button = document.getElementById('sign-in');
button.onclick = () => client.requestCode();
button.disabled = false;

// 3. The site exchanges the code at Google, keeps the refresh token, and opens a session.
async function takeOver({ code, state, error }) {
  if (error) throw new Error(error);
  const { sessionToken, account } = await ask('/auth/code', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code, state, codeVerifier }),
  });
  const session = { headers: { authorization: 'Bearer ' + sessionToken } };
  const { messages = [] } = await ask('/messages?maxResults=5', session);
  document.getElementById('account').textContent = account.email + ': ' + messages.length + ' messages';
}

async function ask(path, options) {
  const response = await fetch(site + path, options);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.detail);
  return answer;
}
</script>`;
