const ACCENTED: Readonly<Record<string, string>> = Object.fromEntries(
  [..."aáeéiíoóuúyýnñcçsšzžAÁEÉIÍOÓUÚYÝNÑCÇSŠZŽ"].join("").match(/../gu)!.map((pair) => [...pair]),
);

/**
 * A pseudo-translation: accented, bracketed, a third longer. What stays plain on a page was never in a catalogue, what is cut
 * off has too little room. Placeholders stay as they are.
 */
export function pseudo(text: string): string {
  if (text === "") return "";
  const accented = text.split(/(\{\w+\})/).map((part) =>
    part.startsWith("{") ? part : part.replace(/[a-z]/gi, (letter) => ACCENTED[letter] ?? letter)
  );
  return `⟦${accented.join("")}${" ·".repeat(Math.ceil(text.length / 12))}⟧`;
}
