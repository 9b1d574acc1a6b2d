import { once } from 'node:events';
import { createServer } from 'node:http';

/**
 * A web application on an origin of its own, which must be on the site's list `ALLOWED_RETURN_ORIGINS`. All that it
 * does happens in its page.
 *
 * @param site the origin of gmail-offline-access
 * @param port where the application listens on 127.0.0.1; 0 takes any free port
 */
export async function startForeignWebApp(site: string, port = 0) {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8').end(pageOf(site));
  });
  await once(server.listen(port, '127.0.0.1'), 'listening');
  return server;
}

const pageOf = (site: string) => `<!doctype html>
<meta charset="utf-8">
<meta name="referrer" content="strict-origin">
<title>A web application elsewhere</title>
<button>Sign in with Google</button>
<p></p>
<ul></ul>
<script type="module">
const site = ${JSON.stringify(site)};
const [button, account, list] = document.querySelectorAll('button, p, ul');
const base64url = (bytes) => new Uint8Array(bytes).toBase64({ alphabet: 'base64url', omitPadding: true });

// 1. The button leads to Google. Only whoever knows the verifier can take the session over.
button.onclick = async () => {
  sessionStorage.verifier = base64url(crypto.getRandomValues(new Uint8Array(32)));
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(sessionStorage.verifier));
  const query = { return_to: location.origin + '/', code_challenge: base64url(digest) };
  location.href = site + '/auth/login?' + new URLSearchParams(query);
};

// 2. Back from Google, the address holds a handoff, which works once, for a minute; or why there is none.
const { handoff, error } = Object.fromEntries(new URLSearchParams(location.search));
if (error) account.textContent = 'Not signed in: ' + error;
if (handoff) {
  history.replaceState(null, '', '/');
  const session = await ask('/auth/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ handoff, codeVerifier: sessionStorage.verifier }),
  });
  account.textContent = 'Signed in as ' + session.account.email;
  await work({ headers: { authorization: 'Bearer ' + session.sessionToken } });
}

// 3. Lists the newest mail, and lists it again when the mailbox has changed.
async function work(session) {
  const subjects = {};
  let { cursor } = await ask('/mailbox/changes?after=now', session);
  await show(subjects, session);
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const page = await ask('/mailbox/changes?after=' + cursor, session);
    if (page.changes.length > 0) await show(subjects, session);
    cursor = page.cursor;
  }
}

async function show(subjects, session) {
  const { messages = [] } = await ask('/messages?maxResults=5', session);
  for (const { id } of messages) subjects[id] ??= await subjectOf(id, session);
  const newLine = (textContent) => Object.assign(document.createElement('li'), { textContent });
  list.replaceChildren(...messages.map(({ id }) => newLine(subjects[id])));
}

async function subjectOf(id, session) {
  const { payload } = await ask('/messages/' + id + '?format=metadata', session);
  return payload.headers.find(({ name }) => name === 'Subject')?.value ?? '(no subject)';
}

async function ask(path, options) {
  const response = await fetch(site + path, options);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.detail);
  return answer;
}
</script>`;
