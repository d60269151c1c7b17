import { fromLatin1, silentLog } from "../../../../foundation/mod.ts";
import type { MsrpTransport } from "../../../../transport/msrp/mod.ts";
import {
  type MsrpMedia,
  parseMultipart,
  parseSdp,
  partHeader,
  readMsrpMedia,
} from "../../../../transport/payload/mod.ts";
import {
  CallTable,
  type Destination,
  parseMessage,
  Refers,
  type SipRequest,
  type SipResponse,
  type Uri,
  UserAgent,
} from "../../../../transport/sip/mod.ts";
import { addressOf, Core, type Element, insertBefore, routingTable } from "../../../sip_core/mod.ts";
import { CoreWorld, Received, type Sent } from "../../../sip_core/testing/core_world.ts";
import type { GrowingSession } from "../../../participating/mod.ts";
import { FakeRules } from "../../../participating/testing/fake_rules.ts";
import type { RoomRefusal, RoomSettings } from "../../policy/terms.ts";
import { REFUSALS } from "../../policy/exports.ts";
import { dialogsOf, Focus } from "../focus.ts";
import { DEFAULT_FOCUS, type FocusDeps, type FocusSettings } from "../focus_deps.ts";
import { FakePolicy, type FakeRoom, FakeRooms } from "./fake_rooms.ts";

export const FACTORY = "sip:conference-factory@example.test";
export const GROUP = "sip:chess@example.test";
const ALLOW = "Allow: INVITE, ACK, BYE, CANCEL, UPDATE, NOTIFY\r\n";

export const ROOM_SETTINGS: RoomSettings = {
  adhoc_size: 5,
  group_size: 500,
  max_rooms: 2000,
  per_user: 20,
  message_bytes: 5_242_880,
  history: 0,
  empty_seconds: 300,
  idle_seconds: 0,
  rejoin_seconds: 600,
  unused_hours: 0,
  private_from_public: true,
  public_age: 0,
  speech_uri: "",
  list_size: 500,
};

export interface FocusWorldOptions {
  readonly rules?: Partial<RoomSettings>;
  readonly settings?: Partial<FocusSettings>;
  readonly doors?: readonly MsrpTransport[];
  readonly deps?: Partial<FocusDeps>;
}

/** example.test with its focus, whose rooms and groups are the test's; alice, bob and carol live there. For tests only. */
export class FocusWorld extends CoreWorld {
  readonly rooms: FakeRooms;
  readonly rules = new FakeRules();
  readonly groups = new Map<string, FakePolicy>();
  /** What reading a group's document gives in its place. */
  unreadable: Error | RoomRefusal | null = null;
  readonly calls: CallTable;
  readonly refers: Refers;
  readonly focus: Focus;
  readonly core: Core;
  readonly settings: RoomSettings;
  /** By what names them, of whom. */
  readonly growing = new Map<string, GrowingSession & { readonly by: string }>();
  /** Requests that went past the focus. */
  readonly passed: SipRequest[] = [];
  #cseq = 10;
  /** CSeq of the last re-INVITE of a dialog. */
  readonly #invites = new Map<Received, number>();

  constructor(options: FocusWorldOptions = {}) {
    super();
    const { services, metrics, time } = this;
    const { timers } = time;
    const { doors = ["tcp", "tls", "ws", "wss"] } = options;
    this.settings = { ...ROOM_SETTINGS, ...options.rules };
    this.rooms = new FakeRooms(this.settings);
    const agent = new UserAgent({ transactions: this, wires: this, locator: this, log: silentLog, metrics });
    this.calls = new CallTable({
      agent,
      clock: time,
      timers,
      log: silentLog,
      metrics,
      random: () => 0.5,
      supported: ["pref", "privacy", "recipient-list-invite", "multiple-refer"],
    });
    this.refers = new Refers({ agent, clock: time, timers, metrics });
    this.focus = new Focus({
      services,
      calls: this.calls,
      refers: this.refers,
      node: { uriFor: (id, transport, host) => doors.includes(transport) ? uriOf(id, transport, host) : null },
      rooms: this.rooms,
      policies: {
        isGroup: (uri) => this.groups.has(uri),
        policyOf: (uri) => this.#policyOf(uri),
      },
      rules: this.settings,
      settings: { ...DEFAULT_FOCUS, ...options.settings },
      types: () => ["*"],
      access: this.rules,
      subscriber: (aor) => this.users.get(aor),
      byNumber: (number) => this.subscribers.byNumber(number),
      published: null,
      sessions: {
        legToward: (value, by) => {
          const found = this.growing.get(value);
          return found?.by === by ? found : null;
        },
      },
      metrics,
      host: "example.test",
      ownFingerprint: () => null,
      hostFor: () => "",
      ...options.deps,
    });
    const directory = { subscribers: this.subscribers, gruus: null };
    const authenticate: Element = (next) => (exchange) => {
      const { aor, domain } = addressOf(exchange.request.from.uri);
      exchange.subscriber = this.users.get(aor) ?? null;
      if (domain !== "stranger.test") {
        exchange.identity = { aor, displayName: exchange.request.from.displayName, number: "" };
      }
      next(exchange);
    };
    const pass: Element = (next) => next;
    const table = routingTable(services, {
      directory,
      authenticate,
      registrar: (exchange) => exchange.reply(200),
      subscribe: pass,
      publish: pass,
      contentRules: pass,
      originating: pass,
      terminating: pass,
    });
    const note: Element = (next) => (exchange) => {
      this.passed.push(exchange.request);
      next(exchange);
    };
    insertBefore(table, "target class", { name: "focus", element: this.focus.element }, {
      name: "note",
      element: note,
    });
    this.core = new Core(services, table, directory, metrics, dialogsOf(this.calls, this.refers));
    for (const name of ["alice", "bob", "carol"]) this.user(name);
  }

