import { mediaType } from "../../transport/payload/mod.ts";
import type { Element } from "../sip_core/mod.ts";
import type { PagerSettings, TypeRule } from "./pager_settings.ts";
import type { OverLimit } from "./sessions/large_messages.ts";
import { refusal, SIZE_EXCEEDED } from "./warning.ts";

/** The first rule for a type, or null when the type is not allowed. */
export function ruleFor(type: string, rules: readonly TypeRule[]): TypeRule | null {
  for (const rule of rules) {
    if (rule.type === type || rule.type === "*/*") return rule;
    if (rule.type.endsWith("/*") && type.startsWith(rule.type.slice(0, -1))) return rule;
  }
  return null;
}

/**
 * Size and content type of every MESSAGE through this box (ADM-7, SND-3; oma-reference §3.1 rules 4 and 6): 413 with what is
 * allowed in the Warning, 415 with an Accept that lists it. The body itself is nobody's business here. The settings are read
 * for each message: the operator may change them meanwhile. `overLimit`: carries what is too large for a MESSAGE.
 */
export function contentRules(settings: PagerSettings, host: string, overLimit: OverLimit | null = null): Element {
  return (next) => (exchange) => {
    const { request } = exchange;
    const size = request.body.length;
    if (size === 0) {
      next(exchange);
      return;
    }
    if (size > settings.limit_bytes) {
      if (overLimit !== null && overLimit.takes(exchange)) return next(exchange);
      exchange.reply(
        413,
        refusal(host, "Message too large", SIZE_EXCEEDED, `${size} bytes sent, ${settings.limit_bytes} allowed`),
      );
      return;
    }
    const written = request.get("Content-Type");
    if (written === undefined) {
      exchange.reply(400, { reason: "Content-Type missing" });
      return;
    }
    const type = mediaType(written);
    const rule = ruleFor(type, settings.types);
    if (rule === null) {
      const accept = settings.types.map((allowed) => allowed.type).join(", ");
      exchange.reply(415, { reason: "Content type not allowed here", headers: [["Accept", accept]] });
    } else if (size > rule.maxBytes) {
      const more = `${size} bytes sent, ${rule.maxBytes} allowed for ${rule.type}`;
      exchange.reply(413, refusal(host, "Message too large for its type", SIZE_EXCEEDED, more));
    } else {
      next(exchange);
    }
  };
}
