import type { Events, Log, Metrics } from "../../../foundation/mod.ts";
import {
  type DocumentKey,
  foldedListAddress,
  IDENTIFIERS,
  readServiceList,
  type ServiceListSource,
  type XdmEvents,
} from "../../xdm/mod.ts";
import { contentsOf, type ListContents } from "./list_contents.ts";
import type { ListSettings } from "./list_settings.ts";

export interface ResourceListsParts extends ServiceListSource {
  readonly events: Events<XdmEvents>;
  readonly settings: Pick<ListSettings, "list_size">;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Who stands on a list. */
export interface ListUser {
  /** It is what it is now for the first time, or was edited. */
  listChanged(contents: ListContents): void;
  /** There is no such list any more, or none for presence. */
  listGone(): void;
}

/** What is known of a list. */
type Known = ListContents | "absent" | "other-package";

interface Held {
  readonly uri: string;
  /** Undefined until it was read. */
  known: Known | undefined;
  readonly users: Set<ListUser>;
  /** Names of documents it stands on. */
  documents: ReadonlySet<string>;
  reading: Promise<void> | null;
  /** Changed while it is being read. */
  isStale: boolean;
  /** The last reading failed: what is known may be what it was before. */
  isUnread: boolean;
}

/** Lists without users that are kept, and lists that are read at a time. */
const IDLE = 200, AT_ONCE = 16;
const EVENT = "presence";

/** Usages whose documents lists are made of. */
const LISTS: ReadonlySet<string> = new Set(
  [IDENTIFIERS.rlsServices, IDENTIFIERS.resourceLists, IDENTIFIERS.groups].map(({ auid }) => auid),
);

/**
 * The lists of the box by their service URIs (RFC 4826 §4): read when somebody subscribes, and again whenever a document changes that
 * they stand on.
 */
export class ResourceLists {
  readonly #parts: ResourceListsParts;
  readonly #held = new Map<string, Held>();
  /** In the order of their last use. */
  readonly #idle = new Set<Held>();
  #running = 0;
  readonly #queue: (() => void)[] = [];

  constructor(parts: ResourceListsParts) {
    this.#parts = parts;
    parts.events.on("documentChanged", ({ key }) => this.#documentChanged(key));
    parts.events.on("documentRemade", ({ key }) => this.#documentChanged(key));
    parts.metrics.gauge("parley_presence_lists", "Resource lists in memory", () => this.#held.size);
  }

  /** The folded URI of the list that a URI names; null where it names none. */
  addressOf(uri: string): string | null {
    const address = foldedListAddress(uri);
    return address !== "" && this.ownerOf(address) !== null ? address : null;
  }

  /** Whose list that is (folded URI); null for none. */
  ownerOf(uri: string): string | null {
    const key = this.#parts.service.byServiceUri(uri);
    return key?.auid === IDENTIFIERS.rlsServices.auid ? key.owner : null;
  }

  /** Reads a list (folded URI); null where it is in memory. Rejects where it cannot be read. */
  load(uri: string): Promise<void> | null {
    const held = this.#hold(uri);
    if (held.known !== undefined && !held.isStale && !held.isUnread) return null;
    return held.reading ?? this.#read(held);
  }

  /** Undefined where it has to be loaded first. */
  find(uri: string): Known | undefined {
    return this.#held.get(uri)?.known;
  }

  /** The user is told of the list at once where it is in memory, else once it was read, and then of what becomes of it. */
  use(uri: string, user: ListUser): void {
    const held = this.#hold(uri);
    held.users.add(user);
    this.#idle.delete(held);
    if (held.known !== undefined) tell(held.known, user);
    if ((held.known === undefined || held.isStale || held.isUnread) && held.reading === null) this.#readAgain(held);
  }

  leave(uri: string, user: ListUser): void {
    const held = this.#held.get(uri);
    if (held?.users.delete(user) === true && held.users.size === 0) this.#rest(held);
  }

  #hold(uri: string): Held {
    let held = this.#held.get(uri);
    if (held === undefined) {
      held = {
        uri,
        known: undefined,
        users: new Set(),
        documents: NO_DOCUMENTS,
        reading: null,
        isStale: false,
        isUnread: false,
      };
      this.#held.set(uri, held);
    }
    if (held.users.size === 0) this.#rest(held);
    return held;
  }

  #rest(held: Held): void {
    this.#idle.delete(held);
    this.#idle.add(held);
    for (const oldest of this.#idle) {
      if (this.#idle.size <= IDLE) break;
      this.#drop(oldest);
    }
  }

  #drop(held: Held): void {
    this.#idle.delete(held);
    this.#held.delete(held.uri);
  }

  #documentChanged(key: DocumentKey): void {
    if (!LISTS.has(key.auid)) return;
    const name = nameOf(key), isService = key.auid === IDENTIFIERS.rlsServices.auid;
    for (const held of this.#held.values()) {
      if (held.reading !== null) {
        // It may be one of those that are read just now.
        held.isStale = true;
        continue;
      }
      // A service that comes or goes may be one that is a member.
      const isOwn = isService && (held.known === "absent" || this.ownerOf(held.uri) === key.owner);
      if (!held.documents.has(name) && !isOwn) continue;
      held.isStale = true;
      if (held.users.size === 0) this.#drop(held);
      else this.#readAgain(held);
    }
  }

  /** For those who use it already: what they have stays where it cannot be read. */
  #readAgain(held: Held): void {
    this.#read(held).catch((error) => {
      this.#parts.log.warn("a list cannot be read", {
        list: held.uri,
        error: error instanceof Error ? error.message : String(error),
      });
    });
  }

  #read(held: Held): Promise<void> {
    return held.reading = this.#carryOut(held).catch((error) => {
      // Whoever comes next reads it again, rather than get what it was before.
      if (!held.isStale) held.isUnread = true;
      throw error;
    }).finally(() => {
      held.reading = null;
      if (held.isStale && held.users.size > 0) this.#readAgain(held);
    });
  }

  async #carryOut(held: Held): Promise<void> {
    const { settings, log } = this.#parts;
    if (this.#running >= AT_ONCE) await new Promise<void>((resolve) => this.#queue.push(resolve));
    this.#running++;
    try {
      held.isStale = held.isUnread = false;
      const list = await readServiceList(this.#parts, held.uri, EVENT, settings.list_size);
      if (typeof list === "string") {
        held.documents = NO_DOCUMENTS;
        held.known = list;
      } else {
        if (list.cut) log.warn("a list is longer than is told; the rest is left out", { list: held.uri });
        held.documents = new Set(list.documents.map(nameOf));
        held.known = contentsOf(list);
      }
    } finally {
      this.#running--;
      this.#queue.shift()?.();
    }
    for (const user of [...held.users]) tell(held.known, user);
  }
}

const NO_DOCUMENTS: ReadonlySet<string> = new Set();

function tell(known: Known, user: ListUser): void {
  if (typeof known === "string") user.listGone();
  else user.listChanged(known);
}

function nameOf({ auid, owner, name }: DocumentKey): string {
  return `${auid} ${owner} ${name}`;
}
