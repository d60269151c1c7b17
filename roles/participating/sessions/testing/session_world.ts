import { Events } from "../../../../foundation/mod.ts";
import { fromLatin1, toLatin1 } from "../../../../foundation/mod.ts";
import { silentLog } from "../../../../foundation/mod.ts";
import {
  CallTable,
  type Destination,
  EventServer,
  parseMessage,
  type SipRequest,
  type SipResponse,
  type Uri,
  UserAgent,
} from "../../../../transport/sip/mod.ts";
import type { MsrpNode, MsrpTransport } from "../../../../transport/msrp/mod.ts";
import type { BridgeTap } from "../../../../transport/msrp/forward/mod.ts";
import { type MsrpMedia, parseSdp, readMsrpMedia } from "../../../../transport/payload/mod.ts";
import {
  addressOf,
  Core,
  type CoreEvents,
  type Element,
  type Exchange,
  insertBefore,
  publishElement,
  routingTable,
  userResource,
} from "../../../sip_core/mod.ts";
import { CoreWorld, Received, type Sent } from "../../../sip_core/testing/core_world.ts";
import { type AccessRules, OPEN_RULES } from "../../access.ts";
import { accessElement } from "../../access_element.ts";
import { contentRules } from "../../content_rules.ts";
import type { PagerEvents } from "../../pager_events.ts";
import { DEFAULT_PAGER } from "../../pager_settings.ts";
import type { OwnSide, SessionFallback } from "../../../session_media/mod.ts";
import { BridgedMedia } from "../bridged_media.ts";
import { LargeMessages } from "../large_messages.ts";
import { LargeToPager } from "../large_to_pager.ts";
import type { MediaListener, MediaNames, MediaParty, MediaPlane, Party, SessionMedia } from "../media_plane.ts";
import { PublishedSettings } from "../published_settings.ts";
import type { SessionDeps } from "../session_deps.ts";
import type { SessionEvents, Traffic } from "../session_events.ts";
import { SessionFunction } from "../session_function.ts";
import { DEFAULT_SESSIONS, type SessionSettings } from "../session_settings.ts";
import { Sessions } from "../sessions.ts";
import type { Subscriber } from "../../../../storage/mod.ts";
import { deferralOf } from "../../terminating.ts";
import type { Undelivered } from "../undelivered.ts";

/** Messages that pass as the test says. */
export class StillMedia implements SessionMedia {
  readonly told = new Map<Party, MediaParty>();
  readonly traffic: Record<Party, Traffic> = {
    inviter: { messages: 0, octets: 0 },
    invitee: { messages: 0, octets: 0 },
  };
  lastTraffic = 0;
  closed = false;
  watched: BridgeTap | null = null;
  /** Of one who leaves something is still on its way, until `drained` is called. */
  drains: Party | null = null;
  drained: (() => void) | null = null;
  /** As if they passed another thread. */
  elsewhere = false;
  readonly inviter: OwnSide;
  readonly invitee: OwnSide;
  readonly listener: MediaListener;
  readonly names: MediaNames;
  constructor(inviter: OwnSide, invitee: OwnSide, listener: MediaListener, names: MediaNames) {
    this.inviter = inviter;
    this.invitee = invitee;
    this.listener = listener;
    this.names = names;
  }
  sentBy(party: Party): Traffic {
    return this.traffic[party];
  }
  tell(party: Party, facts: MediaParty): void {
    this.told.set(party, facts);
  }
  watch(tap: BridgeTap | null): boolean {
    this.watched = tap;
    return !this.elsewhere;
  }
  drain(party: Party, done: () => void): void {
    if (this.drains === party) this.drained = done;
    else done();
  }
  close(): void {
    this.closed = true;
  }
  counted(done: (inviter: Traffic, invitee: Traffic) => void): void {
    done(this.traffic.inviter, this.traffic.invitee);
  }
}

