import type { Log } from "../../../foundation/mod.ts";
import type { Exchange } from "../../sip_core/mod.ts";

/**
 * What is decided once something has been read. Meanwhile nobody else answers a CANCEL (RFC 3261 §9.2); what cannot be read is 503.
 */
export function whenRead<T>(
  deps: { readonly services: { readonly log: Log } },
  exchange: Exchange,
  reading: Promise<T>,
  decided: (value: T) => void,
): void {
  const { transaction, request } = exchange;
  const { log } = deps.services;
  const cancelled = { onCancel: () => exchange.reply(487) };
  if (request.method === "INVITE") transaction.user = cancelled;
  const release = () => {
    if (transaction.user === cancelled) transaction.user = null;
  };
  reading.then((value) => {
    release();
    if (!transaction.answered) decided(value);
  }, (error: Error) => {
    release();
    log.error("group document could not be read", { error: error.message });
    if (!transaction.answered) {
      exchange.reply(503, { reason: "Groups cannot be read at present", headers: [["Retry-After", "10"]] });
    }
  }).catch((error: unknown) => {
    log.error("request failed behind its group", {
      error: error instanceof Error ? error.stack ?? error.message : String(error),
    });
    if (!transaction.answered) exchange.reply(500);
  });
}
