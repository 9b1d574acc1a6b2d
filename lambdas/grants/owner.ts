import { visibleText } from '../http/body.ts';

/**
 * The owner of a mailbox, in words that the team which invites people chooses: its tenant, its user, both. Compared
 * letter by letter.
 */
export const owner = visibleText(256);