export interface WorldOptions {
  readonly settings?: Partial<SessionSettings>;
  readonly access?: AccessRules;
  readonly fallbacks?: readonly SessionFallback[];
  /** MSRP doors that are open. */
  readonly doors?: readonly MsrpTransport[];
  readonly fingerprint?: boolean;
  /** What becomes of what is for users who do not want any now. Default: nobody is such. */
  readonly unwilling?: SessionDeps["unwilling"];
  /** What happens to messages of a user's. Default: nothing is stored, but what `undelivered` says. */
  readonly deferralOf?: SessionDeps["deferralOf"];
  /** Messages really pass through this node. Default: `opened` shows what would. */
  readonly node?: (world: SessionWorld) => MsrpNode;
  /** Where messages pass. Default: through `node`. */
  readonly media?: (world: SessionWorld) => MediaPlane;
  /** What stores messages that do not arrive. Default: nothing does. */
  readonly undelivered?: (world: SessionWorld) => Undelivered;
  readonly recorder?: SessionDeps["recorder"];
}

const AGENT = "application/sdp";

/** example.test with its participating function for sessions; users of other domains are known by their From. */
export class SessionWorld extends CoreWorld {
  readonly coreEvents = new Events<CoreEvents>(raise);
  readonly events = new Events<SessionEvents>(raise);
  readonly happened: string[] = [];
  readonly opened: StillMedia[] = [];
  readonly settings: SessionSettings;
  readonly published: PublishedSettings;
  readonly calls: CallTable;
  readonly sessions: Sessions;
  readonly core: Core;
  readonly deps: SessionDeps;
  /** Null: messages pass nowhere. */
  readonly node: MsrpNode | null;
  /** MESSAGEs that the participating function for pager mode was given. */
  readonly paged: Exchange[] = [];

  constructor(options: WorldOptions = {}) {
    super();
    const { services, metrics } = this;
    const { timers } = this.time;
    const { doors = ["tcp", "tls", "ws", "wss"], access = OPEN_RULES, fallbacks = [] } = options;
    this.settings = { ...DEFAULT_SESSIONS, requireLogin: false, ...options.settings };
    const agent = new UserAgent({ transactions: this, wires: this, locator: this, log: silentLog, metrics });
    this.calls = new CallTable({ agent, clock: this.time, timers, log: silentLog, metrics, random: () => 0.5 });
    this.published = new PublishedSettings({ clock: this.time, timers, metrics });
    const eventServer = new EventServer({ agent, clock: this.time, timers, log: silentLog, metrics });
    eventServer.acceptPublications(this.published.store);
    const node = this.node = options.node?.(this) ?? null;
    const still: MediaPlane = {
      doorsFor: () => this.deps.node,
      open: (inviter, invitee, listener, names) => {
        const opened = new StillMedia(inviter, invitee, listener, names);
        this.opened.push(opened);
        return opened;
      },
    };
    const page = (exchange: Exchange): void => {
      this.paged.push(exchange);
    };
    const plane = options.media?.(this) ??
      (node === null ? still : new BridgedMedia({ node, clock: this.time, timers, settings: this.settings }));
    const base = {
      services,
      settings: this.settings,
      hostFor: () => "",
      recorder: options.recorder,
      ownFingerprint: () => options.fingerprint === true ? { hash: "sha-256", value: "AA:BB" } : null,
    };
    const deps: SessionDeps = this.deps = {
      ...base,
      calls: this.calls,
      node: node ?? { uriFor: (id, transport, host) => doors.includes(transport) ? uriOf(id, transport, host) : null },
      media: plane,
      events: this.events,
      metrics,
      host: "example.test",
      access,
      fallbacks: node === null
        ? fallbacks
        : [new LargeToPager({ deps: base, node, pager: DEFAULT_PAGER, deliver: page })],
      published: this.published,
      undelivered: options.undelivered?.(this) ?? null,
      ...(options.undelivered !== undefined && { deferralOf: (user: Subscriber) => deferralOf(user, undefined) }),
      ...(options.deferralOf !== undefined && { deferralOf: options.deferralOf }),
      unwilling: options.unwilling,
    };
    this.sessions = new Sessions(deps);
    this.sessions.watch(this.coreEvents);
    const rows = new SessionFunction({ sessions: this.sessions, deps, published: this.published });
    const directory = { subscribers: this.subscribers, gruus: null };
    const authenticate: Element = (next) => (exchange) => {
      const { aor } = addressOf(exchange.request.from.uri);
      exchange.subscriber = this.users.get(aor) ?? null;
      exchange.identity = { aor, displayName: "", number: "" };
      next(exchange);
    };
    const pass: Element = (next) => next;
    const large = node === null ? null : new LargeMessages({ deps, node, pager: DEFAULT_PAGER });
    const table = routingTable(services, {
      directory,
      authenticate,
      registrar: (exchange) => exchange.reply(200),
      subscribe: pass,
      publish: publishElement(eventServer, userResource(directory, services)),
      contentRules: contentRules(DEFAULT_PAGER, "example.test", large),
      originating: pass,
      terminating: (next) => {
        const after = large === null ? next : large.element(page);
        return (exchange) => exchange.request.method === "MESSAGE" ? after(exchange) : next(exchange);
      },
    });
    const pager = { services, settings: DEFAULT_PAGER, events: new Events<PagerEvents>(raise) };
    const rules = accessElement({ ...pager, access, host: "example.test" });
    insertBefore(table, "terminating", { name: "access rules", element: rules });
    insertBefore(table, "target class", { name: "session originating", element: rows.originating });
    insertBefore(table, "proxy", { name: "session terminating", element: rows.terminating });
    this.core = new Core(services, table, directory, metrics, this.calls);
    for (const name of ["sessionStarted", "sessionPulledIn"] as const) {
      this.events.on(name, ({ from, to }) => this.happened.push(`${name} ${from} ${to}`));
    }
    this.events.on("sessionEnded", ({ why }) => this.happened.push(`sessionEnded ${why}`));
    this.events.on("sessionRefused", ({ status, by }) => this.happened.push(`sessionRefused ${status} ${by}`));
    this.user("alice");
    this.user("bob");
  }

