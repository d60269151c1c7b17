import { detached, utf8 } from "../../foundation/mod.ts";
import { uriKey } from "./identity.ts";
import { type ListName, namesText, resourceStart } from "./list_meta_information.ts";

/** A resource of a list, the same for all who subscribed to it. */
export class ListMember {
  readonly uri: string;
  /** As they stand in every document; "" for none. */
  readonly #names: string;

  constructor(uri: string, names: readonly ListName[]) {
    this.uri = detached(uri);
    this.#names = names.length === 0 ? "" : detached(namesText(names));
  }

  /** `<resource …>` and its names. */
  get start(): string {
    return resourceStart(this.uri, []) + this.#names;
  }

  /** UTF-8 octets of `start`. */
  get octets(): number {
    return utf8(this.start).length;
  }
}

/** The members of a list, each named once however often it is in it; the first name counts. */
export class ListMembers {
  /** By the URI's key, in the order of the list. */
  readonly #members = new Map<string, ListMember>();

  constructor(resources: Iterable<{ readonly uri: string; readonly names?: readonly ListName[] }>) {
    for (const { uri, names = [] } of resources) {
      const key = uriKey(uri);
      if (this.#members.has(key)) continue;
      const member = new ListMember(uri, names);
      // Mostly it is its own key: then that is no other text in memory.
      this.#members.set(key === uri ? member.uri : detached(key), member);
    }
  }

  get size(): number {
    return this.#members.size;
  }
  find(uri: string): ListMember | undefined {
    return this.#members.get(uriKey(uri));
  }
  [Symbol.iterator](): IterableIterator<ListMember> {
    return this.#members.values();
  }
}
