import * as v from 'valibot';
import { ciphertext } from './ciphertext.ts';

/** A grant in the table. Readers pick the attributes that they may see. */
export const grantRow = v.object({
  accountId: v.string(),
  generation: v.string(),
  consentId: v.string(),
  status: v.picklist(['active', 'revoked', 'disconnecting']),
  statusSince: v.optional(v.number()),
  email: v.string(),
  emailUnverified: v.optional(v.literal(true)),
  owner: v.optional(v.string()),
  clientId: v.string(),
  scopes: v.array(v.string()),
  connectedAt: v.number(),
  refreshToken: ciphertext,
  boundTo: v.optional(v.string()),
  grantExpiresAt: v.optional(v.number()),
  announcedExpiry: v.optional(v.number()),
  accessToken: v.optional(ciphertext),
  accessTokenExpiresAt: v.optional(v.number()),
});
