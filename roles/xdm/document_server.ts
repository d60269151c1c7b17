import { type Clock, type Events, type LabelledCounter, type Log, type Metrics, Turns } from "../../foundation/mod.ts";
import { type DocumentOutcome, type Documents, StorageError } from "../../storage/mod.ts";
import {
  type Edit,
  nodeContent,
  type NodeSelector,
  putNode,
  removeNode,
  XcapProblem,
  xcapUri,
} from "../../transport/xcap/mod.ts";
import {
  checkGrammar,
  parseXml,
  parseXmlOctets,
  type XmlDocument,
  type XmlLimits,
  XmlProblem,
} from "../../transport/xml/mod.ts";
import { checkRoom, checkStorable } from "./check_room.ts";
import { checkConditions, UNCONDITIONAL } from "./conditions.ts";
import { DocumentCache } from "./document_cache.ts";
import type { Conditions, DocumentService, Found, NotModified, Written } from "./document_service.ts";
import { isMade, madeDocument } from "./made_documents.ts";
import { accessOf, permit } from "./permission.ts";
import type { ServedUsages } from "./served_documents.ts";
import { ServiceUris } from "./service_uris.ts";
import type { DocumentKey, Principal, Usage, UsageContext } from "./usage.ts";
import type { DocumentVersion, XdmEvents } from "./xdm_events.ts";
import type { XdmSettings } from "./xdm_settings.ts";

/** What the server stands on. */
export interface DocumentServerParts {
  /** Those of `served` among them (`withServed`). */
  readonly documents: Documents;
  /** By AUID. */
  readonly usages: ReadonlyMap<string, Usage>;
  /** Usages whose documents roles of the box make and keep; absent: none. */
  readonly served?: ServedUsages;
  readonly domains: ReadonlySet<string>;
  /** Whether a folded URI is a user's or a service's of the box. */
  readonly isAddress: (uri: string) => boolean;
  /** Base of XCAP URIs, without a slash at the end. */
  readonly root: () => string;
  readonly settings: XdmSettings;
  readonly events: Events<XdmEvents>;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Log;
}

/** Octets' worth of parsed documents kept. */
const CACHE = 24 * 1024 * 1024;
/** Writers that may wait for one owner's documents. */
const WAITING = 256;
const DEPTH = 64;
const ATTRIBUTES = 128;
/** What was taken once stays readable when the operator allows less; the store bounds what it takes. */
const STORED: XmlLimits = { characters: 4_194_304, depth: DEPTH, elements: 524_288, attributes: ATTRIBUTES };
/** A retry finds what the other writer of the same store (another box) has written. */
const ATTEMPTS = 4;

/** The XDM servers of the box: one implementation for all application usages. */
export class DocumentServer implements DocumentService {
  readonly #parts: DocumentServerParts;
  readonly #cache = new DocumentCache(CACHE);
  readonly #turns = new Turns();
  readonly #uris = new ServiceUris();
  readonly #requests: LabelledCounter;

