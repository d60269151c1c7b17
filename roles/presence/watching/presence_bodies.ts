import { EMPTY, utf8 } from "../../../foundation/mod.ts";
import { PIDF_DIFF_TYPE, PIDF_TYPE, type PresenceView } from "../../../transport/presence/mod.ts";
import type { Notification } from "../../../transport/sip/mod.ts";

/** A document for many who are told it with a version of their own each. */
interface Numbered {
  readonly view: PresenceView;
  readonly from: PresenceView | null;
  readonly before: Uint8Array;
  readonly after: Uint8Array;
  last: { readonly version: number; readonly said: Notification } | null;
}

/** Bodies of NOTIFYs, made once for all who are told the same one after the other: those who watch somebody are. */
export class PresenceBodies {
  #whole: { readonly view: PresenceView; readonly said: Notification } | null = null;
  #partial: Numbered | null = null;

  /** `application/pidf+xml`. */
  whole(view: PresenceView): Notification {
    if (this.#whole?.view === view) return this.#whole.said;
    const said = { contentType: PIDF_TYPE, body: view.octets, etag: view.tag };
    this.#whole = { view, said };
    return said;
  }

  /** `application/pidf-diff+xml`: what changed since a view; all of it where that is null, or cannot be told otherwise. */
  partial(view: PresenceView, from: PresenceView | null, version: number): Notification {
    let numbered = this.#partial;
    if (numbered === null || numbered.view !== view || numbered.from !== from) {
      this.#partial = numbered = numberedOf(view, from);
    }
    if (numbered.last?.version === version) return numbered.last.said;
    const said = { contentType: PIDF_DIFF_TYPE, body: withVersion(numbered, version), etag: view.tag };
    numbered.last = { version, said };
    return said;
  }

  /** What a filter left: nothing, where that is nothing. */
  filtered(text: string | null, etag: string): Notification {
    return { contentType: PIDF_TYPE, body: text === null ? EMPTY : utf8(text), etag };
  }
}

/** The version is an attribute of the root; no value before it holds a quote. */
function numberedOf(view: PresenceView, from: PresenceView | null): Numbered {
  const text = (from === null ? null : view.diff(from, 0)) ?? view.full(0);
  const at = text.indexOf('version="0"') + 'version="'.length;
  return { view, from, before: utf8(text.slice(0, at)), after: utf8(text.slice(at + 1)), last: null };
}

function withVersion({ before, after }: Numbered, version: number): Uint8Array {
  const digits = String(version);
  const start = before.length, end = start + digits.length;
  const body = new Uint8Array(end + after.length);
  body.set(before);
  for (let i = 0; i < digits.length; i++) body[start + i] = digits.charCodeAt(i);
  body.set(after, end);
  return body;
}
