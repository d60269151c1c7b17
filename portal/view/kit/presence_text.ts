import { t } from "./texts.ts";

const KNOWN = ["available", "busy", "away", "offline", "unknown", "invisible"] as const;

/** A status in words of the page; one that the page does not know, in its own. */
export function presenceText(status: string): string {
  const known = KNOWN.find((one) => one === status);
  return known === undefined ? status : t(`presence.${known}`);
}
