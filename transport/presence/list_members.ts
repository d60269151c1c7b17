import { detached, utf8 } from "../../foundation/mod.ts";
import { uriKey } from "./identity.ts";
import { type ListName, resourceStart } from "./list_meta_information.ts";

/** A resource of a list, with what stands of it in every document: made once for all who subscribed to the list. */
export interface ListMember {
  readonly uri: string;
  /** `<resource …>` and its names. */
  readonly start: string;
  /** UTF-8 octets of `start`. */
  readonly octets: number;
}

/** The members of a list, each named once however often it is in it; the first name counts. */
export class ListMembers {
  /** By the URI's key, in the order of the list. */
  readonly #members = new Map<string, ListMember>();

  constructor(resources: Iterable<{ readonly uri: string; readonly names?: readonly ListName[] }>) {
    for (const { uri, names = [] } of resources) {
      const key = uriKey(uri);
      if (this.#members.has(key)) continue;
      const start = detached(resourceStart(uri, names));
      this.#members.set(key, { uri: detached(uri), start, octets: utf8(start).length });
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
