/** A name of somebody inside a sentence: whatever directions it sets, it ends with itself (Unicode FSI and PDI). */
export function isolated(name: string): string {
  return `\u2068${name}\u2069`;
}
