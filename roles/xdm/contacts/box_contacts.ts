import { OperationError } from "../../../operations/mod.ts";
import type { Subscribers } from "../../../storage/mod.ts";
import { addressOf } from "../../sip_core/mod.ts";
import { tryParseUri } from "../../../transport/sip/mod.ts";
import { xmlChildren, type XmlDocument } from "../../../transport/xml/mod.ts";
import type { DocumentService } from "../document_service.ts";
import { operationError } from "../problem_of.ts";
import { WELL_KNOWN_LISTS } from "../usages/identifiers.ts";
import type { ContactRequest } from "../usages/own_readers.ts";
import type { ContactSettings } from "../xdm_settings.ts";
import { accessRulesKey, withBlockRule } from "./block_rule.ts";
import type { Bonds } from "./bonds.ts";
import {
  BLOCK_LISTS,
  contactEntries,
  CONTACTS_SERVICE,
  displayNameOf,
  entriesIn,
  GRANTED,
  groupElements,
  listsKey,
  RL,
} from "./contact_lists.ts";
import {
  freeName,
  placesOf,
  withChanged,
  withContact,
  withEntry,
  withGroup,
  withGroupChanged,
  withoutEntries,
  withoutGroup,
} from "./contact_edits.ts";
import type {
  Added,
  ContactBook,
  ContactListView,
  ContactPatch,
  ContactRequestView,
  ContactService,
  ContactView,
  NewContact,
} from "./contact_service.ts";
import { lookUp, type Meant } from "./person_lookup.ts";
import { unknownNumberText } from "./words.ts";

/** What the contact lists of the box stand on. */
export interface BoxContactsParts {
  readonly documents: DocumentService;
  readonly subscribers: Pick<Subscribers, "get" | "byNumber">;
  readonly bonds: Bonds;
  readonly settings: Pick<ContactSettings, "same_names">;
  readonly domains: ReadonlySet<string>;
  /** Base of XCAP URIs, without a slash at the end. */
  readonly root: () => string;
  /** Where people can sign up (GM-12); "" where they cannot. */
  readonly signUpLink: () => string;
  readonly audit: (event: string, actor: string, facts: Record<string, string | number>) => void;
}

const MAX_NAME = 128;
const MAX_MESSAGE = 300;

/** Contact lists, by the documents. */
export class BoxContacts implements ContactService {
  readonly #parts: BoxContactsParts;

  constructor(parts: BoxContactsParts) {
    this.#parts = parts;
  }

  async book(owner: string): Promise<ContactBook> {
    const version = await this.#parts.documents.read(listsKey(owner)).catch(rethrow);
    const document = version?.document ?? null;
    return {
      etag: version?.etag ?? "",
      contacts: contactViews(document),
      lists: groupElements(document).map(({ name, element }) => ({
        name,
        display_name: displayNameOf(element),
        contacts: xmlChildren(element, RL, "entry").length,
      })),
      blocked: blockedOf(document),
    };
  }

  async add(owner: string, contact: NewContact, etag: string | null, by: string): Promise<Added> {
    const { bonds, subscribers } = this.#parts;
    const name = checkedName(contact.name);
    const message = contact.message.trim();
    if (message.length > MAX_MESSAGE) {
      throw new OperationError(
        "invalid",
        `the message has ${message.length} characters; allowed: up to ${MAX_MESSAGE}`,
      );
    }
    const meant = this.#lookUp(owner, contact.contact);
    if (meant.kind === "unknown-number") {
      const link = this.#parts.signUpLink();
      return { outcome: meant.kind, number: meant.number, text: unknownNumberText(meant.number, link), link };
    }
    const aor = aorOf(meant);
    if (aor === owner) throw new OperationError("invalid", "nobody is a contact of their own");
    await this.#checkAddable(owner, aor, contact.list, etag);
    if (meant.kind === "user") {
      const { user, byNumber } = meant;
      const consent = await bonds.consent(owner, user, byNumber !== "").catch(rethrow);
      if (consent !== "free") {
        const hidden = byNumber !== "" && !(await bonds.privacyOf(user.aor)).searchableByNumber;
        const shown = hidden ? `tel:${byNumber}` : user.aor;
        const asked = await bonds.ask(owner, user, { shown, name, message }, consent === "blocked").catch(rethrow);
        this.#audit("contact.ask", owner, by, { contact: shown });
        if (asked !== null) return { outcome: "asked", request: requestView(asked) };
        return { outcome: "added", contact: await this.#contact(owner, aor) };
      }
    }
    const shown = name !== "" ? name : meant.kind === "user" ? meant.user.displayName : "";
    await this.#edit(owner, etag, (now) => {
      if (contactEntries(now).some((entry) => entry.aor === aor)) throw already(aor);
      const free = name === "" && !this.#parts.settings.same_names ? freeName(now, shown, aor) : shown;
      return withContact(now, { uri: aor, name: free, list: contact.list });
    });
    this.#audit("contact.add", owner, by, { contact: aor });
    if (subscribers.get(aor) !== undefined) await bonds.introduce(owner, aor).catch(rethrow);
    return { outcome: "added", contact: await this.#contact(owner, aor) };
  }

