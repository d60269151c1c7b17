import { utf8 } from "../../foundation/mod.ts";
import { escapeXml } from "../xml/mod.ts";
import { declarationsOf, PIDF_DIFF_NAMESPACE } from "./names.ts";
import { pidfDiffBody } from "./pidf_diff.ts";
import { stateTag } from "./state_tag.ts";
import { linesOf, type ViewPart, type ViewParts } from "./view_parts.ts";

const PROLOG = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** The presence of somebody as some watchers see it. Never changed; shared by all watchers of equal rights. */
export class PresenceView {
  readonly entity: string;
  /** Our namespaces that it needs. */
  readonly bits: number;
  readonly #parts: readonly ViewPart[];
  #text: string | null = null;
  #octets: Uint8Array | null = null;
  #tag = "";
  /** From the view that was asked for last. */
  #diff: { readonly from: PresenceView; readonly body: string | null } | null = null;

  constructor(entity: string, { parts, bits }: ViewParts) {
    this.entity = entity;
    this.bits = bits;
    this.#parts = parts;
  }

  /** `application/pidf+xml`: all of it. */
  get text(): string {
    return this.#text ??= `${this.#head}${this.#content}</presence>\n`;
  }

  /** The same as UTF-8, made once. */
  get octets(): Uint8Array {
    return this.#octets ??= utf8(this.text);
  }

  /**
   * Entity-tag (RFC 5839 §4.2): the same for all views that say the same, also after a restart; another for another. As with
   * `saysSameAs`, when something became so does not count.
   */
  get tag(): string {
    if (this.#tag === "") {
      this.#tag = stateTag(this.entity, ...this.#parts.map(({ text, tail }) => text.slice(0, text.length - tail)));
    }
    return this.#tag;
  }

  /** The same with some parts in other words; this very view where none are. `bits`: our namespaces that they may need besides. */
  rewritten(change: (part: ViewPart) => ViewPart, bits: number): PresenceView {
    const parts = this.#parts.map(change);
    if (parts.every((part, index) => part === this.#parts[index])) return this;
    return new PresenceView(this.entity, { parts, bits: this.bits | bits });
  }

  /**
   * Whether a watcher who has the other view learns nothing new from this one. That something became so at another time is not
   * new: clients write the time of each publication there.
   */
  saysSameAs(other: PresenceView): boolean {
    if (this === other) return true;
    const ours = this.#parts, theirs = other.#parts;
    if (this.entity !== other.entity || ours.length !== theirs.length) return false;
    return ours.every((part, index) => sameState(part, theirs[index]));
  }

  /** `application/pidf-diff+xml` with all of it (RFC 5262 §3). `version` counts what was sent of this subscription, from 1. */
  full(version: number): string {
    const names = `${declarationsOf(this.bits)} xmlns:p="${PIDF_DIFF_NAMESPACE}"`;
    const start = `<p:pidf-full${names} entity="${escapeUri(this.entity)}" version="${version}">\n`;
    return `${PROLOG}${start}${this.#content}</p:pidf-full>\n`;
  }

  /**
   * `application/pidf-diff+xml` with what changed since a view that the watcher has (RFC 5262 §4); null where only `full` can
   * tell, or tells it shorter.
   */
  diff(from: PresenceView, version: number): string | null {
    const body = this.#diffBody(from);
    if (body === null) return null;
    const names = `${declarationsOf(this.bits)} xmlns:p="${PIDF_DIFF_NAMESPACE}"`;
    const start = `<p:pidf-diff${names} entity="${escapeUri(this.entity)}" version="${version}">\n`;
    return `${PROLOG}${start}${body}</p:pidf-diff>\n`;
  }

  #diffBody(from: PresenceView): string | null {
    if (this.#diff !== null && this.#diff.from === from) return this.#diff.body;
    const isAlike = this.entity === from.entity && this.bits === from.bits;
    let body = isAlike ? pidfDiffBody(declarationsOf(this.bits), from.#parts, this.#parts) : null;
    if (body !== null && body.length > this.#content.length) body = null;
    this.#diff = { from, body };
    // One step back is kept, not the way that led there.
    from.#diff = null;
    return body;
  }

  get #head(): string {
    return `${PROLOG}<presence${declarationsOf(this.bits)} entity="${escapeUri(this.entity)}">\n`;
  }

  get #content(): string {
    return linesOf(this.#parts);
  }
}

function sameState(a: ViewPart, b: ViewPart): boolean {
  if (a.text === b.text) return true;
  const length = a.text.length - a.tail;
  return length === b.text.length - b.tail && a.tail > 0 && b.text.startsWith(a.text.slice(0, length));
}

function escapeUri(uri: string): string {
  return /[&<>"'\t\n\r]/.test(uri) ? escapeXml(uri) : uri;
}
