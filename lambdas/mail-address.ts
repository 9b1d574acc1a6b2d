/**
 * The address by which a mailbox is compared: in lower case, and at gmail.com and googlemail.com, which are one domain,
 * without dots (Google, "Dots don't matter in Gmail addresses"). Elsewhere dots count.
 */
export function mailboxOf(email: string): string {
  const address = email.toLowerCase();
  const [, local] = /^([^@]+)@(?:gmail|googlemail)\.com$/.exec(address) ?? [];
  return local === undefined ? address : `${local.replaceAll('.', '')}@gmail.com`;
}
