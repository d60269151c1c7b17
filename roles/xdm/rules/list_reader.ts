import type { Documents, Subscribers } from "../../../storage/mod.ts";
import { select, XcapProblem, type XcapTarget } from "../../../transport/xcap/mod.ts";
import { xmlAttribute, type XmlElement } from "../../../transport/xml/mod.ts";
import type { DocumentService } from "../document_service.ts";
import { accessOf } from "../permission.ts";
import type { DocumentKey, Usage } from "../usage.ts";
import type { Rule } from "../usages/ruleset_reader.ts";
import { IDENTIFIERS, NS, WELL_KNOWN_LISTS } from "../usages/identifiers.ts";
import { foldedAddress, readAnchor, readEntryRef } from "../usages/references.ts";
import type { DocumentVersion } from "../xdm_events.ts";
import { ownerOf } from "../xui.ts";
import type { ListMembers } from "./compiled_rule.ts";
import { personKey } from "./person.ts";

/** How far the lists of one user's rules are followed; what lies beyond is left out. */
export interface ListLimits {
  /** Members of all lists together. */
  readonly members: number;
  /** References that are followed. */
  readonly references: number;
  /** Documents that are looked into. */
  readonly documents: number;
}

export const LIST_LIMITS: ListLimits = { members: 50_000, references: 500, documents: 50 };

/** What lists are read from. */
export interface ListSource {
  readonly service: Pick<DocumentService, "read">;
  readonly documents: Pick<Documents, "find" | "list">;
  /** By AUID. */
  readonly usages: ReadonlyMap<string, Usage>;
  readonly subscribers: Pick<Subscribers, "get" | "byNumber">;
  readonly domains: ReadonlySet<string>;
  /** Base of XCAP URIs, without a slash at the end. */
  readonly root: () => string;
}

/** Usages whose lists an external list may be. */
const HOLDERS: readonly string[] = [IDENTIFIERS.resourceLists.auid, IDENTIFIERS.groups.auid];
const EMPTY: ReadonlySet<string> = new Set();
/** Elements between two pauses for others. */
const SLICE = 2000;
/** What it costs to find a place in a document, in elements. */
const FIND_COST = 250;

interface Open {
  readonly list: XmlElement;
  /** Where it stands. */
  readonly within: DocumentVersion;
}

/**
 * Reads lists as one owner may see them (RFC 4826 §3): entries, lists in lists, references to entries, and external lists of
 * documents of this box that the owner may read. Notes every document it looked into, so that a change of any is known to matter.
 * Loops are harmless: each list is walked once.
 */
export class ListReader {
  readonly #source: ListSource;
  readonly #owner: string;
  readonly #limits: ListLimits;
  readonly #documents = new Map<string, { readonly key: DocumentKey; readonly version: DocumentVersion | null }>();
  /** Of usages of which all documents were asked for, their names. */
  readonly #whole = new Map<string, string>();
  readonly #anchors = new Map<string, ReadonlySet<string>>();
  #references = 0;
  #walked = 0;
  /** Members read so far. */
  members = 0;
  /** Something lay beyond a limit and was left out. */
  cut = false;

  constructor(source: ListSource, owner: string, limits: ListLimits = LIST_LIMITS) {
    this.#source = source;
    this.#owner = owner;
    this.#limits = limits;
  }

