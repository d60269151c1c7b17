import type { StoreOutcome } from "../../storage/mod.ts";
import type { Exchange } from "../sip_core/mod.ts";

/** Tells the sender what became of the store (oma-reference §3.4); true when the message is safe. */
export function answerStored(exchange: Exchange, outcome: StoreOutcome): boolean {
  switch (outcome.kind) {
    case "stored":
    case "duplicate":
      exchange.reply(202);
      return true;
    case "quota": {
      const unit = outcome.limit === "count" ? "messages" : "bytes";
      exchange.reply(480, { reason: `Message store of recipient full (${outcome.allowed} ${unit})` });
      return false;
    }
    case "failed": {
      const reason = outcome.error.kind === "full" ? "Message store has no space left" : "Message store not available";
      exchange.reply(503, { reason, headers: [["Retry-After", "60"]] });
      return false;
    }
  }
}
