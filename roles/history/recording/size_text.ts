const STEPS = ["kB", "MB", "GB", "TB"] as const;

/** `210 MB`, `1.2 kB`: as people read sizes. */
export function sizeText(octets: number): string {
  if (octets < 1000) return `${octets} octets`;
  const step = Math.min(STEPS.length - 1, Math.floor(Math.log10(octets) / 3) - 1);
  const value = octets / 1000 ** (step + 1);
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${STEPS[step]}`;
}
