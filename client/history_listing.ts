import { utf8 } from "../foundation/mod.ts";
import { mediaType } from "../transport/payload/mod.ts";
import type { ClientSubscription, ReceivedNotification, SubscriptionUser } from "../transport/sip/mod.ts";
import { parseXcapDiff, PatchProblem, type XcapChange, xcapUri } from "../transport/xcap/mod.ts";
import { escapeXml, parseXml, XmlProblem } from "../transport/xml/mod.ts";
import type { ClientSubscriptions } from "./client_watch.ts";
import type { Reason } from "./im_user.ts";
import { type ListedRecording, listedRecording, unknownRecording } from "./listed_recording.ts";
import { reason } from "./reason.ts";

const XCAP_DIFF = "application/xcap-diff+xml";
const CONV_HISTORY = { auid: "org.openmobilealliance.conv-history", document: "conv-history" };
/** A body of NOTIFY, and one `history` in it. */
const LIMITS = { characters: 262_144, depth: 64, elements: 20_000, attributes: 64 };
/** Recordings of one page. */
export const LISTED = 20;

/** Some of what is recorded, the latest first. */
export interface RecordingPage {
  readonly recordings: readonly ListedRecording[];
  /** There are more behind these. */
  readonly more: boolean;
}

/** Called once. `problem`: null where `page` is all that was asked for. */
export type Listed = (page: RecordingPage, problem: Reason | null) => void;

const NOTHING: RecordingPage = { recordings: [], more: false };

/**
 * Asks once (Expires: 0, RFC 6665 §4.4.3) for entries of one's own document of recordings, by their places (RFC 5875 §4.4): so the
 * list comes by SIP, whatever way one is connected by.
 */
export class HistoryListing implements SubscriptionUser {
  readonly #own: string;
  readonly #from: number;
  readonly #done: Listed;
  #over = false;

  private constructor(own: string, from: number, done: Listed) {
    this.#own = own;
    this.#from = from;
    this.#done = done;
  }

  /** `from`: the place of the first, 1 for the latest. Throws RangeError for none. False where too much is asked for already. */
  static begin(subscriptions: ClientSubscriptions, from: number, done: Listed): boolean {
    if (!Number.isSafeInteger(from) || from < 1) throw new RangeError(`a list from ${from}; allowed: from 1 on`);
    const { aor } = subscriptions.world.account;
    const uri = xcapUri({ ...CONV_HISTORY, tree: "users", xui: aor, selector: null });
    let entries = "";
    // One more tells whether there are more; a reference comes where there is no room for the rest.
    for (let place = from; place <= from + LISTED; place++) {
      const history = `${uri}/~~/history-list/history%5B${place}%5D`;
      for (const sel of [history, `${history}/@history-reference`]) entries += `<entry uri="${escapeXml(sel)}"/>`;
    }
    const list =
      `<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list>${entries}</list></resource-lists>`;
    const listing = new HistoryListing(aor, from, done);
    return subscriptions.subscribe({
      event: "xcap-diff",
      uri: aor,
      accept: [XCAP_DIFF],
      expires_s: 0,
      filter: { contentType: "application/resource-lists+xml", body: utf8(list) },
    }, listing) !== null;
  }

  onNotification(_subscription: ClientSubscription, { contentType, body }: ReceivedNotification): void {
    if (this.#over || body.length === 0 || mediaType(contentType) !== XCAP_DIFF) return;
    try {
      this.#end(this.#read(new TextDecoder().decode(body)), null);
    } catch (error) {
      if (!(error instanceof XmlProblem || error instanceof PatchProblem || error instanceof SyntaxError)) throw error;
      this.#end(NOTHING, reason(0, `the list cannot be read: ${error.message}`));
    }
  }

  onEnded(_subscription: ClientSubscription, end: { readonly status: number; readonly reason: string }): void {
    this.#end(NOTHING, reason(end.status, end.reason === "" ? "the service says nothing" : end.reason));
  }

  #read(text: string): RecordingPage {
    const places = new Map<number, ListedRecording>();
    for (const change of parseXcapDiff(text, LIMITS).changes) {
      const place = Number(/%5B([0-9]{1,9})%5D(?:\/@|$)/i.exec(change.sel)?.[1] ?? 0);
      const recording = place === 0 ? null : this.#recording(change, place);
      // What is told whole counts before what is known by its reference alone.
      if (recording !== null && (change.kind === "element" || !places.has(place))) places.set(place, recording);
    }
    const recordings: ListedRecording[] = [];
    for (let place = this.#from; places.has(place) && recordings.length < LISTED; place++) {
      recordings.push(places.get(place)!);
    }
    return { recordings, more: places.has(this.#from + LISTED) };
  }

  #recording(change: XcapChange, place: number): ListedRecording | null {
    if (change.kind === "attribute") return change.value === null ? null : unknownRecording(place, change.value);
    if (change.kind !== "element" || change.content === null) return null;
    let declared = "";
    for (const [prefix, namespace] of change.namespaces) {
      if (prefix !== "xml") declared += ` xmlns${prefix === "" ? "" : `:${prefix}`}="${escapeXml(namespace)}"`;
    }
    const { root } = parseXml(`<list${declared}>${change.content}</list>`, LIMITS);
    return listedRecording(root.children[0], place, this.#own);
  }

  #end(page: RecordingPage, problem: Reason | null): void {
    if (this.#over) return;
    this.#over = true;
    this.#done(page, problem);
  }
}
