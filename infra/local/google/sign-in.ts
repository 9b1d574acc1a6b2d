import type { IncomingMessage, ServerResponse } from 'node:http';
import type Provider from 'oidc-provider';
import { errors } from 'oidc-provider';
import type { Account } from './accounts.ts';
import { chooserPage, consentPage, errorPage } from './consent-pages.ts';
import { type Answer, page, redirect } from './http.ts';
import type { GoogleParts } from './parts.ts';
import { identityScopes, readScopes } from './scopes.ts';

type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>;

/**
 * Serves the pages of an authorization request: choose the account, select scopes, allow or deny. There is no browser
 * session, so the account is requested each time unless the request names it.
 */
export async function signIn(
  parts: GoogleParts,
  request: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
): Promise<Answer> {
  let interaction: Interaction;
  try {
    interaction = await parts.provider.interactionDetails(request, response);
  } catch (error) {
    if (!(error instanceof errors.SessionNotFound)) throw error;
    return page(
      errorPage({ error: 'session_expired', error_description: 'Start again from the application.' }),
      400,
    );
  }
  const url = new URL(request.url ?? '/', 'http://localhost');
  if (request.method === 'POST') {
    const form = new URLSearchParams(body.toString());
    return submit(parts, interaction, form, url.pathname);
  }
  return show(parts, interaction, url.searchParams.get('account'));
}

async function show(parts: GoogleParts, interaction: Interaction, chosen: string | null): Promise<Answer> {
  const { accounts, consents } = parts;
  const { params } = interaction;
  const hint = typeof params['login_hint'] === 'string' ? params['login_hint'] : undefined;
  const mustSelect = String(params['prompt'] ?? '')
    .split(' ')
    .includes('select_account');
  const account = accounts.byHint(chosen ?? (mustSelect ? undefined : hint));
  if (account === undefined) return page(chooserPage(accounts.all(), hint));
  const scopes = readScopes(String(params['scope']));
  if (consents.covers(account.sub, params)) return finish(parts, interaction, account, scopes);
  return page(
    consentPage(account, { name: parts.applicationName, clientId: String(params['client_id']) }, scopes),
  );
}

async function submit(
  parts: GoogleParts,
  interaction: Interaction,
  form: URLSearchParams,
  path: string,
): Promise<Answer> {
  const decision = form.get('decision');
  const account = parts.accounts.byHint(form.get('account') ?? undefined);
  if (decision === 'deny') {
    interaction.result = { error: 'access_denied', error_description: 'The user denied access.' };
    await interaction.persist();
    return redirect(interaction.returnTo);
  }
  if (account === undefined) return redirect(path);
  if (decision !== 'allow') return redirect(`${path}?account=${account.sub}`);
  const ticked = new Set(form.getAll('scope'));
  const granted = readScopes(String(interaction.params['scope'])).filter(
    (scope) => identityScopes.has(scope) || ticked.has(scope),
  );
  return finish(parts, interaction, account, granted);
}

async function finish(
  { provider, consents }: GoogleParts,
  interaction: Interaction,
  account: Account,
  granted: readonly string[],
): Promise<Answer> {
  const { params } = interaction;
  const scopes = consents.scopesFor(account.sub, params, granted);
  const grant = await consents.grant(provider, account.sub, String(params['client_id']), scopes);
  // Limited to the granted scopes, so that neither the code nor its tokens ever have more.
  interaction.params = { ...params, scope: scopes.join(' ') };
  interaction.result = {
    login: { accountId: account.sub, remember: false },
    consent: { grantId: grant.jti },
    select_account: {},
  };
  await interaction.persist();
  return redirect(interaction.returnTo);
}
