import type { DatabaseSync } from 'node:sqlite';
import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider';

/** The kinds of artifact that prove an account's consent. */
const tokenModels = "('AccessToken', 'RefreshToken', 'AuthorizationCode')";

/** The storage of `oidc-provider`: grants, codes, tokens, pending interactions. */
export class Artifacts {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    database.prepare('DELETE FROM artifacts WHERE expiresAt < ?').run(seconds());
  }

  /** The persistence adapter for `oidc-provider`. */
  readonly adapter: AdapterFactory = (model) => this.#adapterOf(model);

  /** Returns the scopes of each active consent of this account. */
  standingScopes(accountId: string): Set<string>[] {
    const rows = this.#database
      .prepare("SELECT payload FROM artifacts WHERE model = 'Grant' AND accountId = ?")
      .all(accountId);
    return rows.map((row) => {
      const { openid } = JSON.parse(String(row['payload']));
      return new Set<string>(String(openid?.scope ?? '').split(' '));
    });
  }

  /** Returns the `sub` of the account that a live code or token belongs to. */
  accountOf(token: string): string | undefined {
    const row = this.#database
      .prepare(`SELECT accountId FROM artifacts WHERE id = ? AND model IN ${tokenModels} AND expiresAt > ?`)
      .get(token, seconds());
    return row && String(row['accountId']);
  }

  /** Ends every consent of an account, with all its codes and tokens. */
  revokeAccount(accountId: string): void {
    this.#database.prepare('DELETE FROM artifacts WHERE accountId = ?').run(accountId);
  }

  /** Ends every access token of an account; refresh tokens stay valid. */
  expireAccessTokens(accountId: string): void {
    this.#database
      .prepare("DELETE FROM artifacts WHERE model = 'AccessToken' AND accountId = ?")
      .run(accountId);
  }

  #adapterOf(model: string): Adapter {
    const database = this.#database;
    const find = (column: 'id' | 'uid', value: string): AdapterPayload | undefined => {
      const row = database
        .prepare(`SELECT payload FROM artifacts WHERE model = ? AND ${column} = ?`)
        .get(model, value);
      return row && JSON.parse(String(row['payload']));
    };
    const upsert = (id: string, payload: AdapterPayload, expiresIn?: number) => {
      database
        .prepare(
          `INSERT OR REPLACE INTO artifacts (model, id, accountId, grantId, uid, expiresAt, payload)
           VALUES (?, ?, ?, ?, ?, ?, ?)`,
        )
        .run(
          model,
          id,
          payload.accountId ?? null,
          payload.grantId ?? null,
          payload.uid ?? null,
          expiresIn === undefined ? null : seconds() + expiresIn,
          JSON.stringify(payload),
        );
    };
    return {
      upsert: async (id, payload, expiresIn) => upsert(id, payload, expiresIn),
      find: async (id) => find('id', id),
      findByUid: async (uid) => find('uid', uid),
      findByUserCode: async () => undefined,
      consume: async (id) => {
        database
          .prepare(
            "UPDATE artifacts SET payload = json_set(payload, '$.consumed', ?) WHERE model = ? AND id = ?",
          )
          .run(seconds(), model, id);
      },
      destroy: async (id) => {
        database.prepare('DELETE FROM artifacts WHERE model = ? AND id = ?').run(model, id);
      },
      revokeByGrantId: async (grantId) => {
        database.prepare('DELETE FROM artifacts WHERE model = ? AND grantId = ?').run(model, grantId);
      },
    };
  }
}

/** `oidc-provider` uses the machine's clock, so lifetimes here do too. */
function seconds(): number {
  return Math.floor(Date.now() / 1000);
}
