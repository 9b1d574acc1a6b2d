import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { administer } from './admin.ts';
import type { ProvedRequest } from './dpop.ts';
import {
  answerOf,
  applyFault,
  applyFaultToResponse,
  type FaultEffect,
  transmissionFaultOf,
  waitFor,
} from './faults.ts';
import { callBatch } from './gmail/batch.ts';
import { callGmail } from './gmail/gmail.ts';
import { type Answer, json, replay, write } from './http.ts';
import type { GoogleParts } from './parts.ts';
import { readExchange } from './phone.ts';
import { paths } from './provider.ts';
import { signIn } from './sign-in.ts';

/** Returns the handler of all requests to the local Google: the OAuth half, the Gmail half, the admin routes. */
export function createRouter(parts: GoogleParts) {
  const { provider } = parts;
  const oauth = provider.callback();

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<Answer | undefined> {
    const { method = 'GET' } = request;
    const url = new URL(request.url ?? '/', 'http://localhost');
    const body = await buffer(request);
    const { authorization, 'content-type': contentType } = request.headers;
    if (url.pathname.startsWith('/admin/')) return administer(parts, method, url, body);
    if (url.pathname.startsWith('/gmail/')) {
      return callGmail(parts, { method, target: request.url ?? '/', authorization });
    }
    if (method === 'POST' && url.pathname.startsWith('/batch')) {
      return callBatch(parts, contentType, authorization, body);
    }
    const form = method === 'POST' ? new URLSearchParams(body.toString()) : url.searchParams;
    const effect = takeFault(parts, url.pathname, form);
    await waitFor(effect);
    const instead = answerOf(effect) ?? undone(effect);
    if (instead) return instead;
    if (method === 'POST' && url.pathname === paths.revocation) {
      const token = form.get('token') ?? url.searchParams.get('token') ?? undefined;
      return applyFault(revoke(parts, token), effect);
    }
    if (url.pathname.startsWith(paths.signIn)) {
      return signIn(parts, replay(request, body), response, body);
    }
    if (effect) applyFaultToResponse(response, effect);
    if (url.pathname !== paths.token) {
      await oauth(replay(request, body), response);
      return undefined;
    }
    const { refused, nonce } = await parts.proofs.check({ ...proofOf(request), form });
    if (refused) return applyFault(refused, effect);
    if (nonce !== undefined) response.setHeader('dpop-nonce', nonce);
    await oauth(replay(request, Buffer.from((await readExchange(form, provider)).toString())), response);
    return undefined;
  }

  return (request: IncomingMessage, response: ServerResponse): void => {
    answer(request, response)
      .then((given) => given && write(request, response, given))
      .catch((error: unknown) => {
        if (request.destroyed && !request.complete) return;
        const message = error instanceof Error ? error.message : String(error);
        if (response.headersSent) response.destroy();
        else write(request, response, json({ error: message }, 500));
      });
  };
}

/**
 * Revokes like Google: the bearer of a token can revoke it without client authentication, and all grants and tokens of
 * that account end with it.
 */
function revoke({ artifacts }: GoogleParts, token: string | undefined): Answer {
  const accountId = token === undefined ? undefined : artifacts.accountOf(token);
  if (accountId === undefined) {
    return json({ error: 'invalid_token', error_description: 'Token expired or revoked' }, 400);
  }
  artifacts.revokeAccount(accountId);
  return json({});
}

/** A request's DPoP proof, and the URL that it must be for. */
function proofOf({ headers }: IncomingMessage): Pick<ProvedRequest, 'proof' | 'address'> {
  const proof = headers['dpop'];
  return {
    proof: typeof proof === 'string' ? proof : proof?.join(' '),
    address: `http://${headers.host ?? ''}${paths.token}`,
  };
}

/** The points at which a fault can apply to a request of the OAuth half. */
function takeFault(parts: GoogleParts, path: string, form: URLSearchParams): FaultEffect | undefined {
  const points = oauthPoints(path, form);
  if (points.length === 0) return undefined;
  const proof = form.get('refresh_token') ?? form.get('code') ?? form.get('token');
  const sub = proof === null ? undefined : parts.artifacts.accountOf(proof);
  return parts.faults.next(
    [...points, '*'],
    sub === undefined ? undefined : parts.accounts.bySub(sub)?.email,
  );
}

function oauthPoints(path: string, form: URLSearchParams): string[] {
  switch (path) {
    case paths.token:
      return ['token', form.get('grant_type') === 'refresh_token' ? 'token.refresh' : 'token.code'];
    case paths.revocation:
      return ['revoke'];
    case paths.authorization:
      return ['authorize'];
    case paths.userinfo:
      return ['userinfo'];
    case paths.discovery:
      return ['discovery'];
    default:
      return [];
  }
}

/** A connection that hangs or breaks needs no handler, unless the request must still be executed. */
function undone(effect: FaultEffect | undefined): Answer | undefined {
  const transmissionFault = transmissionFaultOf(effect);
  if (effect?.done || (transmissionFault !== 'hang' && transmissionFault !== 'reset')) return undefined;
  return { ...json({}), transmissionFault };
}
