import type { ResponseParts, ServerTransaction } from "../transport/sip/mod.ts";
import { type DispositionRequest, type FileSelector, newImdnMessageId } from "../transport/payload/mod.ts";
import { PIDF_TYPE, type PresenceLocation, type PresenceStatus } from "../transport/presence/mod.ts";
import { type Account, domainOf } from "./account.ts";
import type { Chat } from "./chat.ts";
import { ClientSubscriptions } from "./client_watch.ts";
import { type ClientWorld, LARGE_TAG } from "./client_world.ts";
import { TEXT, textBody } from "./envelope.ts";
import { DocumentWatch } from "./document_watch.ts";
import type { FileSink, FileSource, FileTransfer } from "./file_transfer.ts";
import type { ClientGround } from "./history.ts";
import { type ImClientParts, worldOf } from "./im_client_parts.ts";
import type { SentMessage } from "./im_user.ts";
import { Inbox, type InboxHost } from "./inbox.ts";
import { Invitations } from "./invitations.ts";
import { LostRooms } from "./lost_rooms.ts";
import { locationBody, OwnPresence } from "./own_presence.ts";
import type { MessageIdentity } from "./message_identity.ts";
import { Pager } from "./pager.ts";
import { takeMessage } from "./pager_receiving.ts";
import { type OwnSettings, Publication, PUBLISHED_SETTINGS } from "./publication.ts";
import { Registration, type RegistrationUser } from "./registration.ts";
import { type RoomRoster, RoomRosters } from "./room_roster.ts";
import type { Asked } from "./service_request.ts";
import { Sessions } from "./sessions.ts";
import { type LineUser, reply, SipLine } from "./sip_line.ts";
import type { SystemMessage } from "./system_messages.ts";
import { type WatchedUser, Watching } from "./watching.ts";

const NOTIFICATIONS: readonly DispositionRequest[] = ["positive-delivery", "negative-delivery", "display"];

/** An IM client (OMA SIMPLE IM): one account on one device. Its requests come through `line`. */
export class ImClient implements LineUser, InboxHost, RegistrationUser {
  /** The user of the transaction layer below. */
  readonly line: SipLine;
  /** For `ClientHistory`. */
  readonly ground: ClientGround;
  readonly #world: ClientWorld;
  readonly #inbox: Inbox;
  readonly #pager: Pager;
  readonly #settings: Publication<OwnSettings>;
  readonly #presence: OwnPresence;
  readonly #subscriptions: ClientSubscriptions;
  readonly #watching: Watching;
  readonly #documents: DocumentWatch;
  readonly #rosters: RoomRosters;
  readonly #lostRooms: LostRooms;
  readonly #registration: Registration;
  readonly #sessions: Sessions;
  readonly #invitations: Invitations;
  #stopped = false;