  /** Addresses are found without DNS. */
  override locate(uri: Uri, done: (destinations: readonly Destination[]) => void): void {
    if (!/^[0-9.]+$/.test(uri.host)) return super.locate(uri, done);
    const transport = (uri.params.get("transport") ?? "udp") as Destination["transport"];
    done([{ transport, host: uri.host, port: uri.port || 5060, tlsName: "" }]);
  }

  /** An INVITE of alice's for bob, unless said otherwise. `sdp` null: without a body. */
  invite(sdp: string | null = offer(), facts: Partial<Parameters<CoreWorld["receive"]>[0]> = {}): Received {
    const { headers = "", uri = "sip:bob@example.test" } = facts;
    const type = sdp === null || /content-type:/i.test(headers) ? "" : `Content-Type: ${AGENT}\r\n`;
    const contact = "Contact: <sip:alice@198.51.100.9>\r\nAllow: INVITE, ACK, BYE, CANCEL, UPDATE, INFO, MESSAGE\r\n";
    const received = this.receive({
      ...facts,
      method: "INVITE",
      uri,
      headers: contact + headers + type,
      body: sdp ?? "",
    });
    this.core.onRequest(received);
    return received;
  }

  /** alice's next request in the dialog of an INVITE that was accepted. */
  within(invited: Received, method: string, headers = "", body = "", cseq = 2): Received {
    const { request, last } = invited;
    const target = /<([^>]*)>/.exec(last.get("Contact")!)![1];
    const head =
      `${method} ${target} SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.9:5060;branch=z9hG4bKd${method}${cseq}\r\n` +
      `Max-Forwards: 70\r\nFrom: ${request.get("From")}\r\nTo: ${last.get("To")}\r\nCall-ID: ${request.callId}\r\n` +
      `CSeq: ${method === "ACK" ? 1 : cseq} ${method}\r\nContact: <sip:alice@198.51.100.9>\r\n${headers}` +
      `Content-Length: ${body.length}\r\n\r\n`;
    return this.#receive(head, body, invited.flow);
  }

