import { randomBytes } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import { answerOf, applyFault, waitFor } from '../faults.ts';
import type { Answer, TransmissionFault } from '../http.ts';
import type { GoogleParts } from '../parts.ts';
import { GmailError } from './errors.ts';
import { callerOf, callGmail, type GmailRequest } from './gmail.ts';

/** The most calls of a batch. */
const mostCalls = 100;

interface BatchPart {
  readonly contentId: string | undefined;
  readonly request: GmailRequest;
}

/**
 * Answers a batch: `multipart/mixed`, each part a call with its own response and status. As many parts run concurrently
 * as the quota allows, and each is charged; parts that run one after the other take the time of one call together.
 */
export async function callBatch(
  parts: GoogleParts,
  contentType: string | undefined,
  authorization: string | undefined,
  body: Buffer,
): Promise<Answer> {
  const caller = await callerOf(parts, authorization);
  const effect = parts.faults.next(['batch', '*'], caller?.account.email);
  await waitFor(effect);
  const instead = answerOf(effect);
  if (instead) return instead;
  let calls: BatchPart[];
  try {
    calls = readBatch(contentType, authorization, body.toString());
  } catch (error) {
    if (error instanceof GmailError) return error.answer;
    throw error;
  }
  let transmissionFault: TransmissionFault | undefined;
  const boundary = `batch_${randomBytes(16).toString('base64url')}`;
  const answers: string[] = [];
  const { partsAtOnce } = parts.quota.quota;
  const waiting = calls.entries();
  const runParts = async () => {
    for (const [index, { request, contentId }] of waiting) {
      const takesNoTime = partsAtOnce === 1 && index > 0;
      const answer = await callGmail(parts, { ...request, takesNoTime });
      transmissionFault ??= answer.transmissionFault;
      answers[index] = `--${boundary}\r\n${writePart(answer, contentId)}`;
    }
  };
  await Promise.all(Array.from({ length: partsAtOnce }, runParts));
  const whole = {
    status: 200,
    headers: { 'content-type': `multipart/mixed; boundary=${boundary}` },
    body: Buffer.from(`${answers.join('')}--${boundary}--\r\n`),
    ...(transmissionFault === undefined ? {} : { transmissionFault }),
  };
  return applyFault(whole, effect);
}

function readBatch(contentType = '', authorization: string | undefined, body: string): BatchPart[] {
  const [, quoted, bare] = /^multipart\/mixed;.*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType) ?? [];
  const boundary = quoted ?? bare;
  if (boundary === undefined) {
    throw new GmailError(
      400,
      'badRequest',
      'Failed to parse batch request: missing boundary in content-type.',
    );
  }
  const [, ...pieces] = `\r\n${body}`.split(new RegExp(`\\r?\\n--${escapePattern(boundary)}`));
  const calls = pieces
    .filter((piece) => !piece.startsWith('--'))
    .map((piece) => readPart(piece, authorization));
  if (calls.length === 0) {
    throw new GmailError(400, 'badRequest', 'Failed to parse batch request: it holds no calls.');
  }
  if (calls.length > mostCalls) {
    throw new GmailError(
      400,
      'badRequest',
      `The batch request contains too many calls (maximum allowed is ${mostCalls}).`,
    );
  }
  return calls;
}

function readPart(piece: string, authorization: string | undefined): BatchPart {
  const [partHead = '', requestHead = ''] = piece.replace(/^[^\n]*\n/, '').split(/\r?\n\r?\n/);
  const [, verb, target] = /^\s*([A-Z]+) (\S+)/.exec(requestHead) ?? [];
  if (verb === undefined || target === undefined) {
    throw new GmailError(400, 'badRequest', 'Failed to parse batch request: a part holds no call.');
  }
  const own = header(requestHead, 'authorization');
  return {
    contentId: header(partHead, 'content-id'),
    request: { method: verb, target, authorization: own ?? authorization },
  };
}

function header(head: string, name: string): string | undefined {
  return new RegExp(`^${name}:\\s*(.*?)\\s*$`, 'im').exec(head)?.[1];
}

function writePart({ status, headers, body }: Answer, contentId: string | undefined): string {
  const id = contentId === undefined ? '' : `Content-ID: <response-${contentId.replace(/^<|>$/g, '')}>\r\n`;
  const head = Object.entries({ ...headers, 'content-length': String(body.length) })
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
  return `Content-Type: application/http\r\n${id}\r\nHTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${head}\r\n${body}\r\n`;
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
