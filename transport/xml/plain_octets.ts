/** What an octet may be in XML as clients write it every day: bits. */
export const NAME_START = 1, NAME = 2, TEXT = 4, VALUE = 8, SPACE = 16;

const BLANK = 32, AMPERSAND = 38, LT = 60, BRACKET = 93;

/** By octet. Those beyond ASCII may be text or a value; whether they are characters is to be seen in the end. */
export const KIND = new Uint8Array(256);
for (let octet = 0; octet < 256; octet++) {
  const character = String.fromCharCode(octet);
  if (/[A-Z_a-z]/.test(character)) KIND[octet] |= NAME_START | NAME;
  if (/[-.0-9]/.test(character)) KIND[octet] |= NAME;
  if (/[\t\n\r ]/.test(character)) KIND[octet] |= SPACE | TEXT;
  // White space in a value becomes blanks (XML 1.0 §3.3.3): all but the blank is left to who knows that.
  if (octet >= BLANK && octet !== LT && octet !== AMPERSAND) KIND[octet] |= VALUE | TEXT;
}
// It may begin `]]>`.
KIND[BRACKET] &= ~TEXT;