  /** The invitee's request in the dialog of an INVITE that we sent and it accepted. */
  from(sent: Sent, method: string, headers = "", body = "", cseq = 7): Received {
    const { request } = sent;
    const target = /<([^>]*)>/.exec(request.get("Contact")!)![1];
    const head =
      `${method} ${target} SIP/2.0\r\nVia: SIP/2.0/UDP 203.0.113.1:5060;branch=z9hG4bKe${method}${cseq}\r\n` +
      `Max-Forwards: 70\r\nFrom: ${request.get("To")};tag=uas${sent.branch.length}\r\nTo: ${request.get("From")}\r\n` +
      `Call-ID: ${request.callId}\r\nCSeq: ${cseq} ${method}\r\nContact: <sip:bob@203.0.113.1>\r\n${headers}` +
      `Content-Length: ${body.length}\r\n\r\n`;
    return this.#receive(head, body, sent.flow);
  }

  #receive(head: string, body: string, flow: Received["flow"]): Received {
    const received = new Received(parseMessage(head, fromLatin1(body)) as SipRequest, flow);
    this.core.onRequest(received);
    return received;
  }

  /** alice and bob's only device have a session. */
  session(sdp = offer(), answered = answer()): { invited: Received; sent: Sent; media: StillMedia } {
    if (this.bindings("sip:bob@example.test").length === 0) this.device("bob", "sip:bob@203.0.113.1");
    const invited = this.invite(sdp);
    const sent = this.sent[this.sent.length - 1];
    accept(sent, answered);
    this.within(invited, "ACK");
    return { invited, sent, media: this.opened[this.opened.length - 1] };
  }

  /** Requests of a method that we have sent. */
  requests(method: string): Sent[] {
    return this.sent.filter((sent) => sent.method === method);
  }
}

/** The device takes the invitation. */
export function accept(sent: Sent, sdp: string, headers = ""): void {
  const contact = "Contact: <sip:bob@203.0.113.1>\r\nAllow: INVITE, ACK, BYE, CANCEL, UPDATE, INFO, MESSAGE\r\n";
  sent.answer(200, `${contact}${headers}Content-Type: application/sdp\r\n`, undefined, fromLatin1(sdp));
}

/** The MSRP section of a message. */
export function mediaOf(message: SipRequest | SipResponse): MsrpMedia {
  const sdp = parseSdp(message.body);
  const section = sdp.media.find(({ media }) => media === "message")!;
  return readMsrpMedia(sdp, section);
}

export function textOf(message: { readonly body: Uint8Array }): string {
  return toLatin1(message.body);
}

export interface SdpFacts {
  readonly proto?: string;
  readonly path?: string;
  readonly types?: string;
  readonly port?: number;
  /** Further lines of the section. */
  readonly more?: readonly string[];
  /** Further sections. */
  readonly sections?: readonly string[];
  readonly version?: number;
}

/** An offer of alice's. */
export function offer(facts: SdpFacts = {}): string {
  return sdp("alice", { path: "msrp://198.51.100.9:7654/alice1;tcp", more: ["a=setup:actpass"], ...facts });
}

/** An answer of bob's. */
export function answer(facts: SdpFacts = {}): string {
  return sdp("bob", { path: "msrp://203.0.113.1:8888/bob1;tcp", more: ["a=setup:active"], ...facts });
}

function sdp(
  user: string,
  { proto = "TCP/MSRP", path, types = "*", port = 7654, more = [], ...rest }: SdpFacts,
): string {
  const lines = [
    "v=0",
    `o=${user} 1000 ${rest.version ?? 1} IN IP4 198.51.100.77`,
    "s=-",
    "c=IN IP4 198.51.100.77",
    "t=0 0",
    `m=message ${port} ${proto} *`,
    `a=path:${path}`,
    `a=accept-types:${types}`,
    ...more,
    ...rest.sections ?? [],
  ];
  return lines.map((line) => `${line}\r\n`).join("");
}

function uriOf(id: string, transport: MsrpTransport, host = "im.example.test"): string {
  const secure = transport === "tls" || transport === "wss";
  const wire = transport === "ws" || transport === "wss" ? "ws" : "tcp";
  return `${secure ? "msrps" : "msrp"}://${host}:${secure ? 2856 : 2855}/${id};${wire}`;
}

function raise(error: unknown): never {
  throw error;
}
