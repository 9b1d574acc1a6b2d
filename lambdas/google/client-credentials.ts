import * as v from 'valibot';
import { Problem } from '../errors.ts';

/** The OAuth client of this site. */
interface ClientCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** Reads the OAuth client and caches it for five minutes. Concurrent calls share one read. */
export interface ClientCredentialsSource {
  /** @throws Problem `misconfigured` if there is no valid file, and what the reader throws. */
  get(): Promise<ClientCredentials>;
  /** Google refused the client: the next call reads it again, because it may have been rotated. */
  forget(): void;
}

/** The `client_secret.json` that Google's console offers for a client of the type “Web application”. */
const clientSecretFile = v.object({
  web: v.object({
    client_id: v.pipe(v.string(), v.nonEmpty()),
    client_secret: v.pipe(v.string(), v.nonEmpty()),
  }),
});

/** How long a client is cached (milliseconds). */
const rememberedFor = 300_000;

/** The OAuth client from the unchanged text of `client_secret.json`. */
export function createClientCredentials(
  readFile: () => Promise<string>,
  clock: () => number = Date.now,
): ClientCredentialsSource {
  let known: { credentials: ClientCredentials; readAt: number } | undefined;
  let underWay: Promise<ClientCredentials> | undefined;

  function read(): Promise<ClientCredentials> {
    const reading = readFile()
      .then((text) => {
        const credentials = parseClientSecretFile(text);
        // A read that began before Google refused the client may have returned the refused client.
        if (underWay === reading) known = { credentials, readAt: clock() };
        return credentials;
      })
      .finally(() => {
        if (underWay === reading) underWay = undefined;
      });
    return reading;
  }

  return {
    get: async () => {
      if (known !== undefined && clock() < known.readAt + rememberedFor) return known.credentials;
      underWay ??= read();
      return underWay;
    },
    forget: () => {
      known = undefined;
      underWay = undefined;
    },
  };
}

/** @throws Problem `misconfigured`; it never repeats the text. */
function parseClientSecretFile(text: string): ClientCredentials {
  const result = v.safeParse(v.pipe(v.string(), v.parseJson(), clientSecretFile), text);
  if (result.success) {
    return { clientId: result.output.web.client_id, clientSecret: result.output.web.client_secret };
  }
  throw new Problem('misconfigured', {
    remedy:
      'the secret does not contain the client_secret.json of a client of the type “Web application”: ' +
      'download it from Google’s console and upload it unchanged',
  });
}