  private constructor(parts: DocumentServerParts) {
    this.#parts = parts;
    const { metrics, documents } = parts;
    this.#requests = metrics.labelled(
      "parley_xcap_changes_total",
      "Changes of documents by what became of them",
      "outcome",
    );
    metrics.gauge("parley_documents", "Documents", () => documents.count);
    metrics.gauge("parley_document_octets", "Octets of all documents", () => documents.octets);
  }

  /** Learns the service URIs of the documents that are there. Rejects with StorageError. */
  static async open(parts: DocumentServerParts): Promise<DocumentServer> {
    const server = new DocumentServer(parts);
    for (const usage of parts.usages.values()) {
      if (usage.serviceUris === undefined) continue;
      for (const { auid, owner, name } of parts.documents.ofUsage(usage.auid)) {
        const key = { auid, owner, name };
        const version = await server.read(key);
        if (version !== null) server.#uris.set(nameOf(key), key, usage.serviceUris(version.document));
      }
    }
    return server;
  }

  async get(
    by: Principal,
    key: DocumentKey,
    selector: NodeSelector | null,
    conditions: Conditions,
  ): Promise<Found | NotModified> {
    const usage = this.#usage(key);
    const version = await this.#readable(by, usage, key);
    // Conditions count only where the answer would be a success without them (RFC 9110 §13.2.1).
    if (version === null) throw new XcapProblem(404, "There is no such document.");
    const { document, etag } = version;
    const content = selector === null
      ? { mediaType: usage.mediaType, body: document.text }
      : nodeContent(document, selector, usage.namespace);
    if (content === null) throw new XcapProblem(404, "The document has no such node, or more than one.");
    if (checkConditions(conditions, etag, true) === "not modified") return { notModified: true, etag };
    const facts = this.#parts.documents.find(key.auid, key.owner, key.name);
    return { etag, modifiedAt: facts?.modifiedAt ?? this.#parts.clock.now(), ...content };
  }

  put(
    by: Principal,
    key: DocumentKey,
    selector: NodeSelector | null,
    content: { readonly mediaType: string; readonly octets: Uint8Array },
    conditions: Conditions,
  ): Promise<Written> {
    return this.#change(by, key, (usage, now) => {
      this.#precondition(conditions, now);
      if (selector !== null) {
        const uri = this.#uriOf(key);
        return putNode(now?.document ?? null, selector, usage.namespace, content, uri);
      }
      if (content.mediaType !== usage.mediaType) {
        throw new XcapProblem(
          415,
          `Documents of ${usage.auid} are ${usage.mediaType}, not ${content.mediaType.slice(0, 100)}.`,
        );
      }
      const document = wellFormed(() => parseXmlOctets(content.octets, this.#limits()));
      return { document, created: now === null, edit: null };
    });
  }

  remove(by: Principal, key: DocumentKey, selector: NodeSelector | null, conditions: Conditions): Promise<Written> {
    return this.#change(by, key, (usage, now) => {
      if (now === null) throw new XcapProblem(404, "There is no such document.");
      this.#precondition(conditions, now);
      return selector === null ? null : removeNode(now.document, selector, usage.namespace);
    }, true);
  }

  async read(key: DocumentKey): Promise<DocumentVersion | null> {
    const known = this.peek(key);
    if (known !== undefined) return known;
    const stored = await this.#stored(() => this.#parts.documents.read(key.auid, key.owner, key.name));
    if (stored === null) return null;
    const version = { etag: stored.facts.etag, document: parseXml(stored.text, STORED) };
    // Another one may have been written meanwhile.
    if (this.#parts.documents.find(key.auid, key.owner, key.name)?.etag === version.etag) {
      this.#cache.put(nameOf(key), version);
    }
    return version;
  }

  peek(key: DocumentKey): DocumentVersion | null | undefined {
    const facts = this.#parts.documents.find(key.auid, key.owner, key.name);
    if (facts === undefined) return null;
    const held = this.#cache.get(nameOf(key));
    return held?.etag === facts.etag ? held : undefined;
  }

  async update(
    by: Principal,
    key: DocumentKey,
    edit: (now: XmlDocument | null) => string | null,
  ): Promise<Written | "unchanged"> {
    let unchanged = false;
    const written = await this.#change(by, key, (_usage, now) => {
      const text = edit(now?.document ?? null);
      unchanged = text === null || text === now?.document.text;
      if (unchanged) return "unchanged";
      return { document: wellFormed(() => parseXml(text!, STORED)), created: now === null, edit: null };
    });
    return unchanged ? "unchanged" : written;
  }

  byServiceUri(uri: string): DocumentKey | undefined {
    return this.#uris.find(uri);
  }

  /** Everything of an owner who is gone; documents of the global tree that say they are theirs are not. */
  async forget(owner: string): Promise<void> {
    // In turn with the owner's own changes: what is still on its way goes, too.
    await this.#turns.run(owner, async () => {
      const keys = this.#parts.documents.list(owner).map(({ auid, name }) => ({ auid, owner, name }));
      await this.#parts.documents.removeOwner(owner);
      for (const key of keys) {
        this.#cache.drop(nameOf(key));
        this.#uris.set(nameOf(key), key, []);
      }
    });
  }

  /** One change, in turn with the others of its owner: `work` makes the new one (null: remove it) from what is there. */
  async #change(
    by: Principal,
    key: DocumentKey,
    work: (usage: Usage, now: DocumentVersion | null) => Change | null | "unchanged",
    removes = false,
  ): Promise<Written> {
    const usage = this.#usage(key);
    permit(by, usage, key, "write", this.#parts.domains);
    if (isMade(usage, key)) {
      throw new XcapProblem(405, `Documents of ${usage.auid} are made by the server and only read.`);
    }
    if (!hasTree(usage, key)) {
      throw new XcapProblem(404, `Documents of ${usage.auid} are in ${usage.trees.join(" and ")}.`);
    }
    // All of an owner's in one line: what they may have together is counted before each write.
    const line = key.owner === "" ? nameOf(key) : key.owner;
    if (this.#turns.waiting(line) >= WAITING) {
      throw new XcapProblem(503, "Too many changes of these documents wait already.");
    }
    try {
      const written = await this.#turns.run(line, () => this.#inTurn(by, usage, key, work, removes));
      this.#requests.with("done").add();
      return written;
    } catch (error) {
      this.#requests.with(error instanceof XcapProblem ? String(error.status) : "failed").add();
      throw error;
    }
  }

  async #inTurn(
    by: Principal,
    usage: Usage,
    key: DocumentKey,
    work: (usage: Usage, now: DocumentVersion | null) => Change | null | "unchanged",
    removes: boolean,
  ): Promise<Written> {
    for (let attempt = 1;; attempt++) {
      const before = await this.read(key);
      const change = work(usage, before);
      if (change === "unchanged") return { created: false, etag: before?.etag ?? null };
      if (change !== null) this.#check(by, usage, key, before, change);
      else usage.checkRemoval?.(before!.document, this.#context(key, null), by);
      const served = this.#parts.served?.get(key.auid);
      if (served !== undefined) {
        const how = removes ? "remove" : "put";
        await this.#stored(() => served.change(key.owner, how, before?.document ?? null, change?.document ?? null));
        // Nothing was written: the role makes it anew, and says so.
        return { created: false, etag: this.#parts.documents.find(key.auid, key.owner, key.name)?.etag ?? null };
      }
      let outcome: DocumentOutcome | null = null;
      const uris = change === null ? [] : usage.serviceUris?.(change.document) ?? [];
      this.#uris.reserve(nameOf(key), key, uris);
      try {
        outcome = await this.#write(key, before, change);
      } finally {
        const written = outcome !== null && outcome.kind !== "conflict";
        const held = written || before === null ? [] : usage.serviceUris?.(before.document) ?? [];
        if (usage.serviceUris !== undefined) this.#uris.set(nameOf(key), key, written ? uris : held);
      }
      if (outcome.kind === "conflict") {
        if (attempt < ATTEMPTS) continue;
        throw new XcapProblem(503, "The document is being changed from elsewhere; try again.");
      }
      const after = change === null ? null : { etag: outcome.facts.etag, document: change.document };
      if (after === null) this.#cache.drop(nameOf(key));
      else this.#cache.put(nameOf(key), after);
      this.#parts.events.emit("documentChanged", { key, before, after, by });
      return { created: change?.created ?? false, etag: after?.etag ?? null };
    }
  }

  #write(key: DocumentKey, before: DocumentVersion | null, change: Change | null): Promise<DocumentOutcome> {
    const { documents } = this.#parts;
    return this.#stored(() =>
      change === null
        ? documents.remove(key, before!.etag)
        : documents.put(key, change.document.text, before?.etag ?? null, change.edit ?? undefined)
    );
  }

  /** Grammar, then the usage's own constraints, then room (RFC 4825 §8.2.5). */
  #check(
    by: Principal,
    usage: Usage,
    key: DocumentKey,
    before: DocumentVersion | null,
    { document, edit }: Change,
  ): void {
    const { documentName, grammar, auid } = usage;
    if (typeof documentName === "string" ? key.name !== documentName : !documentName(key.name)) {
      const wanted = typeof documentName === "string"
        ? `the document is called "${documentName}"`
        : "this name is not allowed";
      throw new XcapProblem(409, `In ${auid} ${wanted}.`, { element: "constraint-failure" });
    }
    if (grammar !== null) {
      const breach = checkGrammar(document, grammar);
      if (breach !== null) throw new XcapProblem(409, breach.message, { element: "schema-validation-error" });
    }
    usage.check?.(document, before?.document ?? null, this.#context(key, edit), by);
    if (this.#parts.served?.has(auid) === true) return;
    if (by.kind === "user") checkRoom(usage, key, before, document, this.#parts);
    else checkStorable(document);
  }

  /** All nodes of a document, also one that is to be put in, have the document's tag (RFC 4825 §8.2.6). */
  #precondition(conditions: Conditions, now: DocumentVersion | null): void {
    if (conditions === UNCONDITIONAL) return;
    if (checkConditions(conditions, now?.etag ?? null, now !== null) === "proceed") return;
    throw new XcapProblem(412, "If-None-Match does not hold: the document is there already.");
  }

  /** The document, as far as somebody may read it. Throws 403, the same whether it is there or not. */
  async #readable(by: Principal, usage: Usage, key: DocumentKey): Promise<DocumentVersion | null> {
    const { domains } = this.#parts;
    // A tree that a usage has not is everybody's to know of: any user may read the global one (RFC 4825 §5.7).
    if (!hasTree(usage, key)) return null;
    if (accessOf(by, usage, key, domains) === "none" && usage.documentAccess !== undefined) {
      const version = await this.read(key);
      if (version !== null && usage.documentAccess(version.document, by) !== "none") return version;
    }
    permit(by, usage, key, "read", domains);
    if (isMade(usage, key)) return madeDocument(key, this.#parts);
    return await this.read(key);
  }

  #context(key: DocumentKey, edit: Edit | null): UsageContext {
    const { domains, isAddress, root } = this.#parts;
    return {
      key,
      root: root(),
      domains,
      isAddress,
      takenBy: (uri) => {
        const other = this.#uris.find(uri);
        return other === undefined || nameOf(other) === nameOf(key) ? undefined : other;
      },
      edit: edit === null ? undefined : { start: edit.start, end: edit.end, inserted: edit.insert.length },
    };
  }

  #usage({ auid }: DocumentKey): Usage {
    const usage = this.#parts.usages.get(auid);
    if (usage === undefined) throw new XcapProblem(404, `There is no application usage ${auid.slice(0, 100)} here.`);
    return usage;
  }

  #limits(): XmlLimits {
    const characters = this.#parts.settings.max_document;
    return { characters, depth: DEPTH, elements: Math.max(1024, characters >> 3), attributes: ATTRIBUTES };
  }

  #uriOf({ auid, owner, name }: DocumentKey): string {
    const place = owner === "" ? { tree: "global", xui: null } as const : { tree: "users", xui: owner } as const;
    return `${this.#parts.root()}/${xcapUri({ auid, ...place, document: name, selector: null })}`;
  }

  async #stored<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      this.#parts.log.error("a document could not be read or written", { error: error.message });
      throw new XcapProblem(
        503,
        error.kind === "full" ? "The disk of this server is full." : "The store does not answer.",
      );
    }
  }
}

/** A document as it is to be; `edit` where it is known what was replaced. */
interface Change {
  readonly document: XmlDocument;
  readonly created: boolean;
  readonly edit: Edit | null;
}

/** The document that `read` makes of a body. Throws XcapProblem where that is none (RFC 4825 §8.2.2). */
function wellFormed(read: () => XmlDocument): XmlDocument {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof XmlProblem)) throw error;
    if (error.kind === "too-large") throw new XcapProblem(413, error.message);
    throw new XcapProblem(409, error.message, { element: error.kind });
  }
}

function hasTree(usage: Usage, key: DocumentKey): boolean {
  return usage.trees.includes(key.owner === "" ? "global" : "users");
}

function nameOf({ auid, owner, name }: DocumentKey): string {
  return `${auid} ${owner} ${name}`;
}
