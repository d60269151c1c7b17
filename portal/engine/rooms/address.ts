/**
 * The full address that somebody means: `sip:chess@example.test`, `chess@example.test`, `chess` (of the user's own domain), a telephone
 * number. "" where it is none.
 */
export function addressOf(text: string, domain: string): string {
  const said = text.trim().replace(/^<(.*)>$/, "$1");
  const number = said.replace(/^tel:/i, "").replace(/[\s().-]/g, "");
  if (/^\+?[0-9]{3,20}$/.test(number) && !said.includes("@")) {
    return number.startsWith("+") ? `tel:${number}` : `sip:${number}@${domain}`;
  }
  const [, user, host] = /^(?:sips?:)?([^\s@<>":;?]+)(?:@([a-z0-9.\-]+|\[[0-9a-f:.]+\])(?::[0-9]+)?)?(?:[;?].*)?$/i
    .exec(said) ?? [];
  return user === undefined ? "" : `sip:${user}@${(host ?? domain).toLowerCase()}`.toLowerCase();
}

/** A chat of many that is no group: it is gone when the last one has left. So is what has no address (yet). */
export function isFleeting(uri: string): boolean {
  return !/^sip:(?!conf-)[^@\s]+@[^@\s]+$/.test(uri);
}
