import type { XmlDocument } from "../xml/mod.ts";
import { isPidfDiff, patchedDocument } from "./patched_presence.ts";
import { PresenceProblem } from "./presence_problem.ts";
import { versionOf } from "./check_presence.ts";
import { type PresenceDocument, readPresence } from "./read_presence.ts";

/** What became of a notification: `stale` was known already, after `missed` the subscription is to be refreshed. */
export type NotificationOutcome = "replaced" | "changed" | "stale" | "missed";

/** A watcher's copy of what it was notified of in one subscription, whole or in part (RFC 5263 §4.5). */
export class WatchedPresence {
  #document: XmlDocument | null = null;
  #read: PresenceDocument | null = null;
  #version = 0;

  /** The presence as it is known; null before the first whole document. */
  get presence(): PresenceDocument | null {
    if (this.#document === null) return null;
    return this.#read ??= readPresence(this.#document);
  }

  get document(): XmlDocument | null {
    return this.#document;
  }

  /** Takes the body of a NOTIFY: `presence`, `pidf-full` or `pidf-diff`. Throws PresenceProblem; then the copy is as it was. */
  receive(notified: XmlDocument): NotificationOutcome {
    const isDiff = isPidfDiff(notified);
    const read = isDiff ? null : readPresence(notified);
    // A plain document has no version; should diffs come again, they go on counting.
    if (read !== null && read.xml === null) return this.#take(notified, read, this.#version);
    const version = versionOf(notified);
    if (version === null) throw new PresenceProblem("diff", `${notified.root.name}: attribute version is required`);
    if (version <= this.#version) return "stale";
    if (read !== null) return this.#take(notified, read, version);
    if (this.#document === null || version !== this.#version + 1) return "missed";
    this.#document = patchedDocument(this.#document, notified);
    this.#read = null;
    this.#version = version;
    return "changed";
  }

  #take(document: XmlDocument, read: PresenceDocument, version: number): "replaced" {
    this.#document = document;
    this.#read = read;
    this.#version = version;
    return "replaced";
  }
}
