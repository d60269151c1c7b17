import { computed, effect, type ReadonlySignal, untracked } from "@preact/signals-core";
import { escapeXml } from "../../../transport/xml/mod.ts";
import type {
  ContactModel,
  ContactRequest,
  LocationPart,
  Outcome,
  OwnState,
  PeopleModel,
  PersonFound,
  PresenceModel,
  Problem,
} from "../../model/mod.ts";
import type { EngineParts } from "../doors.ts";
import { outcomeOf, problem } from "../outcomes.ts";
import { PrivacyDocument } from "../settings/privacy_document.ts";
import { ContactBook, type ContactRow } from "./contact_book.ts";
import { ContactRequests } from "./contact_requests.ts";
import { Locators } from "./locators.ts";
import { addressKey, listNode, plainAddress, RESOURCE_LISTS } from "./own_documents.ts";
import { OwnPresence } from "./own_presence.ts";
import { searchPeople } from "./person_search.ts";
import { Presences } from "./presences.ts";

/** The list that contacts stand in, as the service names it. */
const CONTACTS = "oma_buddylist";

type Added =
  | { readonly outcome: "added" }
  | { readonly outcome: "asked" }
  | { readonly outcome: "unknown-number"; readonly text: string };

/**
 * Contacts, who they are, and who may know of us. Each part is read and fails alone: the list, requests, how contacts are, how we are
 * shown. Changes are made at the service first; what it has then is what is shown.
 */
export class People implements PeopleModel {
  readonly contacts: ReadonlySignal<readonly ContactModel[]>;
  readonly lists: ReadonlySignal<readonly string[]>;
  readonly requests: ReadonlySignal<readonly ContactRequest[]>;
  readonly blocked: PeopleModel["blocked"];
  readonly state: PeopleModel["state"];
  readonly problem: ReadonlySignal<Problem | null>;
  readonly presenceState: PeopleModel["presenceState"];
  readonly own: ReadonlySignal<OwnState>;
  readonly #parts: EngineParts;
  readonly #book: ContactBook;
  readonly #requests: ContactRequests;
  readonly #presences: Presences;
  readonly #own: OwnPresence;
  readonly #locators: Locators;
  readonly #path: string;

  constructor(parts: EngineParts) {
    this.#parts = parts;
    this.#path = `/users/${encodeURIComponent(parts.link.me.uri)}`;
    const privacy = new PrivacyDocument(parts);
    const book = this.#book = new ContactBook(parts);
    const requests = this.#requests = new ContactRequests(parts, (uri, said) => this.nameOf(uri, said));
    const presences = this.#presences = new Presences(parts);
    const own = this.#own = new OwnPresence(parts, privacy);
    this.#locators = new Locators(parts, privacy);
    this.contacts = computed(() => this.#contactModels());
    this.lists = computed(() => book.lists);
    this.requests = computed(() =>
      requests.rows.value.map(({ id, uri, name, direction, requested_at, message }) => {
        const incoming = direction === "incoming";
        return { id, uri, name: this.nameOf(uri, name), incoming, at: requested_at, message };
      })
    );
    this.blocked = computed(() =>
      book.book.value.blocked.map(({ uri, name }) => ({ uri, name: name || this.nameOf(uri) }))
    );
    const all = [book.fresh, requests.fresh, privacy.fresh, this.#locators.fresh];
    this.state = book.fresh.state;
    this.problem = computed(() => all.find((one) => one.problem.value !== null)?.problem.value ?? own.problem.value);
    this.presenceState = presences.state;
    this.own = own.own;
    effect(() => {
      const uris = this.contacts.value.filter(({ pending }) => !pending).map(({ uri }) => uri);
      untracked(() => presences.want(uris));
    });
  }

  nameOf(uri: string, said = ""): string {
    return this.#book.nameOf(uri) || said || plainAddress(uri);
  }

  isBlocked(uri: string): boolean {
    return this.#book.isBlocked(uri);
  }

  /**
   * Whether words of the service are of somebody whose request waits for us. The service says so by a message, too, for devices that
   * know no requests.
   */
  async asksIn(text: string): Promise<boolean> {
    await this.#requests.fresh.refresh();
    return this.#requests.rows.peek().some(({ direction, uri }) => direction === "incoming" && text.includes(uri));
  }

  add(address: string, name: string, lists: readonly string[]): Outcome {
    return this.#change(async () => {
      const [list = "", ...more] = lists.map((one) => this.#book.listNamed(one));
      const body = { contact: address.trim(), name: name.trim(), list };
      const added = await this.#parts.rest.send<Added>("POST", `${this.#path}/contacts`, body);
      if (added.outcome === "unknown-number") return problem(404, added.text);
      if (added.outcome === "added" && more.length > 0) {
        await this.#book.fresh.refresh();
        const contact = this.#book.find(address);
        if (contact !== null) await this.#alsoIn(contact, more);
      }
    });
  }

  rename(uri: string, name: string): Outcome {
    return this.#change(() => this.#send("PATCH", this.#contact(uri), { name: name.trim() }));
  }

  move(uri: string, lists: readonly string[]): Outcome {
    return this.#change(async () => {
      const [list = "", ...more] = lists.map((one) => this.#book.listNamed(one));
      const contact = await this.#parts.rest.send<ContactRow>("PATCH", this.#contact(uri), { list });
      await this.#alsoIn(contact, more);
    });
  }