  async change(owner: string, uri: string, patch: ContactPatch, etag: string | null, by: string): Promise<ContactView> {
    const aor = folded(uri, owner);
    const name = patch.name === undefined ? undefined : checkedName(patch.name);
    await this.#edit(owner, etag, (now) => withChanged(now, aor, { name, list: patch.list }));
    this.#audit("contact.change", owner, by, { contact: aor });
    return await this.#contact(owner, aor);
  }

  async remove(owner: string, uri: string, etag: string | null, by: string): Promise<void> {
    const aor = folded(uri, owner);
    await this.#edit(owner, etag, (now) => {
      placesOf(now, aor);
      return withoutEntries(now, aor, [...contactEntries(now), ...entriesIn(now, [GRANTED])]);
    });
    this.#audit("contact.remove", owner, by, { contact: aor });
  }

  async block(owner: string, uri: string, etag: string | null, by: string): Promise<void> {
    const { documents, bonds, root } = this.#parts;
    const aor = aorOf(this.#lookUp(owner, uri));
    if (aor === owner) throw new OperationError("invalid", "nobody blocks themselves");
    await this.#edit(owner, etag, (now) => {
      const name = contactEntries(now).find((entry) => entry.aor === aor)?.name ?? "";
      return entriesIn(now, BLOCK_LISTS).some((entry) => entry.aor === aor)
        ? null
        : withEntry(now, WELL_KNOWN_LISTS.blocked, aor, { uri: aor, name });
    });
    await documents.update(CONTACTS_SERVICE, accessRulesKey(owner), (now) => withBlockRule(now, owner, root()))
      .catch(rethrow);
    await bonds.dropRequestsOf(owner, aor).catch(rethrow);
    this.#audit("contact.block", owner, by, { contact: aor });
  }

  async unblock(owner: string, uri: string, etag: string | null, by: string): Promise<void> {
    const aor = folded(uri, owner);
    await this.#edit(owner, etag, (now) => {
      const text = withoutEntries(now, aor, entriesIn(now, BLOCK_LISTS));
      if (text === null) throw new OperationError("not-found", `${aor} is not blocked`);
      return text;
    });
    this.#audit("contact.unblock", owner, by, { contact: aor });
  }

  async createList(
    owner: string,
    list: { readonly name: string; readonly display_name: string },
    etag: string | null,
    by: string,
  ): Promise<ContactListView> {
    const name = checkedListName(list.name);
    const shown = checkedName(list.display_name);
    await this.#edit(owner, etag, (now) => withGroup(now, name, shown));
    this.#audit("contact_list.add", owner, by, { list: name });
    return { name, display_name: shown, contacts: 0 };
  }

  async changeList(
    owner: string,
    name: string,
    patch: { readonly name?: string; readonly display_name?: string },
    etag: string | null,
    by: string,
  ): Promise<ContactListView> {
    const next = patch.name === undefined ? undefined : checkedListName(patch.name);
    const shown = patch.display_name === undefined ? undefined : checkedName(patch.display_name);
    await this.#edit(owner, etag, (now) => withGroupChanged(now, name, { name: next, display_name: shown }));
    this.#audit("contact_list.change", owner, by, { list: name });
    const renamed = next === undefined ? name : `${name.slice(0, name.lastIndexOf("/") + 1)}${next}`;
    const list = (await this.book(owner)).lists.find((one) => one.name === renamed);
    if (list === undefined) throw new OperationError("not-found", `there is no list "${renamed}" any more`);
    return list;
  }

  async removeList(owner: string, name: string, etag: string | null, by: string): Promise<void> {
    await this.#edit(owner, etag, (now) => withoutGroup(now, name));
    this.#audit("contact_list.remove", owner, by, { list: name });
  }

  async requests(owner: string): Promise<readonly ContactRequestView[]> {
    const requests = await this.#parts.bonds.requests(owner).catch(rethrow);
    return requests.toSorted((a, b) => a.requestedAt - b.requestedAt).map(requestView);
  }

  async agree(owner: string, id: string, by: string): Promise<void> {
    await this.#parts.bonds.agree(owner, id).catch(rethrow);
    this.#audit("contact.agree", owner, by, { request: id });
  }

  async dismiss(owner: string, id: string, by: string): Promise<void> {
    await this.#parts.bonds.dismiss(owner, id).catch(rethrow);
    this.#audit("contact.dismiss", owner, by, { request: id });
  }

  /** What would be refused later is refused before anybody is asked. */
  async #checkAddable(owner: string, aor: string, list: string, etag: string | null): Promise<void> {
    const version = await this.#parts.documents.read(listsKey(owner)).catch(rethrow);
    if (etag !== null && etag !== (version?.etag ?? "")) throw stale();
    const document = version?.document ?? null;
    if (contactEntries(document).some((entry) => entry.aor === aor)) throw already(aor);
    if (list !== "" && !groupElements(document).some(({ name }) => name === list)) {
      throw new OperationError("not-found", `there is no list "${list}"`);
    }
  }

  /** Changes the owner's lists, if they are still those that the caller saw. */
  async #edit(owner: string, etag: string | null, edit: (now: XmlDocument | null) => string | null): Promise<void> {
    const { documents } = this.#parts;
    const key = listsKey(owner);
    try {
      const seen = etag === null ? null : await documents.read(key);
      if (etag !== null && etag !== (seen?.etag ?? "")) throw stale();
      await documents.update(CONTACTS_SERVICE, key, (now) => {
        if (etag !== null && now?.text !== seen?.document.text) throw stale();
        return edit(now);
      });
    } catch (error) {
      throw operationError(error);
    }
  }

  async #contact(owner: string, aor: string): Promise<ContactView> {
    const { contacts } = await this.book(owner);
    const contact = contacts.find(({ uri }) => uri === aor);
    if (contact === undefined) throw new OperationError("not-found", `${aor} is not in the contact list any more`);
    return contact;
  }

  #lookUp(owner: string, text: string): Exclude<Meant, { kind: "nobody" }> {
    const { subscribers, domains, documents } = this.#parts;
    const isService = (aor: string) => documents.byServiceUri(aor) !== undefined;
    const domain = owner.slice(owner.lastIndexOf("@") + 1);
    const meant = lookUp(text, domain, { subscribers, domains, isService });
    if (meant.kind === "nobody") throw new OperationError("not-found", `there is no user ${meant.aor}`);
    return meant;
  }

  #audit(event: string, owner: string, by: string, facts: Record<string, string | number>): void {
    // What users do with their own lists is nobody's business.
    if (by !== `user:${owner}`) this.#parts.audit(event, by, { user: owner, ...facts });
  }
}

