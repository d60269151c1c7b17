import type { Exchange } from "../sip_core/mod.ts";

/** What is known of a message in pager mode; never its text. */
export interface PagerFacts {
  readonly callId: string;
  /** Sender's identity; "" when the core vouches for none. */
  readonly sender: string;
  readonly recipient: string;
  /** Body octets. */
  readonly size: number;
  /** As written; "" when there is none. */
  readonly contentType: string;
  /** P-Access-Network-Info of the sender; "" when it sent none. */
  readonly accessNetwork: string;
  /** Wall time of the event, ms. */
  readonly at: number;
}

/** What the participating function tells whoever listens (charging, history, audit). */
export interface PagerEvents {
  /** A device took it: once for each device. `late`: its copy had been stored meanwhile. */
  messageDelivered: PagerFacts & {
    readonly device: string;
    readonly deviceAccessNetwork: string;
    readonly late: boolean;
  };
  /** It was stored and its sender has a 202. */
  messageDeferred: PagerFacts & { readonly why: "offline" | "unreachable" | "setting" | "order" };
  /** The recipient's rules let it vanish; its sender has the answer of a message that arrived. */
  messageDropped: PagerFacts & { readonly status: number };
  /** The sender was refused. */
  messageRefused: PagerFacts & { readonly status: number; readonly by: "sender rules" | "recipient rules" | "device" };
}

/** The facts of an exchange, built only when somebody listens. */
export function factsOf(exchange: Exchange, recipient: string, at: number): PagerFacts {
  const { request } = exchange;
  return {
    callId: request.callId,
    sender: exchange.identity?.aor ?? "",
    recipient,
    size: request.body.length,
    contentType: request.get("Content-Type") ?? "",
    accessNetwork: request.get("P-Access-Network-Info") ?? "",
    at,
  };
}
