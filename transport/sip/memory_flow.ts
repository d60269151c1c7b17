import type { Endpoint } from "../net/mod.ts";
import type { Flow, FlowHandler, FlowWatcher } from "./flow.ts";

/** One end of a pair: who it belongs to. */
export interface MemoryEnd {
  /** Unique in this boot. */
  readonly id: number;
  readonly local: Endpoint;
  readonly handler: FlowHandler;
}

/** Messages one end may have on the way; a sender that is never let finish is told so by `send`. */
const QUEUE_LIMIT = 10_000;

/**
 * A reliable flow inside one process (transport `memory`): what one end sends, the other receives in order, after the
 * present turn of work, never inside `send`. Both ends die together.
 */
export class MemoryFlow implements Flow {
  readonly id: number;
  readonly transport = "memory";
  readonly reliable = true;
  readonly secure = false;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly inbound: boolean;
  readonly peerNames: readonly string[] = [];
  readonly #handler: FlowHandler;
  #open = true;
  #closing = false;
  #reason = "";
  #peer: MemoryFlow | null = null;
  #heads: string[] = [];
  #bodies: Uint8Array[] = [];
  readonly #watchers = new Set<FlowWatcher>();

  private constructor(end: MemoryEnd, remote: Endpoint, inbound: boolean) {
    this.id = end.id;
    this.local = end.local;
    this.remote = remote;
    this.inbound = inbound;
    this.#handler = end.handler;
  }

  /** Joins two ends; the first counts as the one that opened the connection. */
  static pair(opener: MemoryEnd, accepter: MemoryEnd): [MemoryFlow, MemoryFlow] {
    const first = new MemoryFlow(opener, accepter.local, false);
    const second = new MemoryFlow(accepter, opener.local, true);
    first.#peer = second;
    second.#peer = first;
    return [first, second];
  }

  get open(): boolean {
    return this.#open;
  }

  send(head: string, body: Uint8Array): boolean {
    if (!this.#open || this.#closing || this.#heads.length >= QUEUE_LIMIT) return false;
    this.#bodies.push(body);
    if (this.#heads.push(head) === 1) queueMicrotask(this.#deliver);
    return true;
  }

  watch(watcher: FlowWatcher): void {
    if (this.#open) this.#watchers.add(watcher);
    else watcher.onFlowClosed(this, this.#reason);
  }

  unwatch(watcher: FlowWatcher): void {
    this.#watchers.delete(watcher);
  }

  /** What was sent before still arrives. */
  close(reason: string): void {
    if (!this.#open || this.#closing) return;
    this.#closing = true;
    this.#reason = reason;
    if (this.#heads.length === 0) this.#die(reason);
  }

  readonly #deliver = (): void => {
    const heads = this.#heads;
    const bodies = this.#bodies;
    this.#heads = [];
    this.#bodies = [];
    const peer = this.#peer;
    for (let i = 0; i < heads.length && peer !== null && peer.#open; i++) {
      peer.#handler.onMessage(peer, heads[i], bodies[i]);
    }
    if (this.#closing) this.#die(this.#reason);
  };

  #die(reason: string): void {
    if (!this.#open) return;
    this.#open = false;
    this.#reason = reason;
    this.#heads = [];
    this.#bodies = [];
    const watchers = [...this.#watchers];
    this.#watchers.clear();
    for (const watcher of watchers) watcher.onFlowClosed(this, reason);
    if (this.#peer !== null) this.#peer.#die(reason);
  }
}
