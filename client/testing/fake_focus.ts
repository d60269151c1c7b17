import { fromLatin1, Metrics, silentLog } from "../../foundation/mod.ts";
import { CONFERENCE_INFO_TYPE, type ConferenceInfo, writeConferenceInfo } from "../../transport/payload/mod.ts";
import {
  type Admission,
  type Call,
  type CallEnd,
  type CallUser,
  type Description,
  EventServer,
  Refers,
  responseHead,
  type ServerTransaction,
  type SipRequest,
  type SipResponse,
} from "../../transport/sip/mod.ts";
import { MsrpSession } from "../../transport/msrp/session/mod.ts";
import type { Device, MemoryNetwork } from "./memory_network.ts";
import { reply } from "../sip_line.ts";

/** What a room was told. */
export interface SaidInRoom {
  readonly contentType: string;
  readonly text: string;
}

/** A room as a client sees it, with one device in it at a time: a focus and its switch, in memory. For tests only. */
export class FakeFocus {
  /** User part of the room's own URI: its Contact. */
  readonly name = "conf-1";
  readonly device: Device;
  readonly events: EventServer;
  readonly refers: Refers;
  readonly invites: SipRequest[] = [];
  readonly said: SaidInRoom[] = [];
  /** REFERs that were taken: `INVITE sip:carol@home.test`. */
  readonly referred: string[] = [];
  /** What NICKNAME asked for, its header as it came. */
  readonly nicknames: string[] = [];
  /** Statuses that INVITEs get in place of 200, in their order. */
  readonly refusals: number[] = [];
  /** False: sessions of those who come in are answered by nobody. */
  listens = true;
  /** Who is not registered gets 403 for an INVITE. */
  registrarCounts = false;
  registered = false;
  /** What REGISTER gets. */
  registrar = 200;
  /** What the next NICKNAME gets. */
  nicknameStatus = 200;
  /** What a REFER gets: 202, then a NOTIFY with the second; or a refusal. */
  referAnswers: readonly [number, number] = [202, 200];
  admission: Admission = { state: "active" };
  /** The document that subscribers get whole. */
  info: Omit<ConferenceInfo, "version" | "state">;
  member: FakeMember | null = null;
  readonly #network: MemoryNetwork;
  #sessions = 0;

