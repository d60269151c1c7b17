import { computed, type ReadonlySignal, signal } from "@preact/signals-core";
import type { PublicRoom } from "../../model/mod.ts";
import { type EngineParts, RestProblem } from "../doors.ts";
import { outcomeOf } from "../outcomes.ts";
import { Refreshed } from "../people/refreshed.ts";
import { isFleeting } from "./address.ts";
import { GROUP_USAGE, GROUP_USAGE_TYPE, usageDocument, usageEntry, USED } from "./group_document.ts";

/** A group as `/users/{uri}/groups` tells it. */
export interface GroupAnswer {
  readonly uri: string;
  readonly display_name: string;
  readonly subject: string;
  /** Everybody may come. */
  readonly public: boolean;
  /** Those in its list; -1 where that is not ours to know. */
  readonly members: number;
}

const STORED = "rooms.known";
/** Rooms that are kept in this browser. */
const MOST = 200;

/**
 * Groups that the user made, is a member of, or has come into: of the service, and of this browser while the service has none to tell.
 * What the user comes into is noted in their list of groups in use, so that other devices know it, too.
 */
export class KnownRooms {
  readonly rooms: ReadonlySignal<readonly PublicRoom[]>;
  readonly #parts: Pick<EngineParts, "rest" | "link" | "store">;
  readonly #groups = signal<readonly GroupAnswer[]>([]);
  readonly #noting = new Set<string>();
  readonly #document: string;
  readonly #refreshed: Refreshed;

  constructor(parts: Pick<EngineParts, "rest" | "link" | "store" | "clock" | "timers">) {
    this.#parts = parts;
    this.#document = `/${GROUP_USAGE}/users/${encodeURIComponent(parts.link.me.uri)}/index`;
    this.#groups.value = storedIn(parts.store.get(STORED));
    this.rooms = computed(() => this.#groups.value.map(roomOf));
    this.#refreshed = new Refreshed(parts, [`/${GROUP_USAGE}/users/${parts.link.me.uri}/index`], () => this.#read());
  }

  /** `ready`: what is known is what the service says. */
  get state(): ReadonlySignal<"loading" | "ready" | "failed"> {
    return this.#refreshed.state;
  }

  find(uri: string): GroupAnswer | undefined {
    return this.#groups.value.find((group) => group.uri.toLowerCase() === uri);
  }

  refresh(): Promise<void> {
    return this.#refreshed.refresh();
  }

  /** We are in that room: it is one of ours from now on. */
  note(uri: string, name: string): void {
    if (isFleeting(uri) || this.#noting.has(uri) || this.find(uri) !== undefined) return;
    if (this.#groups.value.length >= MOST) return;
    this.#noting.add(uri);
    void outcomeOf(() => this.#write(uri, name)).then((problem) => {
      if (problem === null) return this.refresh();
      // Another try when the service is there again; what it takes for wrong stays away.
      if (problem.status === 0 || problem.status >= 500) this.#noting.delete(uri);
    });
  }

  async #read(): Promise<void> {
    const { rest, link, store } = this.#parts;
    const path = `/users/${encodeURIComponent(link.me.uri)}/groups`;
    const { groups } = await rest.get<{ readonly groups: readonly GroupAnswer[] }>(path);
    const kept = JSON.stringify(groups.slice(0, MOST));
    this.#groups.value = groups;
    store.set(STORED, kept);
  }

  /** Into the list that is there; else into a first one. */
  async #write(uri: string, name: string): Promise<void> {
    const { rest } = this.#parts;
    const entry = usageEntry(uri, name);
    const list = encodeURIComponent(`list[@name="${USED}"]`);
    const place = encodeURIComponent(`entry[@uri="${uri}"]`);
    try {
      const type = "application/xcap-el+xml";
      await rest.xcap("PUT", `${this.#document}/~~/resource-lists/${list}/${place}`, { body: entry, type });
    } catch (error) {
      // There is no document yet, or no such list in it (RFC 4825 §8.2.1).
      if (!(error instanceof RestProblem) || (error.status !== 404 && error.status !== 409)) throw error;
      await rest.xcap("PUT", this.#document, { body: usageDocument(entry), type: GROUP_USAGE_TYPE, ifNoneMatch: "*" });
    }
  }
}

function roomOf({ uri, display_name, subject, members }: GroupAnswer): PublicRoom {
  return { uri, name: display_name || uri.replace(/^sip:/, ""), subject, about: "", members };
}

/** Nothing where it was written by something else. */
function storedIn(text: string | null): readonly GroupAnswer[] {
  if (text === null) return [];
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? list.filter((one) => typeof one?.uri === "string").slice(0, MOST) : [];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}
