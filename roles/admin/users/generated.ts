/** User ids and passwords that the box makes (SEC-3). */

/** Characters that nobody mistakes for one another: no i, l, o, 0, 1. */
const ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789";
const GROUPS = 4, IN_A_GROUP = 4;
/** Random octets from here on would make the first characters likelier. */
const FAIR = 256 - 256 % ALPHABET.length;

/** Four groups of four: 79 random bits, easy to read out and to type. */
export function generatedPassword(): string {
  let characters = "";
  while (characters.length < GROUPS * IN_A_GROUP) {
    for (const octet of crypto.getRandomValues(new Uint8Array(32))) {
      if (octet < FAIR) characters += ALPHABET[octet % ALPHABET.length];
    }
  }
  return Array.from({ length: GROUPS }, (_, i) => characters.slice(i * IN_A_GROUP, (i + 1) * IN_A_GROUP)).join("-");
}

/** The user part that a name suggests: `Zoë de Vries` gives `zoe.de.vries`; `user` where nothing is left of it. */
export function userPartOf(displayName: string): string {
  const plain = displayName.normalize("NFKD").replace(/\p{Mark}/gu, "").toLowerCase().replace(/ß/g, "ss");
  const part = plain.replace(/[^a-z0-9]+/g, ".").replace(/^\.+|\.+$/g, "").slice(0, 40).replace(/\.+$/, "");
  return part === "" ? "user" : part;
}

/** The first of `part`, `part2`, `part3` … that nobody has. */
export function freeUserPart(part: string, taken: (part: string) => boolean): string {
  if (!taken(part)) return part;
  for (let number = 2;; number++) if (!taken(`${part}${number}`)) return `${part}${number}`;
}
