import type { Subscription } from "../../../transport/sip/mod.ts";
import type { XcapChange } from "../../../transport/xcap/mod.ts";
import type { DocumentKey, Principal } from "../usage.ts";
import type { DocumentVersion } from "../xdm_events.ts";
import { type DocumentHistories, sizeOf } from "./document_history.ts";
import { type DiffMode, documentChanges } from "./document_changes.ts";
import { selInCollection } from "./read_selection.ts";
import { nameOf, type Selection } from "./selection.ts";
import type { WatchedDocuments } from "./watched_documents.ts";
import { absent, nodeContent, stateTag, type WatchState } from "./watch_state.ts";

/** Documents that one subscription tells of; more in its collections are left out. */
export const MOST_DOCUMENTS = 256;
/** Documents that may have changed since the last NOTIFY, before those that are of no interest any more are taken out. */
const MOST_DIRTY = 1024;
/** Characters of one element. */
const MOST_ELEMENT = 16_384;
/** Characters of patches and elements in one NOTIFY; what comes after that is told of without them. */
const MOST_BODY = 40_000;

/** What one NOTIFY says. */
export interface Told {
  readonly changes: readonly XcapChange[];
  /** The same for two watchers exactly where they are told the same. */
  readonly signature: string;
}

/** One subscription: what it watches, what it has been told, and what may have changed since. */
export class Watch {
  /** Null where it is only asked what would be told. */
  readonly subscription: Subscription | null;
  readonly watcher: string;
  readonly #by: Principal;
  readonly #documents: WatchedDocuments;
  #selections: readonly Selection[];
  #told: WatchState | null = null;
  readonly #dirty = new Map<string, DocumentKey>();
  /** Loaded for the next NOTIFY. */
  readonly #loaded = new Map<string, DocumentVersion | null>();

  constructor(
    subscription: Subscription | null,
    watcher: string,
    selections: readonly Selection[],
    documents: WatchedDocuments,
  ) {
    this.subscription = subscription;
    this.watcher = watcher;
    this.#by = { kind: "user", aor: watcher };
    this.#selections = selections;
    this.#documents = documents;
  }

  get selections(): readonly Selection[] {
    return this.#selections;
  }

  select(selections: readonly Selection[]): void {
    this.#selections = selections;
  }

