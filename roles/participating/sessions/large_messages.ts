import { mediaType } from "../../../transport/payload/mod.ts";
import type { Element, Exchange, Target } from "../../sip_core/mod.ts";
import { targetsOf } from "../../sip_core/mod.ts";
import type { MsrpNode } from "../../../transport/msrp/mod.ts";
import type { PagerSettings } from "../pager_settings.ts";
import { limitFor } from "./content_policy.ts";
import { LargeDelivery } from "./large_delivery.ts";
import type { SessionDeps } from "./session_deps.ts";

/** Whether a MESSAGE over the pager limit goes on all the same. For `contentRules`. */
export interface OverLimit {
  takes(exchange: Exchange): boolean;
}

export interface LargeMessagesParts {
  readonly deps: SessionDeps;
  readonly node: MsrpNode;
  readonly pager: PagerSettings;
}

/**
 * Pager messages over their limit, where the operator lets them be carried as large messages (`session.large_messages`,
 * oma-reference §3.1): the box invites the recipient itself, sends the one message over MSRP, and says 200 when it is there.
 */
export class LargeMessages implements OverLimit {
  readonly #parts: LargeMessagesParts;

  constructor(parts: LargeMessagesParts) {
    this.#parts = parts;
  }

  takes({ request }: Exchange): boolean {
    const { settings } = this.#parts.deps;
    if (settings.largeMessages !== "convert") return false;
    const type = request.get("Content-Type");
    return type !== undefined && limitFor(mediaType(type), settings, false) >= request.body.length;
  }

  /**
   * Before `terminating`. A recipient without a device is left to the row behind: it stores what comes. So is what is only on its
   * way through.
   */
  readonly element: Element = (next) => (exchange) => {
    const { request, recipient, subscriber } = exchange;
    const { deps, pager } = this.#parts;
    if (request.method !== "MESSAGE" || request.body.length <= pager.limit_bytes) return next(exchange);
    if (recipient === null && subscriber === null) return next(exchange);
    // Who does not want any now: the row behind stores it, or refuses.
    if (recipient !== null && deps.unwilling !== undefined && deps.unwilling(recipient.aor) !== null) {
      return next(exchange);
    }
    const targets: Target[] = targetsOf(exchange, deps.services);
    if (targets.length === 0) return next(exchange);
    new LargeDelivery(this.#parts, exchange, targets).start();
  };
}
