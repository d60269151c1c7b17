import { type ReadonlySignal, signal } from "@preact/signals-core";
import type { EngineParts } from "../doors.ts";
import { ownDocument } from "./own_documents.ts";
import { Refreshed } from "./refreshed.ts";

/** A request that waits, as REST has it. */
export interface RequestRow {
  readonly id: string;
  readonly uri: string;
  readonly direction: "incoming" | "outgoing";
  readonly requested_at: number;
  readonly name: string;
  readonly message: string;
}

const KNOWN = "people.requests";
/** As many as the service keeps. */
const MOST_KNOWN = 500;

/** Requests to be somebody's contact. An incoming one is told of once, whatever reloads and tabs there are. */
export class ContactRequests {
  readonly fresh: Refreshed;
  readonly #parts: EngineParts;
  readonly #rows = signal<readonly RequestRow[]>([]);
  readonly #nameOf: (uri: string, said: string) => string;

  constructor(parts: EngineParts, nameOf: (uri: string, said: string) => string) {
    this.#parts = parts;
    this.#nameOf = nameOf;
    const documents = [ownDocument("org.parley.contact-requests", parts.link.me.uri)];
    this.fresh = new Refreshed(parts, documents, () => this.#load());
  }

  /** The oldest first. */
  get rows(): ReadonlySignal<readonly RequestRow[]> {
    return this.#rows;
  }

  async #load(): Promise<void> {
    const { rest, link } = this.#parts;
    const path = `/users/${encodeURIComponent(link.me.uri)}/contact-requests`;
    const { requests } = await rest.get<{ requests: readonly RequestRow[] }>(path);
    this.#rows.value = requests;
    this.#tell(requests.filter(({ direction }) => direction === "incoming"));
  }

  #tell(incoming: readonly RequestRow[]): void {
    const { store, alert } = this.#parts;
    const told = store.get(KNOWN)?.split(" ") ?? [];
    const fresh = incoming.filter(({ id }) => !told.includes(id));
    const ids = incoming.slice(-MOST_KNOWN).map(({ id }) => id).join(" ");
    // Written first: another tab reads the same list in the next moment. Where there is no room it may be told twice.
    if (ids === "") store.remove(KNOWN);
    else if (fresh.length > 0 || ids !== told.join(" ")) store.set(KNOWN, ids);
    for (const { uri, name, message, requested_at } of fresh) {
      const title = this.#nameOf(uri, name);
      alert({ kind: "request", conversation: "", title, text: message.slice(0, 200), at: requested_at });
    }
  }
}
