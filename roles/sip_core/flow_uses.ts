import type { Flow, FlowWatcher } from "../../transport/sip/mod.ts";

/** Which addresses-of-record depend on which connection. One watcher, told once for each connection that dies. */
export class FlowUses {
  readonly #watcher: FlowWatcher;
  readonly #uses = new Map<number, Set<string>>();

  constructor(watcher: FlowWatcher) {
    this.#watcher = watcher;
  }

  /** `aor` depends on `flow` from now on. A flow that is dead already is told of at once, inside the call. */
  use(flow: Flow, aor: string): void {
    const aors = this.#uses.get(flow.id);
    if (aors !== undefined) {
      aors.add(aor);
      return;
    }
    this.#uses.set(flow.id, new Set([aor]));
    flow.watch(this.#watcher);
  }

  /** The flow is dead: who depended on it. */
  ended(flow: Flow): Iterable<string> {
    const aors = this.#uses.get(flow.id) ?? [];
    this.#uses.delete(flow.id);
    return aors;
  }

  /** Connections watched. */
  get size(): number {
    return this.#uses.size;
  }
}
