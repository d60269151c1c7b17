import { detached } from "../../foundation/mod.ts";
import { ID } from "./header_names.ts";
import type { Problem, SipMessage, SipRequest, SipResponse } from "./message.ts";
import { parseNameAddr } from "./name_addr.ts";
import { routeSetOf, type Routing, routingOf } from "./route_set.ts";
import { tryParseUri } from "./uri.ts";

/** All that a dialog is, as plain data. */
export interface SavedDialog {
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
  readonly local: string;
  readonly remote: string;
  readonly remoteTarget: string;
  readonly routeSet: readonly string[];
  readonly localSeq: number;
  readonly remoteSeq: number;
}

const NO_ROUTES: readonly string[] = [];

/** More Record-Route values than this make a dialog that no request could carry. */
const MAX_ROUTES = 32;

/** A dialog (RFC 3261 §12): what two user agents must remember of each other. Holds no slice of any message. */
export class Dialog {
  readonly callId: string;
  readonly localTag: string;
  /** "" where the peer is from the time of RFC 2543. */
  readonly remoteTag: string;
  /** Our side as it stands in From, tag included. */
  readonly local: string;
  /** The other side as it stands in To, tag included. */
  readonly remote: string;
  readonly routeSet: readonly string[];
  #remoteTarget: string;
  #localSeq: number;
  #remoteSeq: number;

  private constructor(start: SavedDialog) {
    const { callId, localTag, remoteTag, local, remote, remoteTarget } = start;
    // One text of its own for all six: they live equally long, and copying costs by the piece. What is joined is copied once cut.
    const all = callId + localTag + remoteTag + local + remote + remoteTarget;
    let at = 0;
    this.callId = all.slice(at, at += callId.length);
    this.localTag = all.slice(at, at += localTag.length);
    this.remoteTag = all.slice(at, at += remoteTag.length);
    this.local = all.slice(at, at += local.length);
    this.remote = all.slice(at, at += remote.length);
    this.#remoteTarget = all.slice(at);
    this.routeSet = start.routeSet.length === 0 ? NO_ROUTES : start.routeSet.map(detached);
    this.#localSeq = start.localSeq;
    this.#remoteSeq = start.remoteSeq;
  }

  /**
   * As the one who was asked (RFC 3261 §12.1.1): by the request and the To tag of our answer. Also the subscriber's side of
   * a NOTIFY that comes before, or beside, the answer to its SUBSCRIBE (RFC 6665 §4.4.1).
   */
  static uas(request: SipRequest, localTag: string): Dialog | Problem {
    const target = contactOf(request);
    if (target === null) return { status: 400, reason: "Contact missing or not one SIP URI" };
    const routeSet = routeSetOf(request, false);
    if (routeSet.length > MAX_ROUTES) return { status: 400, reason: `More than ${MAX_ROUTES} Record-Route values` };
    const to = request.to.text;
    return new Dialog({
      callId: request.callId,
      localTag,
      remoteTag: request.from.tag,
      local: request.to.tag === "" ? `${to};tag=${localTag}` : to,
      remote: request.from.text,
      remoteTarget: target,
      routeSet,
      localSeq: 0,
      remoteSeq: request.cseq.number,
    });
  }

  /** As the one who asked (RFC 3261 §12.1.2): by a 101 to 299 response. Null when the response names no Contact. */
  static uac(response: SipResponse): Dialog | null {
    const target = contactOf(response);
    const routeSet = routeSetOf(response, true);
    if (target === null || routeSet.length > MAX_ROUTES) return null;
    return new Dialog({
      callId: response.callId,
      localTag: response.from.tag,
      remoteTag: response.to.tag,
      local: response.from.text,
      remote: response.to.text,
      remoteTarget: target,
      routeSet,
      localSeq: response.cseq.number,
      remoteSeq: -1,
    });
  }

  /**
   * As it was saved, which may be some requests of ours ago: `skipped` numbers are left out, so that the next one is greater than all
   * before, as RFC 3261 §12.2.1.1 wants it.
   */
  static restored(saved: SavedDialog, skipped: number): Dialog {
    return new Dialog({ ...saved, localSeq: saved.localSeq + skipped });
  }

  /** For `restored`. */
  saved(): SavedDialog {
    return {
      callId: this.callId,
      localTag: this.localTag,
      remoteTag: this.remoteTag,
      local: this.local,
      remote: this.remote,
      remoteTarget: this.#remoteTarget,
      routeSet: this.routeSet,
      localSeq: this.#localSeq,
      remoteSeq: this.#remoteSeq,
    };
  }

