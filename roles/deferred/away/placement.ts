import type { Untaken } from "../../session_media/mod.ts";
import type { AwaySettings } from "./away_settings.ts";

/**
 * Whether a session that another domain's server did not take is taken here, on its sender's side (AD §5.3.2.1.3): what is said in a
 * chat, and files, of users of ours. Large messages, as those in pager mode, are always the recipient's server's. For
 * `IntakeDeps.storesForOthers`.
 */
export function storesForOthers(settings: AwaySettings): (untaken: Pick<Untaken, "kind" | "exchange">) => boolean {
  return ({ kind, exchange }) => settings.stores && kind !== "large" && exchange.subscriber !== null;
}
