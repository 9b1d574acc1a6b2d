import * as v from 'valibot';
import { owner } from '../../lambdas/api/requests/values.ts';
import { isAccountId } from '../../lambdas/sessions/caller.ts';

const json = v.pipe(v.string(), v.parseJson());

const textRule = 'must be text';
const accountRule = 'must be the account’s number at Google (`sub`), not its address';

/** Google's tokens have at most 512 characters (“Using OAuth 2.0 to Access Google APIs”). */
const token = v.pipe(v.string(textRule), v.regex(/^[\x21-\x7e]{1,512}$/, 'is not the form of a token'));

const fields = {
  account: v.pipe(
    v.string(textRule),
    v.check((text) => isAccountId(text) && !text.includes('@'), accountRule),
  ),
  refreshToken: token,
  scopes: v.optional(v.array(v.string(textRule), 'must be a list of scopes')),
  /** The key that the token is bound to, as the export writes it. */
  boundTo: v.optional(v.string(textRule)),
  owner: v.optional(owner),
  email: v.optional(v.pipe(v.string(textRule), v.email('must be an address'))),
};

const names = Object.keys(fields).join(', ');

const objectRule = 'must be a JSON object';

const lineSchema = v.pipe(
  v.custom<object>((value) => typeof value === 'object' && !Array.isArray(value), objectRule),
  v.strictObject(fields, (issue) =>
    issue.expected === 'never' ? `is not known; known are ${names}` : objectRule,
  ),
);

/** A team's grant. The import verifies all of it with Google. */
export type ImportLine = v.InferOutput<typeof lineSchema>;

/**
 * Parses a line. Errors quote only the names of known fields, because any other text may be a misplaced token.
 */
export function parseImportLine(text: string): { line: ImportLine } | { fault: string } {
  const parsed = v.safeParse(json, text);
  if (!parsed.success) return { fault: 'it is not JSON' };
  const read = v.safeParse(lineSchema, parsed.output);
  return read.success ? { line: read.output } : { fault: read.issues.map(faultOf).join('; ') };
}

function faultOf(issue: v.InferIssue<typeof lineSchema>): string {
  const [name] = (v.getDotPath(issue) ?? '').split('.');
  if (name === undefined || name === '') return `it ${issue.message}`;
  if (!Object.hasOwn(fields, name)) return `a field ${issue.message}`;
  return issue.input === undefined ? `${name} is missing` : `${name} ${issue.message}`;
}
