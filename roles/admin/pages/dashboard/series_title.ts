import type { Series } from "../../services/mod.ts";
import { t } from "../texts/dashboard.ts";

const KNOWN = [
  "registered",
  "sip_in",
  "relayed",
  "stored",
  "delivered_later",
  "waiting",
  "refused",
  "failed_logins",
  "cpu",
  "memory",
  "disk_free",
  "lag",
  "connections",
  "chat_sessions",
] as const;

/** What a series is called in the page's language; one that is not known here by what the box calls it. */
export function titleOf({ name, title }: Series): string {
  const known = KNOWN.find((one) => name === one || name.startsWith(`${one}_`) || name.startsWith(`${one}.`));
  if (known === undefined) return title;
  return name === known ? t(`series.${known}`) : t("series.peak", { of: t(`series.${known}`) });
}

/** The unit, where it is a sign in every language; what is counted says its title. */
export function unitOf({ unit }: Series): string {
  return /^(?:\/s|%|MB|ms)/.exec(unit)?.[0] ?? "";
}
