import { type HeaderName, parseNameAddr, type ServerTransaction, type SipRequest } from "../transport/sip/mod.ts";
import { isEmptySelector } from "../transport/payload/mod.ts";
import { unicode } from "./credentials.ts";
import type { ImUser } from "./im_user.ts";
import type { Party } from "./inbox.ts";
import { readMedia, type TheirDescription } from "./media_offer.ts";
import { ascii } from "./reason.ts";
import { roomIn } from "./room_name.ts";
import type { Sessions } from "./sessions.ts";
import { reply } from "./sip_line.ts";

/** What becomes of invitations that come: a chat, a file, a large message, what has waited, or a refusal. */
export class Invitations {
  /** Whether chats are taken by themselves, where the service does not say. */
  answerMode: "automatic" | "manual";
  /** The same for rooms, which tell others that we are there; null: as chats. */
  roomAnswerMode: "automatic" | "manual" | null = null;
  readonly #sessions: Sessions;
  readonly #user: ImUser;

  constructor(sessions: Sessions, user: ImUser, answerMode: "automatic" | "manual") {
    this.#sessions = sessions;
    this.#user = user;
    this.answerMode = answerMode;
  }

  /** Takes an INVITE outside of any call. */
  take(transaction: ServerTransaction): void {
    const { request } = transaction;
    if (this.#sessions.full) {
      return reply(transaction, 486, { reason: `Busy: ${this.#sessions.size} sessions already` });
    }
    const offer = offerOf(request);
    if (offer !== null && "status" in offer) {
      const headers: (readonly [HeaderName, string])[] = offer.status === 415
        ? [["Accept", "application/sdp"]]
        : [["Warning", `304 client "${ascii(offer.text)}"`]];
      return reply(transaction, offer.status, { reason: ascii(offer.text), headers });
    }
    const peer = partyOf(request);
    if (this.#sessions.isService(peer)) return this.#sessions.deferredFrom(peer, transaction, offer);
    if (offer !== null && isFile(offer)) return this.#file(transaction, offer, peer);
    if (/\+g\.oma\.sip-im\.large-message/i.test(request.getAll("Contact").join(","))) {
      return this.#sessions.largeFrom(peer, transaction, offer);
    }
    this.#chat(transaction, offer, isFocus(request) ? inviterOf(request) : peer);
  }

  #chat(transaction: ServerTransaction, offer: TheirDescription | null, peer: Party): void {
    const chat = this.#sessions.chatFrom(peer, transaction, offer);
    if (chat === null) return;
    const { request } = transaction;
    const room = isFocus(request) ? roomIn(request) : null;
    if (this.#answersItself(request, room !== null)) return chat.accept();
    if (this.#user.onInvitation === undefined) return chat.refuse(480, "");
    chat.ringing();
    this.#user.onInvitation({
      from: peer,
      subject: unicode(request.get("Subject") ?? ""),
      room: room ?? "",
      roomName: room === null ? "" : unicode(request.from.displayName),
      get open() {
        return chat.state === "inviting";
      },
      accept: () => chat.accept(),
      refuse: (status = 603, text = "") => chat.refuse(status, text),
    });
  }

  /** RFC 5373: what the service says of the answer counts before our own mode. */
  #answersItself(request: SipRequest, isRoom: boolean): boolean {
    if (/^auto/i.test(request.get("Priv-Answer-Mode") ?? "")) return true;
    const mode = request.get("Answer-Mode") ?? "";
    if (/^manual/i.test(mode)) return false;
    return (isRoom ? this.roomAnswerMode ?? this.answerMode : this.answerMode) === "automatic";
  }

  #file(transaction: ServerTransaction, offer: TheirDescription, peer: Party): void {
    const { direction } = offer.media;
    if (direction === "inactive") return reply(transaction, 488, { reason: "A file neither sent nor asked for" });
    if (direction === "recvonly") {
      const sending = this.#sessions.fileFor(peer, transaction, offer);
      if (sending === null) return;
      if (this.#user.onFileAsked === undefined) sending.refuse();
      else this.#user.onFileAsked(sending);
      return;
    }
    const { request } = transaction;
    const [from, room] = isFocus(request) ? [inviterOf(request), roomIn(request)] : [peer, ""];
    const receiving = this.#sessions.fileFrom(from, room, transaction, offer);
    if (receiving === null) return;
    if (this.#user.onFileOffered === undefined) receiving.refuse(480);
    else this.#user.onFileOffered(receiving);
  }
}

/** Whom the service says a request is from (RFC 3325), else whom it says itself. */
export function partyOf(request: SipRequest): Party {
  const { from } = request;
  const address = assertedIn(request) ?? from;
  const name = address.displayName === "" ? from.displayName : address.displayName;
  return { uri: unicode(address.uriText), name: unicode(name) };
}

function assertedIn(request: SipRequest): ReturnType<typeof parseNameAddr> | null {
  const asserted = request.list("P-Asserted-Identity").find((value) => /^[^<]*<?sips?:/i.test(value));
  return asserted === undefined ? null : parseNameAddr(asserted);
}

/** A room invites (RFC 4579 §4.1). */
function isFocus(request: SipRequest): boolean {
  return request.list("Contact").some((value) => /;\s*isfocus\s*(?:;|=|$)/i.test(value));
}

/** Who wants us in a room: whom the service asserts; where it asserts the room itself, or nobody, whom that refers to (RFC 3892). */
function inviterOf(request: SipRequest): Party {
  const party = partyOf(request);
  const { from } = request;
  if (party.uri !== unicode(from.uriText)) {
    return { uri: party.uri, name: unicode(assertedIn(request)?.displayName ?? "") };
  }
  const referrer = request.get("Referred-By");
  if (referrer === undefined) return party;
  try {
    const { uriText, displayName } = parseNameAddr(referrer);
    return { uri: unicode(uriText), name: unicode(displayName) };
  } catch (error) {
    if (error instanceof SyntaxError) return party;
    throw error;
  }
}

/** The offer of an INVITE; null for one without; else the status it gets. */
function offerOf(request: SipRequest): ReturnType<typeof readMedia> | null {
  if (request.body.length === 0) return null;
  return readMedia({ contentType: request.get("Content-Type") ?? "", body: request.body });
}

function isFile({ media }: TheirDescription): boolean {
  return media.file !== undefined && !isEmptySelector(media.file.selector);
}