  /** A document changed. True where there is something to find out. */
  touch(key: DocumentKey): boolean {
    if (this.#told === null) return false;
    if (this.#dirty.size >= MOST_DIRTY) this.#forgetPassing();
    this.#dirty.set(nameOf(key), key);
    return true;
  }

  /** All documents of a tree may have changed. True where there is something to find out. */
  touchTree(owner: string): boolean {
    const keys = [...this.#told?.documents.values() ?? []].map(({ key }) => key);
    for (const selection of this.#selections) if (selection.kind === "node") keys.push(selection.key);
    const own = keys.filter((key) => key.owner === owner);
    for (const key of own) this.touch(key);
    return own.length > 0;
  }

  /** Loads what `full` or `changes` will look at; null where it is all there. Rejects with XcapProblem. */
  prepare(what: "full" | "partial"): Promise<void> | null {
    const missing = this.#missing(what);
    if (missing.size === 0) return null;
    return Promise.all([...missing].map(async ([name, key]) => {
      this.#loaded.set(name, await this.#documents.load(key));
    })).then(() => undefined);
  }

  #missing(what: "full" | "partial"): Map<string, DocumentKey> {
    const missing = new Map<string, DocumentKey>();
    const all = what === "full" || this.#told === null;
    const need = (key: DocumentKey) => {
      if (this.#version(key) === undefined) missing.set(nameOf(key), key);
    };
    for (const selection of this.#selections) {
      if (selection.kind === "node" && (all || this.#dirty.has(nameOf(selection.key)))) need(selection.key);
    }
    const keys = all ? [...this.#documentKeys().values()].map(({ key }) => key) : this.#dirty.values();
    for (const key of keys) if (this.#documents.saysItself(this.#by, key)) need(key);
    return missing;
  }

  /** Everything, as if nothing had been told before (RFC 5875 §4.7). */
  full(): Told {
    const { state, told } = this.#current();
    this.#told = state;
    this.#dirty.clear();
    this.#loaded.clear();
    return told;
  }

  /** What has changed since; null where nothing has that this subscriber may see. */
  changes(mode: DiffMode, histories: DocumentHistories): Told | null {
    const told = this.#told;
    if (told === null) return this.full();
    const maker = new ToldMaker();
    for (const [name, key] of this.#dirty) {
      const mayRead = this.#mayRead(key) === true;
      this.#tellDocument(maker, told, name, key, mayRead, mode, histories);
      for (const selection of this.#selections) {
        if (selection.kind === "node" && nameOf(selection.key) === name) {
          this.#tellNode(maker, told, selection, mayRead);
        }
      }
    }
    this.#dirty.clear();
    this.#loaded.clear();
    return maker.isEmpty ? null : maker.told();
  }

  /** Of what has been told; "" before that. */
  get tag(): string {
    return this.#told === null ? "" : stateTag(this.#told);
  }

  /** Of what would be told in full now; null where something has to be loaded for that. */
  currentTag(): string | null {
    return this.#missing("full").size === 0 ? stateTag(this.#current().state) : null;
  }

  /** How many documents it would tell of. */
  get size(): number {
    return this.#documentKeys(Infinity).size;
  }

  /** Documents that came and went while no NOTIFY could go out are told to nobody. */
  #forgetPassing(): void {
    for (const [name, key] of this.#dirty) {
      if (this.#told?.documents.has(name) !== true && this.#documents.etag(key) === null && !this.#hasNodeOf(name)) {
        this.#dirty.delete(name);
      }
    }
  }

  #hasNodeOf(name: string): boolean {
    return this.#selections.some((selection) => selection.kind === "node" && nameOf(selection.key) === name);
  }

  #current(): { state: WatchState; told: Told } {
    const maker = new ToldMaker();
    const state: WatchState = { documents: new Map(), nodes: new Map() };
    for (const [name, { key, sel }] of this.#documentKeys()) {
      if (this.#mayRead(key) !== true) continue;
      const etag = this.#documents.etag(key);
      if (etag === null) continue;
      state.documents.set(name, { key, sel, etag });
      maker.add(name, { kind: "document", sel, previousEtag: null, newEtag: etag, body: null });
    }
    for (const selection of this.#selections) {
      if (selection.kind !== "node") continue;
      const mayRead = this.#mayRead(selection.key) === true;
      this.#tellNode(maker, state, selection, mayRead);
    }
    return { state, told: maker.told() };
  }

  #tellDocument(
    maker: ToldMaker,
    told: WatchState,
    name: string,
    key: DocumentKey,
    mayRead: boolean,
    mode: DiffMode,
    histories: DocumentHistories,
  ): void {
    const before = told.documents.get(name);
    const sel = before?.sel ?? this.#selOf(key);
    if (sel === null) return;
    if (!mayRead) {
      // A right that has ended: nothing more is said of it (§4.7).
      told.documents.delete(name);
      return;
    }
    const now = this.#documents.etag(key);
    if (now === null) told.documents.delete(name);
    else if (before === undefined && told.documents.size >= MOST_DOCUMENTS) return;
    else told.documents.set(name, { key, sel, etag: now });
    for (const change of documentChanges(mode, histories, name, sel, before?.etag ?? null, now)) {
      maker.add(name, change);
    }
  }

  #tellNode(
    maker: ToldMaker,
    told: WatchState,
    selection: Extract<Selection, { kind: "node" }>,
    mayRead: boolean,
  ): void {
    const { sel, key } = selection;
    if (!mayRead) {
      told.nodes.delete(sel);
      return;
    }
    const version = this.#version(key);
    const namespace = this.#documents.usage(key.auid)?.namespace ?? "";
    const content = version === null || version === undefined
      ? null
      : nodeContent(version.document, selection, namespace, MOST_ELEMENT);
    const before = told.nodes.get(sel);
    if (content === null) {
      if (told.nodes.delete(sel)) maker.add(nameOf(key), absent(selection));
    } else if (content.digest !== before) {
      told.nodes.set(sel, content.digest);
      maker.add(nameOf(key), content.change, content.size, content.digest);
    }
  }

  #mayRead(key: DocumentKey): boolean | undefined {
    return this.#documents.mayRead(this.#by, key, () => this.#version(key));
  }

  #version(key: DocumentKey): DocumentVersion | null | undefined {
    const version = this.#documents.version(key);
    return version === undefined ? this.#loaded.get(nameOf(key)) : version;
  }

  /** What a NOTIFY calls a document; null where it is not watched as a whole. */
  #selOf(key: DocumentKey): string | null {
    const name = nameOf(key);
    let inCollection: string | null = null;
    for (const selection of this.#selections) {
      if (selection.kind === "document" && nameOf(selection.key) === name) return selection.sel;
      if (inCollection === null && selection.kind === "collection" && holds(selection, key)) {
        inCollection = selInCollection(selection, key);
      }
    }
    return inCollection;
  }

  /** The documents that are watched as a whole, those of collections as they are now; each once (§4.7). */
  #documentKeys(most = MOST_DOCUMENTS): Map<string, { readonly key: DocumentKey; readonly sel: string }> {
    const found = new Map<string, { key: DocumentKey; sel: string }>();
    for (const selection of this.#selections) {
      if (selection.kind === "document") found.set(nameOf(selection.key), selection);
    }
    for (const selection of this.#selections) {
      if (selection.kind !== "collection") continue;
      const { auid, owner } = selection;
      for (const name of this.#documents.names(auid, owner)) {
        if (found.size >= most) return found;
        const key = { auid, owner, name };
        if (holds(selection, key) && !found.has(nameOf(key))) {
          found.set(nameOf(key), { key, sel: selInCollection(selection, key) });
        }
      }
    }
    return found;
  }
}

