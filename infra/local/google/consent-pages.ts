import type { Account } from './accounts.ts';
import { gmailScopes } from './scopes.ts';

const style = `
  body { font: 16px/1.5 system-ui, sans-serif; margin: 0; background: #f0f4f9; color: #1f1f1f }
  main { overflow-wrap: anywhere; max-width: 28rem; margin: 2rem auto; padding: 1.5rem; background: #fff; border-radius: 1rem }
  h1 { font-size: 1.4rem; font-weight: 500 }
  label { display: flex; gap: .75rem; padding: .6rem 0; align-items: baseline; overflow-wrap: anywhere }
  button { font: inherit; padding: .6rem 1.4rem; border-radius: 2rem; border: 1px solid #0b57d0; margin: 1rem .5rem 0 0 }
  button.go { background: #0b57d0; color: #fff }
  button.stop { background: #fff; color: #0b57d0 }
  .notice { font-size: .85rem; color: #444; border-top: 1px solid #ddd; margin-top: 1.5rem; padding-top: .75rem }
`;

/** Returns the page on which the user chooses an account. */
export function chooserPage(accounts: readonly Account[], hint: string | undefined): string {
  const hinted = accounts.find((account) => account.email === hint || account.sub === hint) ?? accounts[0];
  const choices = accounts.map((account) => {
    const checked = account === hinted ? ' checked' : '';
    return `<label><input type="radio" name="account" value="${escapeHtml(account.email)}"${checked} required>
      <span>${escapeHtml(account.name)}<br>${escapeHtml(account.email)}</span></label>`;
  });
  return page(
    'Choose an account',
    `<form method="post">
      ${choices.join('\n')}
      <button class="go" name="decision" value="choose">Next</button>
      <button class="stop" name="decision" value="deny">Cancel</button>
    </form>`,
  );
}

/** Returns the page on which the user grants or denies; each Gmail scope can be deselected. */
export function consentPage(
  account: Account,
  application: { readonly name: string; readonly clientId: string },
  scopes: readonly string[],
): string {
  const boxes = scopes.flatMap((scope) => {
    const meaning = gmailScopes.get(scope);
    if (meaning === undefined) return [];
    return `<label><input type="checkbox" name="scope" value="${escapeHtml(scope)}" checked>
      <span>${escapeHtml(meaning)}<br><small>${escapeHtml(scope)}</small></span></label>`;
  });
  return page(
    'Grant access to your Google Account',
    `<p><strong title="${escapeHtml(application.clientId)}">${escapeHtml(application.name)}</strong> wants access to <strong>${escapeHtml(account.email)}</strong>.
      It will know your name, address and picture. Choose what else it may do:</p>
    <form method="post">
      <input type="hidden" name="account" value="${escapeHtml(account.email)}">
      ${boxes.join('\n')}
      <button class="go" name="decision" value="allow">Allow</button>
      <button class="stop" name="decision" value="deny">Deny</button>
    </form>`,
  );
}

/** Returns the page that explains why a request fails. */
export function errorPage(out: {
  readonly error: string;
  readonly error_description?: string | undefined;
}): string {
  return page(
    'Access blocked: this request is invalid',
    `<p>Error 400: ${escapeHtml(out.error)}</p><p>${escapeHtml(out.error_description ?? '')}</p>`,
  );
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} – Local Google</title>
<style>${style}</style>
</head>
<body><main>
<h1>${title}</h1>
${body}
<p class="notice">Local Google — a stand-in for tests, no real account. Nothing leaves this machine.</p>
</main></body>
</html>
`;
}

function escapeHtml(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
