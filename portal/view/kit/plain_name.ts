const LONGEST = 100;

/**
 * A name that somebody gave themselves, without what turns the text around it, is not to be seen, or piles up on a letter, and not longer than
 * 100 letters. Never empty.
 */
export function plainName(name: string): string {
  const plain = name.slice(0, LONGEST * 4)
    // Joiners stay: scripts and pictures of several parts need them.
    .replace(/(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, "")
    .replace(/(\p{M}{4})\p{M}+/gu, "$1").trim();
  return [...plain].slice(0, LONGEST).join("") || "?";
}
