import { t } from "../texts.ts";

/** Octets of a text as it is sent. */
export function textSize(text: string): number {
  return text === "" ? 0 : new TextEncoder().encode(text).length;
}

/** How much room is left, where little is; how much too long it is. `limit` 0: none. */
export function TextLimit({ size, limit }: { size: number; limit: number }) {
  if (limit === 0 || size < limit * 0.8) return null;
  const over = size - limit;
  return over > 0
    ? <span class="error num" role="alert">{t("over-limit", { n: over })}</span>
    : <span class="hint num">{t("room-left", { n: -over })}</span>;
}
