import { hash } from "node:crypto";
import { randomHex } from "../../foundation/mod.ts";
import type { Flow, Wires } from "../../transport/sip/mod.ts";

/**
 * `flow`: the peer can only be reached on this flow (outbound, WebSocket, NAT). `try`: the flow where it is alive, else the
 * Request-URI. `none`: no flow, only the proof that the dialog was set up through us.
 */
export type TokenKind = "flow" | "try" | "none";

/** What a token in a Route says. `stale`: made by an earlier boot. `forged`: not made by us, or for another dialog. */
export type TokenReading =
  | { readonly kind: "flow" | "try"; readonly id: number; readonly flow: Flow | null }
  | { readonly kind: "none" }
  | { readonly kind: "stale"; readonly hard: boolean }
  | { readonly kind: "forged" };

const LETTERS: Readonly<Record<TokenKind, string>> = { flow: "f", try: "t", none: "n" };
const TOKEN = /^([ftn])([0-9a-z]{1,11})\.([0-9a-f]{8})\.([0-9a-f]{16})$/;

/**
 * Flow tokens for the user part of our Record-Route and Path URIs (RFC 5626 §5.2): kind, flow, boot, and a keyed digest so
 * that nobody can make one up and send through a user's connection. They mean nothing after a restart, when flows are gone.
 */
export class FlowTokens {
  readonly #wires: Wires;
  readonly #boot = randomHex(4);
  readonly #key = randomHex(32);

  constructor(wires: Wires) {
    this.#wires = wires;
  }

  /** A token for the dialog with this Call-ID. */
  make(kind: TokenKind, flow: Flow, callId: string): string {
    const text = `${LETTERS[kind]}${(kind === "none" ? 0 : flow.id).toString(36)}.${this.#boot}`;
    return `${text}.${this.#mac(text, callId)}`;
  }

  /** True for what looks like a token, ours or not. */
  isToken(user: string): boolean {
    return TOKEN.test(user);
  }

  /** Null for a user part that is no token at all. */
  read(user: string, callId: string): TokenReading | null {
    const match = TOKEN.exec(user);
    if (match === null) return null;
    if (match[3] !== this.#boot) return { kind: "stale", hard: match[1] === "f" };
    if (this.#mac(user.slice(0, -17), callId) !== match[4]) return { kind: "forged" };
    if (match[1] === "n") return { kind: "none" };
    const id = parseInt(match[2], 36);
    return { kind: match[1] === "f" ? "flow" : "try", id, flow: this.#wires.flow(id) };
  }

  // The key stands on both sides of the text, so that the digest cannot be extended.
  #mac(text: string, callId: string): string {
    return hash("sha256", `${this.#key}:${text}:${callId}:${this.#key}`).slice(0, 16);
  }
}