  async #policyOf(uri: string): Promise<FakePolicy | RoomRefusal> {
    await Promise.resolve();
    if (this.unreadable instanceof Error) throw this.unreadable;
    return this.unreadable ?? this.groups.get(uri) ?? REFUSALS.noGroup;
  }

  override locate(uri: Uri, done: (destinations: readonly Destination[]) => void): void {
    if (!/^[0-9.]+$/.test(uri.host)) return super.locate(uri, done);
    const transport = (uri.params.get("transport") ?? "udp") as Destination["transport"];
    done([{ transport, host: uri.host, port: uri.port || 5060, tlsName: "" }]);
  }

  /** Somebody's INVITE. `list`: the URIs, as entries or as whole `<entry …>` elements. `sdp` null: no offer. */
  invite(
    uri: string,
    { sdp = offer(), list, from = "alice", headers = "", contact }: {
      sdp?: string | null;
      list?: readonly string[];
      from?: string;
      headers?: string;
      contact?: string;
    } = {},
  ): Received {
    const user = from.includes("@") ? from : `sip:${from}@example.test`;
    const name = /:([^@]*)@/.exec(user)![1];
    const lines = `Contact: ${contact ?? `<sip:${name}@198.51.100.9>;+g.oma.sip-im`}\r\n${ALLOW}${headers}`;
    const body = list === undefined
      ? sdp ?? ""
      : `--b\r\nContent-Type: application/sdp\r\n\r\n${sdp ?? ""}\r\n${listPart(list)}`;
    const type = list !== undefined
      ? 'Content-Type: multipart/mixed;boundary="b"\r\n'
      : sdp === null || /content-type:/i.test(headers)
      ? ""
      : "Content-Type: application/sdp\r\n";
    const received = this.receive({ method: "INVITE", uri, from: user, headers: lines + type, body });
    this.core.onRequest(received);
    return received;
  }

  /** The inviter's next request in the dialog of an INVITE that was accepted. */
  within(invited: Received, method: string, headers = "", body = ""): Received {
    const { request } = invited;
    const last = invited.responses.at(-1)!;
    const target = /<([^>]*)>/.exec(last.get("Contact")!)![1];
    const cseq = method === "ACK" ? this.#invites.get(invited) ?? 1 : ++this.#cseq;
    if (method === "INVITE") this.#invites.set(invited, cseq);
    const head =
      `${method} ${target} SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.9:5060;branch=z9hG4bKd${method}${cseq}\r\n` +
      `Max-Forwards: 70\r\nFrom: ${request.get("From")}\r\nTo: ${last.get("To")}\r\nCall-ID: ${request.callId}\r\n` +
      `CSeq: ${cseq} ${method}\r\nContact: <sip:alice@198.51.100.9>\r\n${headers}` +
      `Content-Length: ${body.length}\r\n\r\n`;
    return this.#take(head, body, invited.flow);
  }

  /** The invitee's request in the dialog of an INVITE that we sent and it accepted. */
  from(sent: Sent, method: string, headers = "", body = ""): Received {
    const { request } = sent;
    const target = /<([^>]*)>/.exec(request.get("Contact")!)![1];
    const cseq = ++this.#cseq;
    const head =
      `${method} ${target} SIP/2.0\r\nVia: SIP/2.0/UDP 203.0.113.1:5060;branch=z9hG4bKe${method}${cseq}\r\n` +
      `Max-Forwards: 70\r\nFrom: ${request.get("To")};tag=uas${sent.branch.length}\r\nTo: ${request.get("From")}\r\n` +
      `Call-ID: ${request.callId}\r\nCSeq: ${cseq} ${method}\r\nContact: <sip:bob@203.0.113.1>\r\n${headers}` +
      `Content-Length: ${body.length}\r\n\r\n`;
    return this.#take(head, body, sent.flow);
  }

  /** A request outside of any dialog, with these lines. */
  outside(method: string, uri: string, headers: string, body = "", from = "sip:alice@example.test"): Received {
    const lines = `Contact: <sip:alice@198.51.100.9>\r\n${headers}`;
    const received = this.receive({ method, uri, from, headers: lines, body });
    this.core.onRequest(received);
    return received;
  }

  /** alice begins a chat with these, whose devices are at 203.0.113.n. Her ACK is there. */
  chat(...names: string[]): { invited: Received; room: FakeRoom; asked: Sent[] } {
    for (const name of names) if (this.bindings(`sip:${name}@example.test`).length === 0) this.register(name);
    const before = this.requests("INVITE").length;
    const invited = this.invite(FACTORY, { list: names.map((name) => `sip:${name}@example.test`) });
    this.within(invited, "ACK");
    return { invited, room: this.rooms.made.at(-1)!, asked: this.requests("INVITE").slice(before) };
  }

  register(name: string, facts: Parameters<CoreWorld["device"]>[2] = {}): void {
    this.device(name, `sip:${name}@203.0.113.${1 + this.places.size}`, facts);
  }

  requests(method: string): Sent[] {
    return this.sent.filter((sent) => sent.method === method);
  }

  /** Turns of the event loop: what waits for a promise happens. */
  async quiet(): Promise<void> {
    for (let i = 0; i < 4; i++) await new Promise((resolve) => setImmediate(resolve));
  }

  #take(head: string, body: string, flow: Received["flow"]): Received {
    const received = new Received(parseMessage(head, fromLatin1(body)) as SipRequest, flow);
    this.core.onRequest(received);
    return received;
  }
}