  /** The dialog ID as one text. */
  get key(): string {
    return dialogKey(this.callId, this.localTag, this.remoteTag);
  }

  /** The URI that reaches the other side, as its last target refresh gave it. */
  get remoteTarget(): string {
    return this.#remoteTarget;
  }

  /** The number of the last request that we sent. */
  get localSeq(): number {
    return this.#localSeq;
  }

  /** The number for the next request of ours; ACK and CANCEL take the number of what they belong to. */
  nextCSeq(): number {
    return ++this.#localSeq;
  }

  /** Our requests go on after this number: that of the one which made the dialog (RFC 3261 §12.1.2). */
  startFrom(number: number): void {
    this.#localSeq = Math.max(this.#localSeq, number);
  }

  /** Request-URI, Route values and next hop for a request of ours. */
  routing(): Routing {
    return routingOf(this.#remoteTarget, this.routeSet);
  }

  /**
   * A request inside the dialog (RFC 3261 §12.2.2): takes its number, and its Contact as the new target where the method
   * refreshes it. The answer it deserves when it is out of order; equal numbers pass, since a request that was tried at
   * another server first comes with a new branch and the same number (RFC 3263 §4.3). `refresh` false leaves the target
   * alone: for a request that may still be refused (RFC 6141 §4.6), `refreshTarget` follows with its 2xx.
   */
  receive(request: SipRequest, refresh = true): Problem | null {
    const number = request.cseq.number;
    if (number < this.#remoteSeq) {
      return { status: 500, reason: `CSeq ${number} after ${this.#remoteSeq} in this dialog` };
    }
    this.#remoteSeq = number;
    if (refresh && REFRESHES.has(request.method)) this.refreshTarget(request);
    return null;
  }

  /** The Contact of a target refresh request or of its 2xx becomes the remote target (RFC 3261 §12.2). */
  refreshTarget(message: SipMessage): void {
    const target = contactOf(message);
    if (target !== null && target !== this.#remoteTarget) this.#remoteTarget = detached(target);
  }
}

/** Methods that refresh the remote target: RFC 3261 §12.2, RFC 3311 §5, RFC 6665 §4.4.1, RFC 3515 §2.4.4. */
const REFRESHES: ReadonlySet<string> = new Set(["INVITE", "UPDATE", "SUBSCRIBE", "NOTIFY", "REFER"]);

/** The dialog ID as one text (RFC 3261 §12): Call-ID and tags hold no blank. */
export function dialogKey(callId: string, localTag: string, remoteTag: string): string {
  return `${callId} ${localTag} ${remoteTag}`;
}

/** The dialog that a request of the other side claims to be in; "" when it is outside of any (no To tag). */
export function dialogKeyOf(request: SipRequest): string {
  const localTag = request.to.tag;
  return localTag === "" ? "" : dialogKey(request.callId, localTag, request.from.tag);
}

/** The URI of a message's only Contact; null when there is none, more than one, or no SIP URI. */
function contactOf(message: SipMessage): string | null {
  if (!message.has(ID.Contact)) return null;
  const values = message.list(ID.Contact);
  if (values.length !== 1) return null;
  try {
    const { uriText } = parseNameAddr(values[0]);
    const uri = tryParseUri(uriText);
    return uri !== null && (uri.scheme === "sip" || uri.scheme === "sips") ? uriText : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Whoever has dialogs finds them here by ID. Bounded: `add` says no when it is full. */
export class DialogTable<Usage> {
  readonly #usages = new Map<string, Usage>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  /** False when the table is full: the request that would begin the dialog gets 503. */
  add(dialog: Dialog, usage: Usage): boolean {
    if (this.#usages.size >= this.#max) return false;
    this.#usages.set(dialog.key, usage);
    return true;
  }

  /** What the dialog of a request from the other side is used for. */
  find(request: SipRequest): Usage | undefined {
    const key = dialogKeyOf(request);
    return key === "" ? undefined : this.#usages.get(key);
  }

  remove(dialog: Dialog): void {
    this.#usages.delete(dialog.key);
  }

  values(): IterableIterator<Usage> {
    return this.#usages.values();
  }

  get size(): number {
    return this.#usages.size;
  }
}
