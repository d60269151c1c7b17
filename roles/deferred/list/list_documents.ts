import { Buffer } from "node:buffer";
import type { Clock } from "../../../foundation/mod.ts";
import type { DocumentFacts } from "../../../storage/mod.ts";
import { XcapProblem } from "../../../transport/xcap/mod.ts";
import { historyReferenceOf } from "../../../transport/payload/mod.ts";
import type { XmlDocument, XmlElement } from "../../../transport/xml/mod.ts";
import { listDocument, MOST_LISTED } from "./list_document.ts";
import { DEFERRED_LIST_AUID, DEFERRED_LIST_NAME } from "./list_names.ts";
import type { Mailboxes } from "./mailboxes.ts";
import type { Removals } from "./removals.ts";

export interface ListDocumentsParts {
  readonly mailboxes: Mailboxes;
  readonly removals: Pick<Removals, "remove">;
  readonly clock: Clock;
}

/** Sizes of lists that were read, by owner. */
const SIZES = 10_000;

/**
 * The documents `org.openmobilealliance.deferred-list` (oma-reference §3.4, §5.8): each is what waits for its owner, made when it is
 * asked for. Taking a `history` out deletes the message. It has the shape of `ServedDocuments` of roles/xdm, which this room
 * does not know.
 */
export class ListDocuments {
  readonly auid = DEFERRED_LIST_AUID;
  readonly #parts: ListDocumentsParts;
  readonly #sizes = new Map<string, { readonly etag: string; readonly size: number }>();

  constructor(parts: ListDocumentsParts) {
    this.#parts = parts;
  }

  /** Where nothing waits there is no document. */
  find(owner: string, name: string): DocumentFacts | undefined {
    if (name !== DEFERRED_LIST_NAME || owner === "") return undefined;
    const etag = this.#parts.mailboxes.etag(owner);
    return etag === null ? undefined : this.#facts(owner, etag);
  }

  list(owner: string): DocumentFacts[] {
    const facts = this.find(owner, DEFERRED_LIST_NAME);
    return facts === undefined ? [] : [facts];
  }

  /** Rejects with StorageError. */
  async read(owner: string, name: string): Promise<{ readonly facts: DocumentFacts; readonly text: string } | null> {
    if (this.find(owner, name) === undefined) return null;
    const mailbox = await this.#parts.mailboxes.read(owner);
    if (mailbox.messages.length === 0) return null;
    const text = listDocument(mailbox);
    this.#sizes.delete(owner);
    this.#sizes.set(owner, { etag: mailbox.etag, size: Buffer.byteLength(text) });
    if (this.#sizes.size > SIZES) this.#sizes.delete(this.#sizes.keys().next().value!);
    return { facts: this.#facts(owner, mailbox.etag), text };
  }

  /**
   * Deletes the messages whose `history` is not in `after`; a PUT may take out none, since its writer may not have seen the newest.
   * Rejects with XcapProblem where anything else was changed, with StorageError where it cannot be written.
   */
  async change(
    owner: string,
    how: "put" | "remove",
    before: XmlDocument | null,
    after: XmlDocument | null,
  ): Promise<void> {
    if (before === null) throw refused("only the server begins this document");
    const rest = new Map<string, XmlElement>();
    for (const child of after?.root.children ?? []) rest.set(historyReferenceOf(child), child);
    const known = new Set<string>(), gone = new Set<string>();
    for (const was of before.root.children) {
      const reference = historyReferenceOf(was);
      known.add(reference);
      const now = rest.get(reference);
      if (now === undefined) gone.add(reference);
      else mustBeSame(reference, was, now, before.text, after!.text);
    }
    if (rest.size > known.size - gone.size) throw refused("only the server adds entries");
    if (how === "put" && gone.size > 0) throw refused("a PUT removes no message; DELETE its history element");
    if (gone.size === 0) return;
    const { messages } = await this.#parts.mailboxes.read(owner);
    // The whole document is all that waits, also what a full list has no room for; not what has come since it was looked at.
    const isFull = known.size >= MOST_LISTED;
    const named = after === null && isFull ? messages : messages.filter(({ reference }) => gone.has(reference));
    await this.#parts.removals.remove(owner, named);
  }

  #facts(owner: string, etag: string): DocumentFacts {
    const known = this.#sizes.get(owner);
    const entries = this.#parts.mailboxes.entries(owner);
    return {
      auid: this.auid,
      owner,
      name: DEFERRED_LIST_NAME,
      etag,
      modifiedAt: entries.at(-1)?.arrivedAt ?? this.#parts.clock.now(),
      size: known?.etag === etag ? known.size : 0,
    };
  }
}

/** What a store cannot do is refused, by its name. */
function mustBeSame(reference: string, was: XmlElement, now: XmlElement, before: string, after: string): void {
  if (before.slice(was.start, was.end) === after.slice(now.start, now.end)) return;
  for (const name of ["expiry", "subject"]) {
    if (textOf(was, name) !== textOf(now, name)) {
      const why = name === "expiry"
        ? "the time until which a message is kept is settled when it is stored"
        : "the subject is the sender's";
      throw refused(`the ${name} of ${reference} cannot be changed: ${why}`);
    }
  }
  // The usage's own check has found nothing else but space between elements, or the writer is no user.
  if (before.slice(was.start, was.end).replace(/\s+/g, "") !== after.slice(now.start, now.end).replace(/\s+/g, "")) {
    throw refused(`${reference} is made by the server`);
  }
}

function textOf(history: XmlElement, name: string): string | null {
  return history.children.find((child) => child.name === name)?.text.trim() ?? null;
}

function refused(why: string): XcapProblem {
  return new XcapProblem(409, `${why}; allowed: to remove a history, or the whole document.`, {
    element: "constraint-failure",
  });
}
