import { detached, sharedLatin1, toLatin1 } from "../../../foundation/mod.ts";
import { digits, isToken, skipBlanks, tokenEnd } from "../grammar.ts";
import { ID } from "../header_names.ts";
import { findParam } from "../params.ts";
import type { SipMessage } from "../sip_message.ts";
import type { Description } from "./call.ts";

/** Session-Expires (RFC 4028 §4): seconds, and who refreshes; "" where it does not say. */
export interface SessionExpires {
  readonly seconds: number;
  readonly refresher: "uac" | "uas" | "";
}

/** RAck (RFC 3262 §7.2): which reliable response of which request a PRACK acknowledges. */
export interface RAck {
  readonly rseq: number;
  readonly cseq: number;
  readonly method: string;
}

/** Replaces (RFC 3891 §6.1), seen from the one who is asked: `toTag` is ours. */
export interface Replaces {
  readonly callId: string;
  readonly toTag: string;
  readonly fromTag: string;
  readonly earlyOnly: boolean;
}

const DELTA_MAX = 2 ** 32 - 1;

/** Null where the message has none, or it is not one. */
export function sessionExpiresOf(message: SipMessage): SessionExpires | null {
  const text = message.get(ID["Session-Expires"]);
  if (text === undefined) return null;
  const end = tokenEnd(text, 0);
  const seconds = digits(text, 0, end, DELTA_MAX);
  if (seconds < 0) return null;
  const refresher = findParam(text, end, "refresher")?.toLowerCase();
  return { seconds, refresher: refresher === "uac" || refresher === "uas" ? refresher : "" };
}

/** Seconds of Min-SE; 0 where there is none. */
export function minSeOf(message: SipMessage): number {
  const text = message.get(ID["Min-SE"]);
  return text === undefined ? 0 : Math.max(0, digits(text, 0, tokenEnd(text, 0), DELTA_MAX));
}

/** RSeq; 0 where there is none, or it is not one. */
export function rseqOf(message: SipMessage): number {
  const text = message.get(ID.RSeq);
  return text === undefined ? 0 : Math.max(0, digits(text, 0, text.length, DELTA_MAX));
}

/** Null where the message has none, or it is not one. */
export function rackOf(message: SipMessage): RAck | null {
  const match = /^([0-9]{1,10})[ \t]+([0-9]{1,10})[ \t]+([^ \t]+)$/.exec(message.get(ID.RAck) ?? "");
  if (match === null || !isToken(match[3])) return null;
  return { rseq: Number(match[1]), cseq: Number(match[2]), method: match[3] };
}

/** Undefined where the message has none, null where it is not one (400). */
export function replacesOf(message: SipMessage): Replaces | null | undefined {
  const text = message.get(ID.Replaces);
  return text === undefined ? undefined : parseReplaces(text);
}

/** A Replaces value by itself, as a URI in a list or a Refer-To has it; null where it is none. */
export function parseReplaces(text: string): Replaces | null {
  const end = text.indexOf(";");
  if (end <= 0 || skipBlanks(text, 0) !== 0) return null;
  const callId = text.slice(0, end).trimEnd();
  const toTag = findParam(text, end, "to-tag");
  const fromTag = findParam(text, end, "from-tag");
  if (callId === "" || toTag === undefined || fromTag === undefined || toTag === "") return null;
  return { callId, toTag, fromTag, earlyOnly: findParam(text, end, "early-only") !== undefined };
}

/** The Replaces value by which somebody else takes the place of `local` in this dialog: seen from the peer, who gets it. */
export function replacesValue(
  dialog: { readonly callId: string; readonly localTag: string; readonly remoteTag: string },
  earlyOnly = false,
): string {
  return `${dialog.callId};to-tag=${dialog.remoteTag};from-tag=${dialog.localTag}${earlyOnly ? ";early-only" : ""}`;
}

const NOTHING: ReadonlySet<string> = new Set();
const KNOWN_LISTS = 256;
let knownLists = new Map<string, ReadonlySet<string>>();
/** The one that was asked for last, by length: to compare is cheaper than to look up a new text. */
const latestLists: ({ readonly text: string; readonly methods: ReadonlySet<string> } | null)[] = new Array(8).fill(
  null,
);

/**
 * Methods of the Allow lines, upper-case; null where there is none. Clients of one make send the same line: calls share the
 * set, and the text is read once.
 */
export function allowedOf(message: SipMessage): ReadonlySet<string> | null {
  const at = message.indexOf(ID.Allow);
  if (at < 0) return null;
  const text = message.ids.indexOf(ID.Allow, at + 1) < 0 ? message.valueAt(at) : message.getAll(ID.Allow).join(",");
  const place = text.length & 7, latest = latestLists[place];
  if (latest !== null && latest.text === text) return latest.methods;
  const methods = knownLists.get(text) ?? learntList(text);
  latestLists[place] = { text: detached(text), methods };
  return methods;
}

function learntList(text: string): ReadonlySet<string> {
  const methods = new Set(
    text.split(",").map((method) => detached(method.trim().toUpperCase())).filter((m) => m !== ""),
  );
  if (knownLists.size >= KNOWN_LISTS) knownLists = new Map();
  knownLists.set(detached(text), methods);
  return methods;
}

/** No methods. */
export function noMethods(): ReadonlySet<string> {
  return NOTHING;
}

/** The body with its type; null where there is none. */
export function descriptionOf(message: SipMessage): Description | null {
  if (message.body.length === 0) return null;
  return { contentType: message.get(ID["Content-Type"]) ?? "", body: message.body };
}

/** A description that may be kept: holds no slice of the message, nor of the buffer its body came in. */
export function kept(description: Description | null): Description | null {
  if (description === null || description instanceof TextDescription) return description;
  const { contentType, body } = description;
  const type = contentType === SDP ? SDP : detached(contentType);
  return body.length === body.buffer.byteLength
    ? { contentType: type, body }
    : new TextDescription(type, toLatin1(body));
}

const SDP = "application/sdp";

/**
 * A description as text, one character an octet: its octets are seldom asked for more than once, and text costs a tenth of a buffer
 * of its own to make. Each `body` is a new one.
 */
export class TextDescription implements Description {
  readonly contentType: string;
  readonly text: string;

  constructor(contentType: string, text: string) {
    this.contentType = contentType;
    this.text = text;
  }

  get body(): Uint8Array {
    return sharedLatin1(this.text);
  }
}

/** True for two descriptions of the same octets: the offer of a session refresh (RFC 4028 §7.4). */
export function sameDescription(a: Description | null, b: Description | null): boolean {
  if (a === null || b === null || a.contentType.toLowerCase() !== b.contentType.toLowerCase()) return false;
  const { body } = a, { body: other } = b;
  if (body.length !== other.length) return false;
  for (let i = 0; i < body.length; i++) if (body[i] !== other[i]) return false;
  return true;
}

/** True where the only Contact says that the peer is a focus (RFC 4579 §5.1). */
export function isFocus(message: SipMessage): boolean {
  const text = message.get(ID.Contact);
  const close = text?.lastIndexOf(">") ?? -1;
  if (text === undefined || close === text.length - 1 || !/isfocus/i.test(text)) return false;
  return findParam(text, Math.max(0, close), "isfocus") !== undefined;
}
