/**
 * The address that somebody means who types it: `sip:` before `bob@example.test`, the own domain behind `bob`, numbers without what only parts
 * their digits. "" for what can be none.
 */
export function addressTyped(text: string, domain: string): string {
  const typed = text.trim();
  if (/^(?:sips?|tel|im|pres):\S+$/i.test(typed)) return typed;
  const number = typed.replace(/[\s().\/-]/g, "");
  if (/^\+?\d{3,15}$/.test(number)) return number;
  if (/^[^\s@<>"]+@[^\s@<>"]+$/.test(typed)) return `sip:${typed}`;
  // One plain word with nothing in it that a name and its domain are parted by.
  return /^[\w.!~*'-]+$/.test(typed) ? `sip:${typed}@${domain}` : "";
}

/** An address as people read it. */
export function addressShown(uri: string): string {
  return uri.replace(/^(?:sips?|tel|im|pres):/i, "");
}
