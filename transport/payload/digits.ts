/** The number that text of decimal digits stands for; -1 for anything else, for nothing, and above `max`. */
export function digits(text: string, max: number): number {
  // 16 digits and more cannot be told exactly; zeros before the number do not count.
  if (!/^[0-9]{1,64}$/.test(text)) return -1;
  const value = Number(text);
  return value <= max ? value : -1;
}
