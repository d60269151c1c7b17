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
] as const;

/** What a series is called in the page's language; one that is not known here by what the box calls it. */
export function titleOf({ name, title, unit }: Series): string {
  const known = KNOWN.find((one) => name === one || name.startsWith(`${one}_`) || name.startsWith(`${one}.`));
  if (known === undefined) return unit === "" ? title : `${title} (${unit})`;
  return name === known ? t(`series.${known}`) : t("series.peak", { of: t(`series.${known}`) });
}
