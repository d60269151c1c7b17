import type { UdpFlow } from "./udp_flow.ts";

const LOOKED_AT = 16;

/**
 * The peers of one UDP socket. Bounded: to make room, the first of a few least recently added ones that nobody watches goes,
 * one that was used since the last look gets another turn. A watched flow is never forgotten.
 */
export class UdpPeers {
  readonly #limit: number;
  readonly #flows = new Map<number | string, UdpFlow>();
  /** Use before this counts as old when room is needed. */
  #lookedAt = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get(key: number | string): UdpFlow | undefined {
    return this.#flows.get(key);
  }

  get size(): number {
    return this.#flows.size;
  }

  /** Adds a peer; the flow that had to go for it, or null. Where all are watched the table grows past its limit. */
  add(flow: UdpFlow): UdpFlow | null {
    const gone = this.#flows.size >= this.#limit ? this.#oldest(flow.usedAt) : null;
    if (gone !== null) this.#flows.delete(gone.key);
    this.#flows.set(flow.key, flow);
    return gone;
  }

  /** Takes a peer out, if this flow is still the one under its key. */
  delete(flow: UdpFlow): void {
    if (this.#flows.get(flow.key) === flow) this.#flows.delete(flow.key);
  }

  /** Peers nobody watches and nobody heard of since `before`. */
  *idle(before: number): Generator<UdpFlow> {
    for (const flow of this.#flows.values()) if (flow.usedAt < before && !flow.watched) yield flow;
  }

  [Symbol.iterator](): IterableIterator<UdpFlow> {
    return this.#flows.values();
  }

  #oldest(now: number): UdpFlow | null {
    let fallback: UdpFlow | null = null;
    let looked = 0;
    for (const [key, flow] of this.#flows) {
      if (!flow.watched) {
        if (flow.usedAt <= this.#lookedAt) return flow;
        fallback ??= flow;
      }
      this.#flows.delete(key);
      this.#flows.set(key, flow);
      if (++looked >= LOOKED_AT) break;
    }
    this.#lookedAt = now;
    return fallback;
  }
}