  constructor(network: MemoryNetwork, host = "home.test") {
    this.#network = network;
    const device = this.device = network.device(host, { door: true, understood: ["recipient-list-invite"] });
    const { agent } = device;
    const { time } = network;
    const parts = { agent, clock: time, timers: time.timers, metrics: new Metrics() };
    this.refers = new Refers(parts);
    this.events = new EventServer({ ...parts, log: silentLog });
    this.info = { entity: `sip:${this.name}@${host}`, users: { state: "full", users: [] } };
    this.events.register({
      name: "conference",
      contentTypes: [CONFERENCE_INFO_TYPE],
      expires: { default: 3600, min: 60, max: 7200 },
      pace: { interval_ms: 0, burst: 1 },
      admit: () => this.admission,
      full: () => ({ contentType: CONFERENCE_INFO_TYPE, body: this.#document() }),
    });
    device.layer.user = {
      onRequest: (transaction) => this.#take(transaction),
      onStrayResponse() {},
    };
  }

  /** The documents of one subscription count up (RFC 4575 §4.4). */
  version = 0;
  /** What goes out next in place of the whole. */
  partial: Omit<ConferenceInfo, "version" | "entity" | "state"> | null = null;

  /** Tells subscribers of a change. `skipped`: as many documents were lost before it. */
  tell(partial: FakeFocus["partial"] = null, skipped = 0): void {
    this.partial = partial;
    this.version += skipped;
    this.events.changed("conference", this.#resource);
  }

  /** Ends all subscriptions. */
  endEvents(reason: "noresource" | "deactivated"): void {
    this.events.terminate("conference", this.#resource, reason);
  }

  /** Says something in the room: `To` is its URI, or whom it is for. */
  say(from: string, text: string, to = this.info.entity, type = "text/plain"): void {
    const head = `From: ${from}\r\nTo: <${to}>\r\nDateTime: 2026-01-01T00:00:00Z\r\n\r\nContent-Type: ${type}\r\n\r\n`;
    this.member!.session!.send({ contentType: "message/cpim", body: fromLatin1(head + text) });
  }

  /** Invites a device into the room, in somebody's name. */
  invite(to: string, headers: Parameters<Device["calls"]["invite"]>[0]["headers"] = []): FakeMember {
    const member = this.member = new FakeMember(this, this.#session());
    const { calls } = this.device;
    member.call = calls.invite({
      uri: to,
      from: `"The room" <${this.info.entity}>`,
      to: `<${to}>`,
      contact: this.name,
      contactParams: ";isfocus",
      headers,
      description: member.description("actpass"),
    }, member);
    return member;
  }

  get #resource(): string {
    return this.info.entity;
  }

  #document(): Uint8Array {
    const version = ++this.version;
    const { partial } = this;
    this.partial = null;
    if (partial === null) return writeConferenceInfo({ ...this.info, state: "full", version });
    return writeConferenceInfo({ ...partial, entity: this.info.entity, state: "partial", version });
  }

  #session(): number {
    return ++this.#sessions;
  }

  #take(transaction: ServerTransaction): void {
    const { request } = transaction;
    const { calls } = this.device;
    if (calls.owns(request)) return calls.handle(transaction);
    switch (request.method) {
      case "SUBSCRIBE":
        return this.events.handleSubscribe(transaction, { aor: "sip:alice@home.test" }, this.#resource);
      case "INVITE":
        return this.#enter(transaction);
      case "ACK":
        return;
      case "REGISTER":
        if (this.registrar !== 200) return reply(transaction, this.registrar);
        this.registered = true;
        return reply(transaction, 200, { headers: [["Contact", request.get("Contact")!]] });
      default:
        return reply(transaction, 405);
    }
  }

  #enter(transaction: ServerTransaction): void {
    const { request } = transaction;
    this.invites.push(request);
    const refusal = this.refusals.shift() ?? (this.registrarCounts && !this.registered ? 403 : undefined);
    if (refusal !== undefined) return reply(transaction, refusal);
    const member = this.member = new FakeMember(this, this.#session());
    const options = { contact: this.name, contactParams: ";isfocus" };
    member.call = this.device.calls.incoming(transaction, member, options);
    if (this.listens) member.start(new TextDecoder().decode(request.body), "passive");
    member.call.accept({ description: member.description("passive") });
  }

  // For members.

  newSession(id: string, uri: string): MsrpSession {
    const { time } = this.#network;
    return new MsrpSession({
      node: this.device.board,
      sessionId: id,
      uri,
      acceptTypes: ["message/cpim"],
      clock: time,
      timers: time.timers,
      user: {
        onMessage: ({ contentType, body }) => {
          this.said.push({ contentType, text: new TextDecoder().decode(body) });
          return 200;
        },
        onRequest: (request) => {
          this.nicknames.push(request.header("Use-Nickname") ?? "");
          return this.nicknameStatus;
        },
        onClosed() {},
      },
    });
  }

  refer(call: Call, transaction: ServerTransaction): void {
    const { request } = transaction;
    const [status, outcome] = this.referAnswers;
    if (status >= 300) {
      const head = responseHead(request, status, { toTag: call.dialog!.localTag });
      return void transaction.respond(status, head, new Uint8Array(0));
    }
    const refer = this.refers.accept(transaction, call)!;
    this.referred.push(request.get("Refer-To")!);
    refer.notify(outcome);
  }
}

/** A device in the room. */
export class FakeMember implements CallUser {
  call: Call | null = null;
  session: MsrpSession | null = null;
  ended: CallEnd | null = null;
  status = 0;
  readonly #focus: FakeFocus;
  readonly #id: string;
  readonly #uri: string;

  constructor(focus: FakeFocus, number: number) {
    this.#focus = focus;
    this.#id = `room${number}`;
    this.#uri = `msrp://${focus.device.host}:2855/${this.#id};tcp`;
    this.session = focus.newSession(this.#id, this.#uri);
  }

  description(setup: string): Description {
    const { host } = this.#focus.device;
    const lines = [
      `v=0\r\no=- 1 1 IN IP4 ${host}\r\ns=-\r\nc=IN IP4 ${host}\r\nt=0 0\r\nm=message 2855 TCP/MSRP *`,
      `a=path:${this.#uri}`,
      `a=accept-types:message/cpim\r\na=accept-wrapped-types:*\r\na=setup:${setup}`,
      "a=chatroom:nickname private-messages\r\n",
    ];
    return { contentType: "application/sdp", body: fromLatin1(lines.join("\r\n")) };
  }

  start(theirs: string, role: "active" | "passive"): void {
    const path = /^a=path:(\S+)/m.exec(theirs)?.[1];
    if (path !== undefined) this.session?.start(role, { path: [path] });
  }

  onAccepted(_call: Call, { body }: SipResponse): void {
    const answer = new TextDecoder().decode(body);
    this.start(answer, answer.includes("a=setup:passive") ? "active" : "passive");
  }
  onRefused(_call: Call, status: number): void {
    this.status = status;
  }
  onRequest(call: Call, transaction: ServerTransaction): void {
    if (transaction.request.method === "REFER") return this.#focus.refer(call, transaction);
    if (!this.#focus.refers.takes(call, transaction)) reply(transaction, 405);
  }
  onEnded(_call: Call, end: CallEnd): void {
    this.ended = end;
    this.session?.close("over");
  }
}
