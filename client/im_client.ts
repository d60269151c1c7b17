import type { Clock, Timers } from "../foundation/mod.ts";
import {
  type Calls,
  type HeaderName,
  parseNameAddr,
  type ResponseParts,
  type ServerTransaction,
  type SipRequest,
  type UserAgent,
} from "../transport/sip/mod.ts";
import {
  type CpimAddress,
  type DispositionRequest,
  type FileSelector,
  isEmptySelector,
  strictXml,
  type XmlReader,
} from "../transport/payload/mod.ts";
import type { MsrpNode } from "../transport/msrp/mod.ts";
import type { Account } from "./account.ts";
import { Chat } from "./chat.ts";
import { type ClientLimits, type ClientWorld, DEFAULT_CLIENT_LIMITS, LARGE_TAG } from "./client_world.ts";
import { unicode } from "./credentials.ts";
import { opened, TEXT, textBody } from "./envelope.ts";
import { FileReceiving } from "./file_receiving.ts";
import { FileSending } from "./file_sending.ts";
import type { FileSink, FileSource, FileTransfer } from "./file_transfer.ts";
import type { ImUser, SentMessage } from "./im_user.ts";
import { Inbox, type InboxHost, type Party } from "./inbox.ts";
import { LargeReceiving, LargeSending } from "./large_message.ts";
import { readMedia, type TheirDescription } from "./media_offer.ts";
import type { MediaPlace } from "./media_place.ts";
import type { Outgoing } from "./outbox.ts";
import { Pager, PAGER_ACCEPT } from "./pager.ts";
import { type OwnSettings, Publication } from "./publication.ts";
import { ascii } from "./reason.ts";
import { Registration, type RegistrationUser } from "./registration.ts";
import { type LineUser, reply, SipLine } from "./sip_line.ts";

/** What a client is made of. */
export interface ImClientParts {
  readonly account: Account;
  /** Its `authorize` is `Credentials.answer` of the same account. */
  readonly agent: UserAgent;
  readonly calls: Calls;
  readonly node: MsrpNode;
  readonly place: MediaPlace;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly user: ImUser;
  /** Default: our own. A browser passes its DOMParser. */
  readonly xml?: XmlReader;
  /** The flow to the service, where it was opened by somebody else (WebSocket); 0: the agent finds its way. */
  readonly flowId?: () => number;
  readonly limits?: Partial<ClientLimits>;
  /** What recipients are asked to tell. Default: delivered, not delivered, displayed. */
  readonly notifications?: readonly DispositionRequest[];
  /** Whether chats that others begin are taken by themselves. Default: `automatic`. */
  readonly answerMode?: "automatic" | "manual";
  /** Seconds that a registration is to last. Default 600: its refreshes also keep the connection alive. */
  readonly expires_s?: number;
}

const NOTIFICATIONS: readonly DispositionRequest[] = ["positive-delivery", "negative-delivery", "display"];

/** An IM client (OMA SIMPLE IM): one account on one device. Its requests come through `line`. */
export class ImClient implements LineUser, InboxHost, RegistrationUser {
  /** The user of the transaction layer below. */
  readonly line: SipLine;
  answerMode: "automatic" | "manual";
  readonly #world: ClientWorld;
  readonly #inbox: Inbox;
  readonly #pager: Pager;
  readonly #publication: Publication;
  readonly #registration: Registration;
  readonly #chats = new Set<Chat>();
  readonly #transfers = new Set<FileTransfer>();
  #larges = 0;
  #lastChat = 0;
  #stopped = false;