  constructor(parts: ImClientParts) {
    const { account, agent, calls, timers, user } = parts;
    this.#world = worldOf(parts);
    this.line = new SipLine(calls, this);
    this.#inbox = new Inbox(this.#world, parts.notifications ?? NOTIFICATIONS, this);
    this.#subscriptions = new ClientSubscriptions(this.#world);
    this.#rosters = new RoomRosters(this.#subscriptions);
    this.#registration = new Registration(
      { agent, timers, account, flowId: this.#world.flowId },
      {
        registrar: `sip:${domainOf(account)}`,
        contactParams: LARGE_TAG,
        expires_s: parts.expires_s ?? 600,
        retry: parts.retryRegistration ?? true,
      },
      this,
    );
    this.#lostRooms = new LostRooms(this.#registration, this.#rosters);
    this.#sessions = new Sessions(this.#inbox, this.#lostRooms);
    this.ground = { world: this.#world, sessions: this.#sessions, subscriptions: this.#subscriptions };
    this.#invitations = new Invitations(this.#sessions, user, parts.answerMode ?? "automatic");
    // Too large for a MESSAGE: the same message goes in a session of its own.
    this.#pager = new Pager(this.#inbox, (...large) => this.#sessions.sendLarge(...large));
    this.#settings = new Publication(this.#world, PUBLISHED_SETTINGS);
    this.#presence = new OwnPresence(this.#world);
    this.#watching = new Watching(this.#subscriptions);
    this.#documents = new DocumentWatch(this.#subscriptions);
  }

  /** Whether chats that others begin are taken by themselves, where the service does not say (RFC 5373). */
  get answerMode(): "automatic" | "manual" {
    return this.#invitations.answerMode;
  }
  set answerMode(mode: "automatic" | "manual") {
    this.#invitations.answerMode = mode;
  }
  /** The same for invitations to rooms; null: as chats. */
  get roomAnswerMode(): "automatic" | "manual" | null {
    return this.#invitations.roomAnswerMode;
  }
  set roomAnswerMode(mode: "automatic" | "manual" | null) {
    this.#invitations.roomAnswerMode = mode;
  }
  get account(): Account {
    return this.#world.account;
  }
  get registered(): boolean {
    return this.#registration.registered;
  }
  get chats(): ReadonlySet<Chat> {
    return this.#sessions.chats;
  }
  get transfers(): ReadonlySet<FileTransfer> {
    return this.#sessions.transfers;
  }
  /** Sessions of all kinds. */
  get sessions(): number {
    return this.#sessions.size;
  }
  /** Messages without an answer in pager mode. */
  get waiting(): number {
    return this.#pager.waiting;
  }
  get settings(): OwnSettings | null {
    return this.#settings.state;
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
    this.#settings.withdraw();
    this.#presence.withdraw();
    this.#watching.close();
    this.#documents.close();
    this.#rosters.close();
    this.#sessions.close();
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

  /**
   * Sends content by MESSAGE under a given identity: again with the same one where it may have been sent before, and neither the service
   * nor its recipients take it twice. `people`: to each of them alone, as `sendToList`; `to` counts for nothing then. Null where too much
   * waits already.
   */
  sendMessage(
    to: string,
    contentType: string,
    body: Uint8Array,
    identity: MessageIdentity,
    people: readonly string[] | null = null,
  ): SentMessage | null {
    if (this.#stopped) return null;
    const recipient = people === null ? to : `sip:exploder@${domainOf(this.account)}`;
    return this.#pager.sendContent(recipient, contentType, body, false, people, identity);
  }

  /**
   * Sends one message to many, each of whom gets it alone (RFC 5365). Null where too much waits already. What came of it is told of the
   * whole; notifications of single recipients come as they do of any message.
   */
  sendToList(people: readonly string[], text: string): SentMessage | null {
    const exploder = `sip:exploder@${domainOf(this.account)}`;
    return this.#stopped ? null : this.#pager.sendContent(exploder, TEXT, textBody(text), false, people);
  }

  /** Sends one message in a session of its own (Large Message Mode). Null where there are as many sessions as may be. */
  sendLarge(to: string, contentType: string, body: Uint8Array): SentMessage | null {
    if (this.#sessions.full) return null;
    const message = this.#inbox.outbox.add(newImdnMessageId(), to, "large", null, true);
    this.#sessions.sendLarge(message, contentType, body);
    return message;
  }

  /** As `sendLarge`, for text. */
  sendLargeText(to: string, text: string): SentMessage | null {
    return this.sendLarge(to, TEXT, textBody(text));
  }

  /** Invites to a chat (Session Mode); what is sent before the answer waits. Null where there are too many. */
  openChat(to: string): Chat | null {
    return this.#sessions.openChat(to);
  }

  /**
   * Begins a chat of many: a room of its own with these people (RFC 5366), who are invited. Null where there are too many sessions.
   * `subject`: what it is about, "" for nothing.
   */
  openRoom(people: readonly string[], subject = ""): Chat | null {
    return this.#sessions.openChat(`sip:conference-factory@${domainOf(this.account)}`, { people, subject });
  }

  /** Comes into a room, or into the chat of a group, that has this URI. Null where there are too many sessions. */
  joinRoom(uri: string): Chat | null {
    return this.#sessions.openChat(uri, { people: [], subject: "" });
  }

  /** Offers a file. Null where there are too many sessions. */
  sendFile(to: string, source: FileSource): FileTransfer | null {
    return this.#sessions.sendFile(to, source);
  }

  /** Asks for a file. `have`: octets of it that are in the sink already. Null where there are too many sessions. */
  fetchFile(from: string, selector: FileSelector, sink: FileSink, have = 0): FileTransfer | null {
    return this.#sessions.fetchFile(from, selector, sink, have);
  }

  /** Publishes service settings in the place of all earlier ones. */
  publish(settings: OwnSettings): void {
    this.#settings.publish(settings);
  }

  /** Publishes how the user is, in the place of what was said before. `until`: ms since 1970, when that ends by itself. */
  publishStatus(
    status: PresenceStatus,
    more: { readonly note?: string; readonly until?: number | null } = {},
  ): void {
    this.#presence.status(status, more);
  }

  /** Publishes where the user is, beside the status; null: nothing of it. Who may know is for the user's documents to say. */
  publishLocation(location: PresenceLocation | null): void {
    this.#presence.place(location);
  }

  /** Sends somebody where the user is, as a pager message (RFC 4119). Null where too much waits already. */
  sendLocation(to: string, location: PresenceLocation): SentMessage | null {
    return this.#stopped ? null : this.#pager.sendContent(to, PIDF_TYPE, locationBody(this.account.aor, location));
  }

  /** Watches somebody's presence: `onPresence` tells. Null where as many are watched as may be. */
  watch(uri: string): WatchedUser | null {
    return this.#stopped ? null : this.#watching.watch(uri);
  }

  /** Who is in a room: `onRoster` tells. Null where that cannot be known: it is no room, or too much is watched already. */
  watchRoom(chat: Chat): RoomRoster | null {
    return this.#stopped || !chat.isRoom ? null : this.#rosters.watch(chat);
  }

  /** False for somebody who was not watched. */
  unwatch(uri: string): boolean {
    return this.#watching.unwatch(uri);
  }

  /** Watches documents of the user, by their paths below the XCAP root, beside those that are watched already: `onDocuments` tells. */
  watchDocuments(paths: readonly string[]): void {
    if (this.#stopped) return;
    this.#documents.add(paths);
    if (this.registered) this.#documents.renew();
  }

  get watched(): readonly WatchedUser[] {
    return this.#watching.users;
  }

  /** What the service has asked its user and not been answered yet, the oldest first. */
  get systemMessages(): readonly SystemMessage[] {
    return this.#inbox.system.open;
  }

  /** A system message of an earlier life of this device, which has no answer yet: it can be answered. */
  recallSystemMessage(message: Omit<SystemMessage, "displayed">): void {
    this.#inbox.system.recall(message);
  }

  /** Answers a system message with one of its options. False where there is no such message, or option. */
  answer(id: string, option: string, done: Asked = () => {}): boolean {
    return this.#inbox.system.answer(id, option, done);
  }

  // RegistrationUser

  onRegistered(): void {
    // A service that has been away has forgotten what was published.
    this.#settings.renew();
    this.#presence.renew();
    this.#watching.renew();
    this.#documents.renew();
    this.#lostRooms.registered();
    this.#world.user.onRegistered?.();
  }

  onUnregistered(status: number, why: string): void {
    this.#world.user.onUnregistered?.(status, why);
  }

  // LineUser

  onMessage(transaction: ServerTransaction, answer: (status: number, parts?: ResponseParts) => void): void {
    takeMessage(this.#inbox, transaction.request, answer);
  }

  onInvite(transaction: ServerTransaction): void {
    if (this.#stopped) return reply(transaction, 480);
    this.#invitations.take(transaction);
  }

  onOther(transaction: ServerTransaction): boolean {
    return this.#subscriptions.notified(transaction);
  }

  // InboxHost

  notifyByMessage(to: string, body: Uint8Array): void {
    if (!this.#stopped) this.#pager.sendBody(to, "message/cpim", body);
  }

  /** Tells when no session stands any more and the settings are taken back, or it is that late. */
  #whenIdle(until: number, done: () => void): void {
    const { calls, clock, timers } = this.#world;
    const published = this.#settings.idle && this.#presence.idle && this.#subscriptions.idle;
    const idle = calls.size === 0 && this.sessions === 0 && published;
    if (idle || clock.monotonic() >= until) return done();
    timers.start(100, { onTimer: () => this.#whenIdle(until, done) }, 0);
  }
}
