import type { ListBodyPart, ReadListBody } from "./list_body.ts";
import type { ListName } from "./list_meta_information.ts";
import { uriKey } from "./identity.ts";
import type { NotificationOutcome } from "./watched_presence.ts";

/** Resources of one list that are kept. */
const MOST = 2000;

/** A resource as the subscriber knows it. */
export interface ListedResource {
  readonly uri: string;
  readonly names: readonly ListName[];
  /** By id. `part` holds what the last document said: whole or a difference, as its type goes. */
  readonly instances: ReadonlyMap<string, ListedInstance>;
}

export interface ListedInstance {
  readonly state: "active" | "pending" | "terminated";
  readonly reason: string;
  /** Null where no state came with it. */
  readonly part: ListBodyPart | null;
}

/** What a subscriber to a list knows, from the documents of one subscription (RFC 4662 §5.6). */
export class ListTable {
  readonly #resources = new Map<string, ListedResource>();
  #version = -1;

  get resources(): Iterable<ListedResource> {
    return this.#resources.values();
  }
  get size(): number {
    return this.#resources.size;
  }
  find(uri: string): ListedResource | undefined {
    return this.#resources.get(uriKey(uri));
  }

  /** Takes the body of a NOTIFY. After `missed` it was taken, but something before it is lost: the subscription is to be refreshed. */
  receive({ rlmi, parts }: ReadListBody): NotificationOutcome {
    if (rlmi.version <= this.#version) return "stale";
    const follows = this.#version >= 0 && rlmi.version === this.#version + 1;
    this.#version = rlmi.version;
    if (rlmi.fullState) this.#resources.clear();
    for (const { uri, names, instances } of rlmi.resources) {
      const key = uriKey(uri);
      if (this.#resources.size >= MOST && !this.#resources.has(key)) continue;
      const known = instances.map(({ id, state, reason, cid }) =>
        [id, { state, reason, part: parts.get(cid) ?? null }] as const
      );
      this.#resources.set(key, { uri, names, instances: new Map(known) });
    }
    return rlmi.fullState ? "replaced" : follows ? "changed" : "missed";
  }
}
