import {
  CPIM_TYPE,
  cpimContentType,
  cpimFrom,
  type CpimHead,
  cpimTo,
  IS_COMPOSING_TYPE,
  isImdn,
  mediaType,
  readCpimHead,
} from "../../../transport/payload/mod.ts";
import { addressOfText } from "../../sip_core/mod.ts";
import type { Person } from "./person.ts";

/** What is looked at in a room to judge a message. */
export interface JudgedRoom {
  /** Folded: of the room, and of its group ("" for none). */
  readonly uri: string;
  readonly group: string;
  /** The room allows private messages. */
  readonly privateMessages: boolean;
  findShown(uri: string): Person | undefined;
  /** This participant may write private ones. */
  mayWritePrivately(person: Person): boolean;
}

export type Verdict =
  | { readonly kind: "refuse"; readonly status: number; readonly comment: string }
  /** It is answered 200, and goes to nobody. */
  | { readonly kind: "nowhere" }
  | {
    readonly kind: "pass";
    readonly head: CpimHead;
    /** Whom it is for; null: all. */
    readonly to: Person | null;
    /** The URI of the room that it is addressed to, as we write it; "" for a private one. */
    readonly toRoom: string;
    /** For those who are there now: is not kept. */
    readonly fleeting: "composing" | "imdn" | null;
  };

/** Octets of is-composing and notifications, heads included; those that are seen have a few hundred. */
const FLEETING_OCTETS = 8192;

/** What a participant says of itself who does not know its alias (RFC 3323 §4.1.1.3). */
const UNNAMED = "sip:anonymous@anonymous.invalid";

/**
 * The rules of a message in a room (RFC 7701 §6, oma-reference §3.3.7). `body` is all of it. Where others see an alias of the sender
 * its notifications go nowhere: they would say who it is.
 */
export function judge(room: JudgedRoom, sender: Person, contentType: string, body: Uint8Array): Verdict {
  if (contentType === "" && body.length === 0) return { kind: "nowhere" };
  if (mediaType(contentType) !== CPIM_TYPE) return refuse(415, "only message/cpim");
  let head: CpimHead | null;
  let from: string;
  let to: readonly string[];
  let malformedFrom = false;
  try {
    head = readCpimHead(body);
    if (head === null) return refuse(400, "CPIM whose headers do not end");
    to = cpimTo(head).map(({ uri }) => foldUri(uri));
  } catch (error) {
    return malformed(error);
  }
  try {
    from = foldUri(cpimFrom(head)?.uri ?? "");
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    malformedFrom = true;
    from = "";
  }
  if (malformedFrom || !isOwn(sender, from) || isAmbiguous(head)) return refuse(403, "From is not the sender");
  if (to.length > 1) return refuse(403, "To names several");
  if (to.length === 0) return refuse(400, "CPIM without To");
  const fleeting = mediaType(cpimContentType(head)) === IS_COMPOSING_TYPE ? "composing" : isImdn(head) ? "imdn" : null;
  const toRoom = (room.group !== "" && to[0] === room.group) || nameOf(to[0]) === nameOf(room.uri);
  // It is stored nowhere and bounded by no quota: what it has to say is short.
  if (fleeting !== null && body.length > FLEETING_OCTETS) return refuse(413, "too large for what is not kept");
  if (toRoom) {
    // Who wrote a message is told of it, not all.
    if (fleeting === "imdn") return { kind: "nowhere" };
    return { kind: "pass", head, to: null, toRoom: to[0] === room.group ? to[0] : room.uri, fleeting };
  }
  const person = room.findShown(to[0]);
  if (person === undefined || !person.there || (person.hidden && person !== sender)) {
    return refuse(404, "nobody of that name");
  }
  if (fleeting === "imdn") {
    return sender.aliased ? { kind: "nowhere" } : { kind: "pass", head, to: person, toRoom: "", fleeting };
  }
  if (!room.privateMessages) return refuse(428, "no private messages in this room");
  if (!room.mayWritePrivately(sender)) return refuse(403, "private messages are not allowed");
  if (!person.takesPrivate) return refuse(428, "takes no private messages");
  return { kind: "pass", head, to: person, toRoom: "", fleeting };
}

/** As addresses are compared: `sip:user@domain`, `tel:+number`; `im:` counts as `sip:`. Text that is no URI stays as it is. */
export function foldUri(uri: string): string {
  const sip = /^im:/i.test(uri) ? `sip:${uri.slice(3)}` : uri;
  try {
    return addressOfText(sip).aor;
  } catch (error) {
    if (error instanceof SyntaxError) return uri;
    throw error;
  }
}

/** The user part: 128 random bits of a room's, which its Contact has at each address of the box. */
function nameOf(uri: string): string {
  return uri.slice(0, uri.indexOf("@") + 1);
}

function isOwn(sender: Person, from: string): boolean {
  if (from === "") return false;
  if (from === sender.aor || from === sender.shown.uri) return true;
  if (sender.number !== "" && from === `tel:${sender.number}`) return true;
  return sender.aliased && from === UNNAMED;
}

/** Readers that do not look at case or at namespaces would take another header for who sent it. */
function isAmbiguous({ headers }: CpimHead): boolean {
  let count = 0;
  for (const { written } of headers) if (written.length === 4 && written.toLowerCase() === "from") count++;
  return count > 1;
}

function malformed(error: unknown): Verdict {
  if (error instanceof SyntaxError) return refuse(400, error.message);
  throw error;
}

function refuse(status: number, comment: string): Verdict {
  return { kind: "refuse", status, comment };
}