  remove(uri: string): Outcome {
    return this.#change(async () => {
      const asked = this.#asked(uri);
      if (asked !== undefined && this.#book.find(uri) === null) return await this.#dismiss(asked.id);
      // Whoever is no contact any more has nothing to know of where we are.
      if (this.mayLocate(uri)) await this.#locators.let(uri, false);
      await this.#send("DELETE", this.#contact(uri));
    });
  }

  block(uri: string): Outcome {
    return this.#change(() => this.#send("PUT", this.#blockedPath(uri)));
  }

  unblock(uri: string): Outcome {
    return this.#change(() => this.#send("DELETE", this.#blockedPath(uri)));
  }

  addList(name: string): Outcome {
    return this.#change(() => this.#send("POST", `${this.#path}/lists`, { name: name.trim() }));
  }

  renameList(name: string, to: string): Outcome {
    // Its name is what is shown, from now on: a display name that another device gave it would hide it.
    const patch = { name: to.trim(), display_name: "" };
    return this.#change(() => this.#send("PATCH", this.#list(name), patch));
  }

  removeList(name: string): Outcome {
    return this.#change(() => this.#send("DELETE", this.#list(name)));
  }

  agree(id: string): Outcome {
    return this.#change(() => this.#send("POST", `${this.#path}/contact-requests/${encodeURIComponent(id)}/agree`));
  }

  decline(id: string): Outcome {
    return this.#change(() => this.#dismiss(id));
  }

  search(words: string): Promise<readonly PersonFound[] | Problem> {
    return searchPeople(this.#parts, words);
  }

  setState(state: OwnState): Outcome {
    return this.#own.set(state);
  }

  shareLocation(location: Omit<LocationPart, "kind"> | null): Outcome {
    return this.#own.share(location);
  }

  letLocate(uri: string, on: boolean): Outcome {
    return outcomeOf(() => this.#locators.let(uri, on));
  }

  mayLocate(uri: string): boolean {
    return this.#locators.may(uri);
  }

  /** Of the contact list; whoever has not agreed yet stands behind them. */
  #contactModels(): ContactModel[] {
    const { contacts } = this.#book.book.value;
    const asked = this.#requests.rows.value.filter(({ direction }) => direction === "outgoing");
    const pending = new Set(asked.map(({ uri }) => addressKey(uri)));
    const models = contacts.map(({ uri, lists, blocked }): ContactModel => {
      const shown = lists.filter((name) => name !== "").map((name) => this.#book.shownList(name));
      const waits = pending.delete(addressKey(uri));
      return { uri, name: this.nameOf(uri), lists: shown, blocked, pending: waits, presence: this.#presence(uri) };
    });
    for (const { uri, name } of asked) {
      if (!pending.delete(addressKey(uri))) continue;
      const [blocked, presence] = [this.isBlocked(uri), this.#presence(uri)];
      models.push({ uri, name: this.nameOf(uri, name), lists: [], blocked, pending: true, presence });
    }
    return models;
  }

  #presence(uri: string): ReadonlySignal<PresenceModel> {
    return this.#presences.of(uri);
  }

  #asked(uri: string) {
    const key = addressKey(uri);
    return this.#requests.rows.peek().find((row) => row.direction === "outgoing" && addressKey(row.uri) === key);
  }

  /** REST puts a contact into one list; for more of them the document is written (RFC 4826 §3.1). */
  async #alsoIn({ uri, name }: ContactRow, lists: readonly string[]): Promise<void> {
    const shown = name === "" ? "" : `<display-name>${escapeXml(name)}</display-name>`;
    const body = `<entry xmlns="${RESOURCE_LISTS}" uri="${escapeXml(uri)}">${shown}</entry>`;
    for (const list of lists) {
      const path = listNode(this.#parts.link.me.uri, [CONTACTS, ...list.split("/")], uri);
      await this.#parts.rest.xcap("PUT", path, { body, type: "application/xcap-el+xml" });
    }
  }

  async #dismiss(id: string): Promise<void> {
    await this.#send("DELETE", `${this.#path}/contact-requests/${encodeURIComponent(id)}`);
  }

  /** Where the answer says no more than that it is done. */
  async #send(method: "POST" | "PUT" | "PATCH" | "DELETE", path: string, body?: unknown): Promise<void> {
    await this.#parts.rest.send(method, path, body);
  }

  /** Something that the service is asked for; afterwards it is asked what has become of it. */
  #change(work: () => Promise<Problem | null | void>): Outcome {
    return outcomeOf(async () => {
      const found = await work();
      await Promise.all([this.#book.fresh.refresh(), this.#requests.fresh.refresh()]);
      return found ?? null;
    });
  }

  #contact(uri: string): string {
    return `${this.#path}/contacts/${encodeURIComponent(uri)}`;
  }

  #blockedPath(uri: string): string {
    return `${this.#path}/blocked/${encodeURIComponent(uri)}`;
  }

  #list(shown: string): string {
    return `${this.#path}/lists/${encodeURIComponent(this.#book.listNamed(shown))}`;
  }
}