  /** Owners of the documents that were looked into, the own one left out; "" for the global tree. */
  get others(): Set<string> {
    const owners = new Set([...this.#documents.values()].map(({ key }) => key.owner));
    owners.delete(this.#owner);
    return owners;
  }

  /** True while all documents that were looked into are what they were. */
  get current(): boolean {
    for (const { key: { auid, owner, name }, version } of this.#documents.values()) {
      if ((this.#source.documents.find(auid, owner, name)?.etag ?? null) !== (version?.etag ?? null)) return false;
    }
    for (const [auid, names] of this.#whole) if (this.#namesOf(auid).join("\n") !== names) return false;
    return true;
  }

  /** A document of the owner; null where there is none. Rejects where it cannot be read. */
  own(auid: string, name: string): Promise<DocumentVersion | null> {
    return this.#read({ auid, owner: this.#owner, name });
  }

  /** All documents of the owner in a usage; those beyond the limit are left out. Rejects where one cannot be read. */
  async all(auid: string): Promise<DocumentVersion[]> {
    const names = this.#namesOf(auid), found: DocumentVersion[] = [];
    this.#whole.set(auid, names.join("\n"));
    for (const name of names) {
      const version = await this.own(auid, name);
      if (version !== null) found.push(version);
    }
    return found;
  }

  /** Members of the owner's lists of these well-known names, together. */
  async wellKnown(wanted: readonly (keyof typeof WELL_KNOWN_LISTS)[]): Promise<ReadonlySet<string>> {
    const { auid, document } = IDENTIFIERS.resourceLists;
    const index = await this.own(auid, document);
    if (index === null) return EMPTY;
    const titles = wanted.map((one): string => WELL_KNOWN_LISTS[one]);
    const lists = index.document.root.children.filter((child) =>
      child.name === "list" && child.namespace === NS.resourceLists &&
      titles.includes(xmlAttribute(child, "name") ?? "")
    );
    return lists.length === 0 ? EMPTY : await this.#walk(lists.map((list) => ({ list, within: index })));
  }

  /** Members of the lists that these absolute URIs name, by URI. */
  async external(anchors: Iterable<string>): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
    for (const anchor of anchors) {
      if (this.#anchors.has(anchor)) continue;
      // Known as empty while it is walked, and where it leads nowhere.
      this.#anchors.set(anchor, EMPTY);
      const start = await this.#anchored(anchor);
      if (start !== null) this.#anchors.set(anchor, await this.#walk([start]));
    }
    return this.#anchors;
  }

  /** Members of the lists that conditions of these rules name. */
  async membersFor(rules: readonly Rule[]): Promise<ListMembers> {
    const anchors = rules.flatMap(({ conditions }) =>
      conditions.flatMap((condition) => condition.kind === "external-list" ? condition.anchors : [])
    );
    const lists = await this.external(anchors);
    return (anchor) => lists.get(anchor)!;
  }

  #namesOf(auid: string): string[] {
    return this.#source.documents.list(this.#owner, auid).map(({ name }) => name);
  }

  /** Documents that were looked into, also where there was none. */
  get looked(): DocumentKey[] {
    return [...this.#documents.values()].map(({ key }) => key);
  }

  /** The list that an absolute URI names; null where it names none that the owner may read. */
  async listAt(anchor: string): Promise<XmlElement | null> {
    return (await this.#anchored(anchor))?.list ?? null;
  }

  /**
   * Entries of a list as they stand there, each list and reference followed in its place, each list once. `take` gives false for
   * enough.
   */
  async inOrder(list: XmlElement, take: (entry: XmlElement) => boolean | Promise<boolean>): Promise<void> {
    const seen = new Set([list]), path = [{ list, at: 0 }];
    while (path.length > 0) {
      const inner = path[path.length - 1];
      if (inner.at === inner.list.children.length) {
        path.pop();
        continue;
      }
      const child = inner.list.children[inner.at++];
      if (++this.#walked >= SLICE) await this.#pause();
      if (child.namespace !== NS.resourceLists && child.namespace !== inner.list.namespace) continue;
      let next: XmlElement | null = null, entry: XmlElement | null = null;
      if (child.name === "entry") entry = child;
      else if (child.name === "list") next = child;
      else if (child.name === "external") next = await this.listAt(xmlAttribute(child, "anchor") ?? "");
      else if (child.name === "entry-ref") entry = await this.#referred(child);
      if (entry !== null && !await take(entry)) return;
      if (next === null || seen.has(next)) continue;
      seen.add(next);
      path.push({ list: next, at: 0 });
    }
  }

  async #walk(open: Open[]): Promise<ReadonlySet<string>> {
    const members = new Set<string>();
    const seen = new Set(open.map(({ list }) => list));
    const enter = (next: Open | null) => {
      if (next === null || seen.has(next.list)) return;
      seen.add(next.list);
      open.push(next);
    };
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      const { list, within } = at;
      for (const child of list.children) {
        if (++this.#walked >= SLICE) await this.#pause();
        // Other schemas have the types of RFC 4826 under names of their own.
        if (child.namespace !== NS.resourceLists && child.namespace !== list.namespace) continue;
        switch (child.name) {
          case "entry":
            this.#add(members, child);
            break;
          case "list":
            enter({ list: child, within });
            break;
          case "external":
            enter(await this.#anchored(xmlAttribute(child, "anchor") ?? ""));
            break;
          case "entry-ref": {
            const entry = await this.#referred(child);
            if (entry !== null) this.#add(members, entry);
            break;
          }
        }
      }
    }
    return members;
  }

  #add(members: Set<string>, entry: XmlElement): void {
    const aor = foldedAddress(xmlAttribute(entry, "uri") ?? "");
    if (aor === "") return;
    if (this.members >= this.#limits.members) {
      this.cut = true;
      return;
    }
    this.members++;
    members.add(personKey(aor, this.#source.domains));
  }

  /** The list that an absolute URI names; null where it names none that the owner may read. */
  async #anchored(anchor: string): Promise<Open | null> {
    const { root, domains } = this.#source;
    const target = targetOf(() => readAnchor(anchor, NOWHERE, "anchor", { root: root(), domains }, HOLDERS));
    // Of a whole document or service, all lists.
    return target === null ? null : await this.#find(target);
  }

  async #referred(reference: XmlElement): Promise<XmlElement | null> {
    const target = targetOf(() => readEntryRef(xmlAttribute(reference, "ref") ?? "", reference));
    const found = target === null ? null : (await this.#find(target))?.list ?? null;
    return found?.name === "entry" ? found : null;
  }

  /** The element that a reference names. */
  async #find(target: XcapTarget): Promise<Open | null> {
    const { subscribers, domains, usages } = this.#source;
    if (++this.#references > this.#limits.references) {
      this.cut = true;
      return null;
    }
    if ((this.#walked += FIND_COST) >= SLICE) await this.#pause();
    const { auid, tree, xui, document: name, selector } = target;
    const owner = tree === "global" ? "" : ownerOf(xui ?? "", subscribers, domains);
    const usage = usages.get(auid);
    if (usage === undefined || selector === null || (owner === "" && tree !== "global")) return null;
    const key = { auid, owner, name };
    const within = await this.#read(key);
    if (within === null || !this.#mayRead(usage, key, within)) return null;
    const selected = select(within.document, selector, usage.namespace);
    return selected?.kind === "element" ? { list: selected.element, within } : null;
  }

  /**
   * What the owner may not see is no list for its rules either: they would tell who is in it. Documents of the global tree are the
   * operator's, who may read everything.
   */
  #mayRead(usage: Usage, key: DocumentKey, { document }: DocumentVersion): boolean {
    if (this.#owner === "") return true;
    const owner = { kind: "user", aor: this.#owner } as const;
    if (accessOf(owner, usage, key, this.#source.domains) !== "none") return true;
    return usage.documentAccess !== undefined && usage.documentAccess(document, owner) !== "none";
  }

  async #read(key: DocumentKey): Promise<DocumentVersion | null> {
    const name = `${key.auid} ${key.owner} ${key.name}`;
    const known = this.#documents.get(name);
    if (known !== undefined) return known.version;
    if (this.#documents.size >= this.#limits.documents) {
      this.cut = true;
      return null;
    }
    const { documents, service } = this.#source;
    const there = documents.find(key.auid, key.owner, key.name) !== undefined;
    const version = there ? await service.read(key) : null;
    this.#documents.set(name, { key, version });
    return version;
  }

  /** Counts what its user did meanwhile, in elements, so that others go first from time to time. */
  async worked(elements: number): Promise<void> {
    if ((this.#walked += elements) >= SLICE) await this.#pause();
  }

  #pause(): Promise<void> {
    this.#walked = 0;
    return new Promise((resolve) => setTimeout(resolve, 0));
  }
}

/** Where a refusal that nobody reads would say it is. */
const NOWHERE: XmlElement = {
  parent: null,
  prefix: "",
  namespace: "",
  name: "anchor",
  attributes: [],
  declarations: [],
  children: [],
  text: "",
  start: 0,
  contentStart: 0,
  contentEnd: 0,
  end: 0,
  selfClosing: true,
};

function targetOf(read: () => XcapTarget): XcapTarget | null {
  try {
    return read();
  } catch (problem) {
    if (problem instanceof XcapProblem) return null;
    throw problem;
  }
}