  constructor(parts: ImClientParts) {
    const { account, agent, calls, node, place, clock, timers, user } = parts;
    const self: CpimAddress = { name: account.displayName, uri: account.aor };
    this.#world = {
      account,
      agent,
      calls,
      node,
      place,
      clock,
      timers,
      user,
      self,
      xml: parts.xml ?? strictXml,
      flowId: parts.flowId ?? (() => 0),
      limits: { ...DEFAULT_CLIENT_LIMITS, ...parts.limits },
    };
    this.answerMode = parts.answerMode ?? "automatic";
    this.line = new SipLine(calls, this);
    this.#inbox = new Inbox(this.#world, parts.notifications ?? NOTIFICATIONS, this);
    this.#pager = new Pager(this.#inbox, (message, type, body) => this.#convert(message, type, body));
    this.#publication = new Publication(this.#world);
    const domain = account.aor.slice(account.aor.lastIndexOf("@") + 1);
    this.#registration = new Registration(
      { agent, timers, account, flowId: this.#world.flowId },
      { registrar: `sip:${domain}`, contactParams: LARGE_TAG, expires_s: parts.expires_s ?? 600 },
      this,
    );
  }

  get account(): Account {
    return this.#world.account;
  }
  get registered(): boolean {
    return this.#registration.registered;
  }
  get chats(): ReadonlySet<Chat> {
    return this.#chats;
  }
  get transfers(): ReadonlySet<FileTransfer> {
    return this.#transfers;
  }
  /** Sessions of all kinds. */
  get sessions(): number {
    return this.#chats.size + this.#transfers.size + this.#larges;
  }
  /** Messages without an answer in pager mode. */
  get waiting(): number {
    return this.#pager.waiting;
  }
  get settings(): OwnSettings | null {
    return this.#publication.settings;
  }

  /** Registers, and stays registered. */
  start(): void {
    this.#registration.start();
  }

  /** The way to the service is a new one: registers again at once. */
  renew(): void {
    this.#registration.renew();
  }

  /** Leaves: ends all sessions, takes back settings and registration. `done` after the last answer, or after `within_ms`. */
  stop(within_ms: number, done: () => void): void {
    if (this.#stopped) return done();
    this.#stopped = true;
    let open = true;
    const finish = () => {
      if (!open) return;
      open = false;
      done();
    };
    const late = this.#world.timers.start(within_ms, { onTimer: finish }, 0);
    this.#publication.withdraw();
    for (const transfer of [...this.#transfers]) transfer.cancel();
    for (const chat of [...this.#chats]) chat.end();
    // The rest of the time is for the registration.
    const until = this.#world.clock.monotonic() + within_ms * 2 / 3;
    this.#whenIdle(until, () =>
      this.#registration.stop(() => {
        late.stop();
        finish();
      }));
  }

  /** Sends text by MESSAGE (Pager Mode). Null where too much waits already. Where it is too large it goes as a large message. */
  sendPager(to: string, text: string, plain = false): SentMessage | null {
    return this.#stopped ? null : this.#pager.send(to, text, plain);
  }

  /** Sends one message in a session of its own (Large Message Mode). Null where there are as many sessions as may be. */
  sendLarge(to: string, contentType: string, body: Uint8Array): SentMessage | null {
    if (this.#stopped || this.#full) return null;
    const id = this.#inbox.newId();
    const message = this.#inbox.outbox.add(id, to, "large", null, true);
    this.#sendLarge(message, contentType, body);
    return message;
  }

  /** As `sendLarge`, for text. */
  sendLargeText(to: string, text: string): SentMessage | null {
    return this.sendLarge(to, TEXT, textBody(text));
  }

  /** Invites to a chat (Session Mode); what is sent before the answer waits. Null where there are too many. */
  openChat(to: string): Chat | null {
    if (this.#stopped || this.#full) return null;
    const chat = new Chat(this.#inbox, ++this.#lastChat, { uri: to, name: "" }, false);
    this.#chats.add(chat);
    chat.invite();
    return chat;
  }

  /** Offers a file. Null where there are too many sessions. */
  sendFile(to: string, source: FileSource): FileTransfer | null {
    if (this.#stopped || this.#full) return null;
    const transfer: FileSending = FileSending.push(this.#world, to, source, () => this.#transfers.delete(transfer));
    this.#transfers.add(transfer);
    return transfer;
  }

  /** Asks for a file. `have`: octets of it that are in the sink already. Null where there are too many sessions. */
  fetchFile(from: string, selector: FileSelector, sink: FileSink, have = 0): FileTransfer | null {
    if (this.#stopped || this.#full) return null;
    const transfer: FileReceiving = FileReceiving.fetch(
      this.#world,
      from,
      selector,
      sink,
      have,
      () => this.#transfers.delete(transfer),
    );
    this.#transfers.add(transfer);
    return transfer;
  }

  /** Publishes service settings in the place of all earlier ones. */
  publish(settings: OwnSettings): void {
    this.#publication.publish(settings);
  }

  // RegistrationUser

  onRegistered(): void {
    // A service that has been away has forgotten what was published.
    this.#publication.renew();
    this.#world.user.onRegistered?.();
  }

  onUnregistered(status: number, why: string): void {
    this.#world.user.onUnregistered?.(status, why);
  }

  // LineUser

  onMessage(transaction: ServerTransaction, answer: (status: number, parts?: ResponseParts) => void): void {
    const { request } = transaction;
    const what = opened(request.get("Content-Type") ?? "text/plain", request.body, this.#world.xml);
    if (what.kind === "unreadable") return answer(400, { reason: ascii(what.reason) });
    const coding = request.get("Content-Encoding");
    if (coding !== undefined && coding.toLowerCase() !== "identity") {
      return answer(415, { headers: [["Accept-Encoding", "identity"], ["Accept", PAGER_ACCEPT]] });
    }
    answer(200);
    const peer = partyOf(request);
    if (what.kind === "content") this.#inbox.content(what, peer, "pager", null);
    else if (what.kind === "composing") {
      this.#world.user.onComposing?.(peer.uri, what.status.state === "active", null);
    } else for (const each of what.list) this.#inbox.outbox.notified(each);
  }

  onInvite(transaction: ServerTransaction): void {
    const { request } = transaction;
    if (this.#stopped) return reply(transaction, 480);
    if (this.#full) return reply(transaction, 486, { reason: `Busy: ${this.sessions} sessions already` });
    const offer = offerOf(request);
    if (offer !== null && "status" in offer) {
      const headers: (readonly [HeaderName, string])[] = offer.status === 415
        ? [["Accept", "application/sdp"]]
        : [["Warning", `304 client "${ascii(offer.text)}"`]];
      return reply(transaction, offer.status, { reason: ascii(offer.text), headers });
    }
    const peer = partyOf(request);
    if (offer !== null && isFile(offer)) return this.#file(transaction, offer, peer);
    if (/\+g\.oma\.sip-im\.large-message/i.test(request.getAll("Contact").join(","))) {
      this.#larges++;
      new LargeReceiving(this.#inbox, peer, transaction, offer, () => this.#larges--);
      return;
    }
    this.#invited(transaction, offer, peer);
  }

  onOther(_transaction: ServerTransaction): boolean {
    return false;
  }

  // InboxHost

  notifyByMessage(to: string, body: Uint8Array): void {
    if (!this.#stopped) this.#pager.sendBody(to, "message/cpim", body);
  }

  chatOver(chat: Chat): void {
    this.#chats.delete(chat);
  }

  get #full(): boolean {
    return this.sessions >= this.#world.limits.sessions;
  }

  #invited(transaction: ServerTransaction, offer: TheirDescription | null, peer: Party): void {
    const chat = new Chat(this.#inbox, ++this.#lastChat, peer, true);
    this.#chats.add(chat);
    chat.receive(transaction, offer);
    if (chat.state === "over") return;
    if (this.#answersItself(transaction.request)) return chat.accept();
    const { user } = this.#world;
    if (user.onInvitation === undefined) return chat.refuse(480, "");
    chat.ringing();
    user.onInvitation({
      from: peer,
      subject: unicode(transaction.request.get("Subject") ?? ""),
      accept: () => chat.accept(),
      refuse: (status = 603, text = "") => chat.refuse(status, text),
    });
  }

  /** RFC 5373: what the service says of the answer counts before our own mode. */
  #answersItself(request: SipRequest): boolean {
    if (/^auto/i.test(request.get("Priv-Answer-Mode") ?? "")) return true;
    const mode = request.get("Answer-Mode") ?? "";
    if (/^manual/i.test(mode)) return false;
    return this.answerMode === "automatic";
  }

  #file(transaction: ServerTransaction, offer: TheirDescription, peer: Party): void {
    const { user } = this.#world;
    const { direction } = offer.media;
    if (direction === "inactive") return reply(transaction, 488, { reason: "A file neither sent nor asked for" });
    if (direction === "recvonly") {
      const transfer: FileSending = FileSending.asked(
        this.#world,
        peer,
        transaction,
        offer,
        () => this.#transfers.delete(transfer),
      );
      if (transfer.state === "failed") return;
      this.#transfers.add(transfer);
      if (user.onFileAsked === undefined) transfer.refuse();
      else user.onFileAsked(transfer);
      return;
    }
    const transfer: FileReceiving = FileReceiving.offered(
      this.#world,
      peer,
      transaction,
      offer,
      () => this.#transfers.delete(transfer),
    );
    if (transfer.state === "failed") return;
    this.#transfers.add(transfer);
    if (user.onFileOffered === undefined) transfer.refuse(480);
    else user.onFileOffered(transfer);
  }

  /** A MESSAGE was too large: the same message goes in a session of its own. */
  #convert(message: Outgoing, contentType: string, body: Uint8Array): boolean {
    if (this.#stopped || this.#full) return false;
    this.#sendLarge(message, contentType, body);
    return true;
  }

  #sendLarge(message: Outgoing, contentType: string, body: Uint8Array): void {
    this.#larges++;
    new LargeSending(this.#inbox, message, contentType, body, () => this.#larges--);
  }

  /** Tells when no session stands any more, or it is that late. */
  #whenIdle(until: number, done: () => void): void {
    const { calls, clock, timers } = this.#world;
    if ((calls.size === 0 && this.sessions === 0) || clock.monotonic() >= until) return done();
    timers.start(100, { onTimer: () => this.#whenIdle(until, done) }, 0);
  }
}

/** Whom the service says a request is from (RFC 3325), else whom it says itself. */
export function partyOf(request: SipRequest): Party {
  const asserted = request.list("P-Asserted-Identity").find((value) => /^[^<]*<?sips?:/i.test(value));
  const address = asserted === undefined ? request.from : parseNameAddr(asserted);
  const from = request.from;
  const name = address.displayName === "" ? from.displayName : address.displayName;
  return { uri: unicode(address.uriText), name: unicode(name) };
}

/** The offer of an INVITE; null for one without; else the status it gets. */
function offerOf(request: SipRequest): ReturnType<typeof readMedia> | null {
  if (request.body.length === 0) return null;
  return readMedia({ contentType: request.get("Content-Type") ?? "", body: request.body });
}

function isFile({ media }: TheirDescription): boolean {
  return media.file !== undefined && !isEmptySelector(media.file.selector);
}
