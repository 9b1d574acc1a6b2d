/** An address at gmail.com or googlemail.com, which are one domain. */
const atGmail = /^([^@]+)@(?:gmail|googlemail)\.com$/;

/** Whether the address is in one of Google's own domains. */
export function isGmailAddress(email: string): boolean {
  return atGmail.test(email.toLowerCase());
}

/**
 * The form in which addresses are compared: in lower case, and without dots in Google's own domains (Google, "Dots
 * don't matter in Gmail addresses"). Elsewhere dots count.
 */
export function mailboxOf(email: string): string {
  const address = email.toLowerCase();
  const [, local] = atGmail.exec(address) ?? [];
  return local === undefined ? address : `${local.replaceAll('.', '')}@gmail.com`;
}
