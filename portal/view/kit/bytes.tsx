import { language } from "../../texts/kit.ts";

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;

/** A size in octets, as people read it. */
export function Bytes({ n }: { n: number }) {
  return <span class="num">{bytesText(n)}</span>;
}

/** The same as text: `1.4 MB`. Thousands, as disks and mail count. */
export function bytesText(n: number): string {
  const step = n < 1000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(n) / 3));
  const value = n / 1000 ** step;
  return new Intl.NumberFormat(language.value.intl, {
    style: "unit",
    unit: UNITS[step],
    unitDisplay: step === 0 ? "long" : "short",
    maximumFractionDigits: step === 0 || value >= 100 ? 0 : 1,
  }).format(value);
}