function holds({ auid, owner, prefix }: Extract<Selection, { kind: "collection" }>, key: DocumentKey): boolean {
  return key.auid === auid && key.owner === owner && key.name.startsWith(prefix);
}

/** Collects what one NOTIFY says, within its size. */
class ToldMaker {
  readonly #changes: XcapChange[] = [];
  #signature = "";
  #size = 0;

  get isEmpty(): boolean {
    return this.#changes.length === 0;
  }

  add(document: string, change: XcapChange, size = 0, digest = ""): void {
    const cost = change.kind === "document" && change.body !== null && change.body !== "not changed"
      ? sizeOf(change.body)
      : size;
    const fits = this.#size + cost <= MOST_BODY;
    const said = fits ? change : shortened(change);
    if (fits) this.#size += cost;
    this.#changes.push(said);
    this.#signature += `${document}\n${signatureOf(said)} ${digest}\n`;
  }

  told(): Told {
    return { changes: this.#changes, signature: this.#signature };
  }
}

function shortened(change: XcapChange): XcapChange {
  if (change.kind === "document") return { ...change, body: null };
  return change.kind === "element" ? { ...change, content: null } : change;
}

function signatureOf(change: XcapChange): string {
  switch (change.kind) {
    case "document": {
      const how = change.body === null ? "-" : change.body === "not changed" ? "=" : "+";
      return `d ${change.sel} ${change.previousEtag ?? "-"} ${change.newEtag ?? "-"} ${how}`;
    }
    case "element":
      return `e ${change.sel} ${change.exists} ${change.content === null ? "-" : "+"}`;
    case "attribute":
      return `a ${change.sel} ${change.value !== null}`;
  }
}
