import { type LateNode, Unannounced } from "../../../transport/msrp/forward/mod.ts";
import type { MsrpNode, Switchboard } from "../../../transport/msrp/mod.ts";

/** Our MSRP node, as far as those who come too early are concerned. */
export type EarlyNode = LateNode & Pick<Switchboard, "unannounced"> & Pick<MsrpNode, "uriFor">;

/**
 * MSRP sessions that devices have been told of in invitations, until one is taken. A device connects as soon as it has said yes, which
 * may be here before its 200 is: it waits, unanswered, until it is known whose session that is.
 */
export class OfferedSessions {
  /** Null: nobody has come yet. */
  readonly #offered = new Map<string, Unannounced | null>();
  readonly #node: EarlyNode | null;

  /** `node` null: who comes too early gets 481. */
  constructor(node: EarlyNode | null) {
    this.#node = node;
    if (node === null) return;
    const others = node.unannounced;
    node.unannounced = (sessionId) => this.#endFor(sessionId) ?? others?.(sessionId) ?? null;
  }

  get size(): number {
    return this.#offered.size;
  }

  has(sessionId: string): boolean {
    return this.#offered.has(sessionId);
  }

  add(sessionId: string): void {
    this.#offered.set(sessionId, null);
  }

  /** It is taken, and in the node's table; or it never will be: 481 for whoever waits. */
  settle(sessionId: string): void {
    const early = this.#offered.get(sessionId) ?? null;
    this.#offered.delete(sessionId);
    early?.heard();
  }

  #endFor(sessionId: string) {
    const known = this.#offered.get(sessionId);
    if (known === undefined) return null;
    const early = known ?? new Unannounced(this.#node!, () => {});
    this.#offered.set(sessionId, early);
    return early.endFor(sessionId);
  }
}
