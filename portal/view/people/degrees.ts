/** Degrees as somebody types them, with a point or a comma; null for what is none or lies beyond `most`. */
export function degreesTyped(text: string, most: 90 | 180): number | null {
  const typed = text.trim().replace(",", ".").replace(/°$/, "");
  if (!/^[-+−]?\d{1,3}(?:\.\d+)?$/.test(typed)) return null;
  const value = Number(typed.replace("−", "-"));
  return Math.abs(value) <= most ? value : null;
}
