import { computed, type ReadonlySignal, signal } from "@preact/signals-core";
import type { EngineParts } from "../doors.ts";
import { addressKey, ownDocument } from "./own_documents.ts";
import { Refreshed } from "./refreshed.ts";

/** Somebody in the contact list, as REST has it. */
export interface ContactRow {
  readonly uri: string;
  readonly name: string;
  /** As REST calls them; "" is the contact list itself. */
  readonly lists: readonly string[];
  readonly blocked: boolean;
}

interface ListRow {
  readonly name: string;
  readonly display_name: string;
}

/** What `GET /users/{uri}/contacts` tells, all pages of it. */
export interface Book {
  readonly contacts: readonly ContactRow[];
  readonly lists: readonly ListRow[];
  readonly blocked: readonly { readonly uri: string; readonly name: string }[];
}

const EMPTY: Book = { contacts: [], lists: [], blocked: [] };
const PAGE = 1000;
/** More than a document of lists can hold. */
const MOST_PAGES = 10;
const CACHE = "people.book";
/** Contacts that are kept in the browser for when the service cannot be asked. */
const CACHED = 1000;

/** The contact list: as the service has it, or as it was known last. */
export class ContactBook {
  readonly #parts: EngineParts;
  readonly #book = signal<Book>(EMPTY);
  readonly #fresh: Refreshed;
  readonly #blocked = computed(() => new Set(this.#book.value.blocked.map(({ uri }) => addressKey(uri))));
  readonly #names = computed(() => new Map(this.#book.value.contacts.map(({ uri, name }) => [addressKey(uri), name])));
  /** Names that are shown by what REST calls the lists. */
  readonly #shown = computed(() => shownNames(this.#book.value.lists));

  constructor(parts: EngineParts) {
    this.#parts = parts;
    this.#book.value = this.#cached();
    this.#fresh = new Refreshed(parts, [ownDocument("resource-lists", parts.link.me.uri)], () => this.#load());
  }

  get book(): ReadonlySignal<Book> {
    return this.#book;
  }
  get fresh(): Refreshed {
    return this.#fresh;
  }

  /** What the contact is called; "" where it has no name, or is none. */
  nameOf(uri: string): string {
    return this.#names.value.get(addressKey(uri)) ?? "";
  }

  isBlocked(uri: string): boolean {
    return this.#blocked.value.has(addressKey(uri));
  }

  /** Null: no contact. */
  find(uri: string): ContactRow | null {
    const key = addressKey(uri);
    return this.#book.peek().contacts.find((contact) => addressKey(contact.uri) === key) ?? null;
  }

  /** The names to show, in the order of the document. */
  get lists(): readonly string[] {
    return [...this.#shown.value.values()];
  }

  shownList(name: string): string {
    return this.#shown.value.get(name) ?? name;
  }

  /** What REST calls the list that is shown so. */
  listNamed(shown: string): string {
    for (const [name, one] of this.#shown.peek()) if (one === shown) return name;
    return shown;
  }

  async #load(): Promise<void> {
    const { rest, link } = this.#parts;
    const path = `/users/${encodeURIComponent(link.me.uri)}/contacts`;
    const contacts: ContactRow[] = [];
    let page: Book & { readonly next: string };
    let after: string | undefined;
    let pages = 0;
    do {
      page = await rest.get(path, { limit: PAGE, after });
      contacts.push(...page.contacts);
      after = page.next;
    } while (page.next !== "" && ++pages < MOST_PAGES);
    const { lists, blocked } = page;
    this.#book.value = { contacts, lists, blocked };
    // No room for it: then it is not there while the service cannot be asked.
    this.#parts.store.set(CACHE, JSON.stringify({ contacts: contacts.slice(0, CACHED), lists, blocked }));
  }

  #cached(): Book {
    const text = this.#parts.store.get(CACHE);
    if (text === null) return EMPTY;
    try {
      const { contacts, lists, blocked } = JSON.parse(text) as Partial<Book>;
      if (Array.isArray(contacts) && Array.isArray(lists) && Array.isArray(blocked)) {
        return { contacts, lists, blocked };
      }
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
    this.#parts.store.remove(CACHE);
    return EMPTY;
  }
}

/** The display name where nothing else is shown so, else the name. */
function shownNames(lists: readonly ListRow[]): ReadonlyMap<string, string> {
  const taken = new Set(lists.map(({ name }) => name));
  return new Map(lists.map(({ name, display_name }) => {
    if (display_name === "" || taken.has(display_name)) return [name, name];
    taken.add(display_name);
    return [name, display_name];
  }));
}
