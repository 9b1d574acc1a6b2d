import { createServer, type RequestListener, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import * as v from 'valibot';
import { actionOf } from './aws-call.ts';

/** An error response of a service, with the name of the SDK's error class. */
export class AwsError extends Error {
  /** The service's name for the error. */
  readonly code: string;
  /** The HTTP status of the answer. */
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** One operation of a service: its parsed request in, its response out, at once or later. */
export type Operation = (input: unknown) => object | Promise<object>;

/** Parses a request; an invalid one is a `ValidationException`, as at the services. */
export function parseRequest<Schema extends v.GenericSchema>(
  schema: Schema,
  input: unknown,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, input);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new AwsError(
    'ValidationException',
    `1 validation error detected: Value at '${v.getDotPath(issue) ?? 'request'}' failed to satisfy constraint: ${issue.message}`,
  );
}

/** A server of the AWS JSON protocol, 1.1 by default, not yet listening. */
export function createJsonService(
  operations: Readonly<Record<string, Operation>>,
  version: '1.0' | '1.1' = '1.1',
): Server {
  const serve: RequestListener = async (request, response) => {
    const answer = (status: number, body: object) =>
      response
        .writeHead(status, { 'content-type': `application/x-amz-json-${version}` })
        .end(JSON.stringify(body));
    const action = actionOf(request.headers);
    try {
      const operation = Object.hasOwn(operations, action) ? operations[action] : undefined;
      if (operation === undefined) {
        throw new AwsError('UnknownOperationException', `${action} is not offered here.`);
      }
      answer(200, await operation(parseJson(await text(request))));
    } catch (error) {
      const { code, status, message } =
        error instanceof AwsError ? error : new AwsError('InternalFailure', String(error), 500);
      answer(status, { __type: code, message });
    }
  };
  return createServer(serve);
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new AwsError('SerializationException', 'The request is not JSON.');
  }
}