/** A device takes our invitation. */
export function take(sent: Sent, sdp = answer(), headers = ""): void {
  const contact = `Contact: <${sent.request.uri}>\r\n${ALLOW}`;
  sent.answer(200, `${contact}${headers}Content-Type: application/sdp\r\n`, undefined, fromLatin1(sdp));
}

/** The MSRP section of a message, inside of a multipart body too. */
export function mediaOf(message: SipRequest | SipResponse): MsrpMedia {
  const sdp = parseSdp(partOf(message, "application/sdp"));
  const section = sdp.media.find(({ media }) => media === "message")!;
  return readMsrpMedia(sdp, section);
}

/** The part of that type; of no length where there is none. */
export function partOf(message: SipRequest | SipResponse, type: string): Uint8Array {
  const contentType = message.get("Content-Type") ?? "";
  if (!contentType.startsWith("multipart/")) return contentType === type ? message.body : new Uint8Array(0);
  const parts = parseMultipart(contentType, message.body);
  return parts.find((part) => partHeader(part, "Content-Type") === type)?.body ?? new Uint8Array(0);
}

/** A list as the last part of a multipart body with the boundary `b`. */
export function listPart(list: readonly string[], id = ""): string {
  const entries = list.map((uri) => uri.startsWith("<") ? uri : `<entry uri="${uri}" cp:copyControl="to"/>`).join("");
  return "--b\r\nContent-Type: application/resource-lists+xml\r\nContent-Disposition: recipient-list\r\n" +
    `${id === "" ? "" : `Content-ID: <${id}>\r\n`}\r\n` +
    '<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists" xmlns:cp="urn:ietf:params:xml:ns:copycontrol">' +
    `<list>${entries}</list></resource-lists>\r\n--b--\r\n`;
}

export interface SdpFacts {
  readonly media?: string;
  readonly path?: string;
  readonly types?: string;
  readonly version?: number;
  readonly more?: readonly string[];
}

export function offer(facts: SdpFacts = {}): string {
  return sdp("alice", { path: "msrp://198.51.100.9:7654/alice1;tcp", more: ["a=setup:actpass"], ...facts });
}

export function answer(facts: SdpFacts = {}): string {
  return sdp("bob", { path: "msrp://203.0.113.1:8888/bob1;tcp", more: ["a=setup:active"], ...facts });
}

function sdp(
  user: string,
  { media = "message 7654 TCP/MSRP *", path, types = "message/cpim", ...rest }: SdpFacts,
): string {
  const lines = [
    "v=0",
    `o=${user} 1000 ${rest.version ?? 1} IN IP4 198.51.100.77`,
    "s=-",
    "c=IN IP4 198.51.100.77",
    "t=0 0",
    `m=${media}`,
    ...media.startsWith("message") ? [`a=path:${path}`, `a=accept-types:${types}`] : [],
    ...rest.more ?? [],
  ];
  return lines.map((line) => `${line}\r\n`).join("");
}

function uriOf(id: string, transport: MsrpTransport, host = "im.example.test"): string {
  const secure = transport === "tls" || transport === "wss";
  const wire = transport === "ws" || transport === "wss" ? "ws" : "tcp";
  return `${secure ? "msrps" : "msrp"}://${host}:${secure ? 2856 : 2855}/${id};${wire}`;
}
