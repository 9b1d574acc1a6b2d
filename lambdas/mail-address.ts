/** An address at gmail.com or googlemail.com, which are one domain. */
const atGmail = /^([^@]+)@(?:gmail|googlemail)\.com$/;

/** Whether the address is one of Google's own. */
export function isGmailAddress(email: string): boolean {
  return atGmail.test(email.toLowerCase());
}

/**
 * The address by which a mailbox is compared: in lower case, and at Google's own domains without dots (Google, "Dots don't matter in Gmail addresses"). Elsewhere dots count.
 */
export function mailboxOf(email: string): string {
  const address = email.toLowerCase();
  const [, local] = atGmail.exec(address) ?? [];
  return local === undefined ? address : `${local.replaceAll('.', '')}@gmail.com`;
}