function contactViews(document: XmlDocument | null): ContactView[] {
  const blocked = new Set(blockedOf(document).map(({ uri }) => uri));
  const contacts = new Map<string, { name: string; lists: string[] }>();
  for (const { aor, uri, name, list } of contactEntries(document)) {
    const known = contacts.get(aor || uri);
    if (known === undefined) contacts.set(aor || uri, { name, lists: [list] });
    else known.lists.push(list);
  }
  return [...contacts].map(([uri, { name, lists }]) => ({ uri, name, lists, blocked: blocked.has(uri) }));
}

function blockedOf(document: XmlDocument | null): { uri: string; name: string }[] {
  const blocked = new Map<string, string>();
  for (const { aor, uri, name } of entriesIn(document, BLOCK_LISTS)) {
    if (!blocked.has(aor || uri)) blocked.set(aor || uri, name);
  }
  return [...blocked].map(([uri, name]) => ({ uri, name }));
}

function requestView({ id, aor, direction, requestedAt, displayName, message }: ContactRequest): ContactRequestView {
  return { id, uri: aor, direction, requested_at: requestedAt, name: displayName, message };
}

function aorOf(meant: Exclude<Meant, { kind: "nobody" }>): string {
  return meant.kind === "user" ? meant.user.aor : meant.kind === "other" ? meant.aor : `tel:${meant.number}`;
}

/** The address of a contact that is there; as it stands where it is no SIP or tel address. */
function folded(uri: string, owner: string): string {
  const address = uri.includes("@") ? uri : `${uri}${owner.slice(owner.lastIndexOf("@"))}`;
  const parsed = tryParseUri(/^[a-z][a-z0-9+.\-]*:/i.test(uri) ? uri : `sip:${address}`);
  return parsed === null ? uri : addressOf(parsed).aor || uri;
}

function checkedName(name: string): string {
  const checked = name.normalize("NFC").trim();
  if (checked.length <= MAX_NAME && !/\p{Cc}/u.test(checked)) return checked;
  throw new OperationError("invalid", `the name must have at most ${MAX_NAME} characters and no control characters`);
}

function checkedListName(name: string): string {
  const checked = checkedName(name);
  if (checked !== "" && !checked.includes("/") && !checked.includes('"')) return checked;
  throw new OperationError("invalid", `the name of a list has 1 to ${MAX_NAME} characters, neither / nor "`);
}

function already(aor: string): OperationError {
  return new OperationError("conflict", `${aor} is a contact already`);
}

function stale(): OperationError {
  return new OperationError("stale", "the contact list was changed since it was read: read it again, then change it");
}

function rethrow(error: unknown): never {
  throw operationError(error);
}
