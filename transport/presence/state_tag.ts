/**
 * An entity-tag for state that is told as these texts (RFC 5839 §4.2): a token, the same for the same texts whenever and
 * wherever it is made. 128 bits that are no secret and no signature: two states of one resource have the same one by chance
 * never, on purpose perhaps, and then whoever publishes them keeps a change of his own from somebody.
 */
export function stateTag(...texts: readonly string[]): string {
  let a = 0x243f6a88, b = 0x85a308d3, c = 0x13198a2e, d = 0x03707344;
  for (const text of texts) {
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      a = Math.imul(a ^ code, 0x9e3779b1);
      b = Math.imul(b ^ code, 0x85ebca77) ^ (a >>> 15);
      c = Math.imul(c ^ code, 0xc2b2ae3d) ^ (b >>> 13);
      d = Math.imul(d ^ code, 0x27d4eb2f) ^ (c >>> 16);
    }
    // Where one text ends: moving a character to the next one is another state.
    a = Math.imul(a ^ text.length, 0x01000193) ^ (d >>> 14);
  }
  return mixed(a ^ d) + mixed(b ^ a) + mixed(c ^ b) + mixed(d ^ c);
}

/** 32 bits, each of which changes about half of the others, as six digits or seven. */
function mixed(hash: number): string {
  let x = hash ^ (hash >>> 16);
  x = Math.imul(x, 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return ((x ^ (x >>> 16)) >>> 0).toString(36).padStart(7, "0");
}
