import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import * as v from 'valibot';
import { type Answer, breakOff, drip, json, type TransmissionFault } from './http.ts';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

const thenSchema = v.strictObject({
  status: v.optional(v.pipe(v.number(), v.integer(), v.minValue(200), v.maxValue(599))),
  headers: v.optional(v.record(v.string(), v.string())),
  body: v.optional(v.unknown()),
  delayMs: v.optional(count),
  hang: v.optional(v.boolean()),
  reset: v.optional(v.boolean()),
  done: v.optional(v.boolean()),
  truncate: v.optional(v.boolean()),
  bodyBase64: v.optional(v.pipe(v.string(), v.base64())),
  fillBytes: v.optional(count),
  dripMs: v.optional(count),
  omit: v.optional(v.array(v.string())),
  set: v.optional(v.record(v.string(), v.unknown())),
  idToken: v.optional(v.record(v.string(), v.unknown())),
  emptyPage: v.optional(v.boolean()),
});

/** The form of a fault. */
export const faultSchema = v.strictObject({
  on: v.pipe(v.string(), v.nonEmpty()),
  times: v.optional(count, 1),
  account: v.optional(v.string()),
  // biome-ignore lint/suspicious/noThenProperty: a word of the admin routes, never awaited
  then: thenSchema,
});

/** A fault's effect, and a callback for the number of sent bytes of a filled response. */
export type FaultEffect = v.InferOutput<typeof thenSchema> & { readonly poured: (bytes: number) => void };

/** A fault, with how often it occurred and how many bytes of filled responses were sent. */
export type Fault = v.InferOutput<typeof faultSchema> & { fired: number; pouredBytes: number };

/** The faults that wait for their request, in the order in which they were set. */
export class Faults {
  #faults: Fault[] = [];

  /** Sets a fault. */
  add(fault: v.InferOutput<typeof faultSchema>): void {
    this.#faults.push({ ...fault, fired: 0, pouredBytes: 0 });
  }

  /** Returns every fault since the last clearing, including spent ones. */
  list(): readonly Fault[] {
    return this.#faults;
  }

  /** Removes every fault, or those of one account. */
  clear(account?: string): void {
    this.#faults = this.#faults.filter((fault) => account !== undefined && fault.account !== account);
  }

  /**
   * Returns the first fault for one of these points, if any, and counts it. A fault for one account applies only if the
   * request identifies the account.
   */
  next(points: readonly string[], email: string | undefined): FaultEffect | undefined {
    const fault = this.#faults.find(
      ({ on, times, account, fired }) =>
        points.includes(on) &&
        (times === 0 || fired < times) &&
        (account === undefined || account.toLowerCase() === email),
    );
    if (fault === undefined) return undefined;
    fault.fired += 1;
    return {
      ...fault.then,
      poured: (bytes) => {
        fault.pouredBytes += bytes;
      },
    };
  }
}

/** Returns the transmission fault of a fault, if it has one. */
export function transmissionFaultOf(effect: FaultEffect | undefined): TransmissionFault | undefined {
  if (effect?.hang) return 'hang';
  if (effect?.reset) return 'reset';
  return effect?.truncate ? 'truncate' : undefined;
}

/** Waits as long as the fault says. */
export async function waitFor(effect: FaultEffect | undefined): Promise<void> {
  if (effect?.delayMs) await delay(effect.delayMs);
}

/** Returns the response that a fault substitutes, if it does. */
export function answerOf(effect: FaultEffect | undefined): Answer | undefined {
  if (effect === undefined) return undefined;
  const { bodyBase64, fillBytes, status = 200, body = {}, headers = {}, poured, dripMs } = effect;
  const onItsWay = dripMs === undefined ? {} : { dripMs };
  if (bodyBase64 !== undefined) {
    const type = { 'content-type': 'application/json; charset=utf-8' };
    return { status, headers: { ...type, ...headers }, body: Buffer.from(bodyBase64, 'base64'), ...onItsWay };
  }
  if (fillBytes !== undefined) return { ...json({}, status, headers), fill: { bytes: fillBytes, poured } };
  if (effect.status === undefined) return undefined;
  if (typeof body !== 'string') return { ...json(body, status, headers), ...onItsWay };
  const html = { 'content-type': 'text/html', ...headers };
  return { status, headers: html, body: Buffer.from(body), ...onItsWay };
}

/** Applies a fault to a response: its headers, fields of its JSON, or its transmission. */
export function applyFault(answer: Answer, effect: FaultEffect | undefined): Answer {
  if (effect === undefined) return answer;
  const transmissionFault = transmissionFaultOf(effect);
  return {
    ...answer,
    headers: { ...answer.headers, ...effect.headers },
    body: changed(answer.body, effect),
    ...(effect.dripMs !== undefined && { dripMs: effect.dripMs }),
    ...(transmissionFault !== undefined && { transmissionFault }),
  };
}

/** The same for a response that `oidc-provider` is about to write. */
export function applyFaultToResponse(response: ServerResponse, effect: FaultEffect): void {
  const end = response.end.bind(response);
  Object.assign(response, {
    end(chunk?: string | Buffer) {
      const body = changed(Buffer.from(chunk ?? ''), effect);
      response.setHeader('content-length', body.length);
      for (const [name, value] of Object.entries(effect.headers ?? {})) response.setHeader(name, value);
      if (effect.reset) response.socket?.resetAndDestroy();
      else if (effect.truncate) breakOff(response, body);
      else if (effect.dripMs !== undefined) void drip(response, body, effect.dripMs, end);
      else if (!effect.hang) end(body);
      return response;
    },
  });
}

function changed(body: Buffer, effect: FaultEffect): Buffer {
  const { omit = [], set = {}, idToken } = effect;
  if (omit.length === 0 && Object.keys(set).length === 0 && idToken === undefined) return body;
  const given = readObject(body);
  if (given === undefined) return body;
  const answer: Record<string, unknown> = { ...given, ...set };
  if (idToken && typeof answer['id_token'] === 'string') {
    answer['id_token'] = rewriteClaims(answer['id_token'], idToken);
  }
  const kept = Object.entries(answer).filter(([name]) => !omit.includes(name));
  return Buffer.from(JSON.stringify(Object.fromEntries(kept)));
}

/** Pages and redirects have no fields. */
function readObject(body: Buffer): object | undefined {
  try {
    const value: unknown = JSON.parse(body.toString());
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The signature is unchanged, and therefore invalid. A claim set to null is removed. */
function rewriteClaims(token: string, claims: Readonly<Record<string, unknown>>): string {
  const [header, payload = '', signature] = token.split('.');
  const all = { ...JSON.parse(Buffer.from(payload, 'base64url').toString()), ...claims };
  const kept = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));
  return [header, Buffer.from(JSON.stringify(kept)).toString('base64url'), signature].join('.');
}
