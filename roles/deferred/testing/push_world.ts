import { setImmediate } from "node:timers";
import { fromLatin1, Metrics, silentLog, utf8 } from "../../../foundation/mod.ts";
import {
  CallTable,
  type Destination,
  parseMessage,
  type SipRequest,
  type Uri,
  UserAgent,
} from "../../../transport/sip/mod.ts";
import { MemoryDuplex, type MsrpTransport, Switchboard } from "../../../transport/msrp/mod.ts";
import {
  type IncomingMessage,
  type IncomingStream,
  MsrpSession,
  type SessionUser,
  type StreamSink,
} from "../../../transport/msrp/session/mod.ts";
import { type MsrpMedia, parseCpim, parseSdp, readMsrpMedia } from "../../../transport/payload/mod.ts";
import type { DeferredMessage } from "../../../storage/mod.ts";
import type { CoreEvents } from "../../sip_core/mod.ts";
import { CoreWorld, Received, type Sent } from "../../sip_core/testing/core_world.ts";
import type { Binding } from "../../sip_core/mod.ts";
import { Events } from "../../../foundation/mod.ts";
import { DeferredDelivery, type DeferredDeps } from "../deferred_delivery.ts";
import type { DeferredEvents } from "../deferred_events.ts";
import { DEFAULT_PUSH_SETTINGS, PushLoad } from "../../session_media/mod.ts";
import { DEFAULT_DEFERRAL } from "../stored_message.ts";
import { MemoryContents } from "./memory_contents.ts";
import { MemoryStore } from "./memory_store.ts";

export const BOB = "sip:bob@example.test";
export const ALICE = "sip:alice@example.test";

/** A device's end of a session: writes down what comes. For tests only. */
export class DeviceEnd implements SessionUser {
  readonly bodies: Uint8Array[] = [];
  readonly ids: string[] = [];
  readonly streams: Uint8Array[] = [];
  session!: MsrpSession;
  closed = "";
  /** What it answers to a message, by its number. */
  answers: (count: number) => number = () => 200;
  readonly reports: number[] = [];

  onMessage(message: IncomingMessage): number {
    const status = this.answers(this.bodies.length);
    if (status === 200) {
      this.bodies.push(message.body.slice());
      this.ids.push(message.messageId);
    }
    return status;
  }
  onStream(stream: IncomingStream): StreamSink {
    const octets = new Uint8Array(stream.total);
    this.ids.push(stream.messageId);
    return {
      write: (piece, offset) => octets.set(piece, offset),
      end: () => {
        const status = this.answers(this.bodies.length);
        if (status === 200) {
          this.streams.push(octets);
          this.bodies.push(octets);
        }
        return status;
      },
      abort: () => {},
    };
  }
  onClosed(reason: string): void {
    this.closed = reason;
  }
  /** Texts inside of their wrappers, in order. */
  get texts(): string[] {
    return this.bodies.map((body) => new TextDecoder().decode(parseCpim(body).body));
  }
}

export interface PushWorldOptions extends Partial<Omit<DeferredDeps, "services" | "coreEvents" | "metrics">> {
  /** MSRP doors of the box. */
  readonly doors?: readonly MsrpTransport[];
  readonly memory?: MemoryStore;
}

/** Deferred delivery with calls and MSRP, both through memory. For tests only. */
export class PushWorld extends CoreWorld {
  readonly coreEvents = new Events<CoreEvents>(raise);
  readonly events = new Events<DeferredEvents>(raise);
  readonly store: MemoryStore;
  readonly contents = new MemoryContents();
  readonly calls: CallTable;
  readonly board: Switchboard;
  /** The devices' node. */
  readonly devices: Switchboard;
  readonly delivery: DeferredDelivery;
  readonly onward: { readonly text: string; readonly user: string; readonly done: (status: number) => void }[] = [];
  readonly cuts: (() => void)[] = [];
  readonly told: string[] = [];
  #stored = 0;
  #inside = 6;
  /** What the device answered last. */
  answered = "";

  constructor(options: PushWorldOptions = {}) {
    super();
    const { services, metrics, time } = this;
    const { doors = ["tcp"], memory = new MemoryStore(), ...deps } = options;
    this.store = memory;
    const agent = new UserAgent({ transactions: this, wires: this, locator: this, log: silentLog, metrics });
    this.calls = new CallTable({ agent, clock: time, timers: time.timers, log: silentLog, metrics, random: () => 0.5 });
    this.board = this.#node(doors);
    this.devices = this.#node([]);
    this.delivery = new DeferredDelivery({
      services,
      store: this.store,
      settings: DEFAULT_DEFERRAL,
      coreEvents: this.coreEvents,
      events: this.events,
      metrics,
      ...deps,
    });
    this.delivery.sessions = {
      services,
      calls: this.calls,
      node: this.board,
      contents: this.contents,
      settings: DEFAULT_PUSH_SETTINGS,
      load: new PushLoad((work) => void setImmediate(work)),
      ownFingerprint: () => null,
      hostFor: () => "",
      onward: (cpim, user, done) => void this.onward.push({ text: new TextDecoder().decode(cpim), user, done }),
    };
    this.events.on("deferredDelivered", ({ id, device }) => this.told.push(`delivered ${id} ${device}`));
    this.events.on("deferredRefused", ({ id, status }) => this.told.push(`refused ${id} ${status}`));
    this.events.on("deferredUnwrapped", ({ id }) => this.told.push(`unwrapped ${id}`));
    this.user("bob");
  }

  /** Something waits for bob. */
  async stored(parts: Partial<DeferredMessage> & { text?: string } = {}): Promise<void> {
    const { text = "hello", ...rest } = parts;
    const now = this.time.now() + this.#stored;
    const headers = `From: "Alice" <${ALICE}>\r\nTo: <${BOB}>\r\nP-Asserted-Identity: <${ALICE}>\r\n` +
      `Date: ${new Date(this.time.now()).toUTCString()}\r\nContent-Type: text/plain;charset=UTF-8\r\n`;
    const message: DeferredMessage = {
      recipient: BOB,
      device: "",
      sender: ALICE,
      arrivedAt: now,
      expiresAt: now + 86_400_000,
      transaction: `t${this.#stored++}`,
      headers,
      body: utf8(text),
      mode: "session",
      messageId: "",
      ...rest,
    };
    await new Promise((resolve) => this.delivery.post(message, resolve));
  }

  /** bob's device registers. */
  register(host = "203.0.113.1", facts: Partial<Binding> = {}): Binding {
    const contact = `sip:bob@${host}`;
    this.places.set(BOB, this.bindings(BOB).filter((binding) => binding.contact !== contact));
    const first = this.bindings(BOB).length === 0;
    const binding = this.device("bob", contact, { transport: "tcp", params: ";+g.oma.sip-im", ...facts });
    this.coreEvents.emit("registered", { aor: BOB, binding, first, at: this.time.now() });
    return binding;
  }

  /** The device takes the session and connects. */
  async take(sent: Sent, facts: Partial<DeviceFacts> = {}): Promise<DeviceEnd> {
    const { types = "message/cpim", wrapped = "*", more = [], connects = true } = facts;
    const end = facts.end ?? new DeviceEnd();
    const id = `d${this.cuts.length}${Math.floor(this.time.monotonic())}x${this.sent.length}`;
    const uri = `msrp://203.0.113.1:8888/${id};tcp`;
    const offer = mediaOf(sent.request);

    const sdp = [
      "v=0",
      "o=bob 1 1 IN IP4 203.0.113.1",
      "s=-",
      "c=IN IP4 203.0.113.1",
      "t=0 0",
      "m=message 8888 TCP/MSRP *",
      `a=path:${uri}`,
      `a=accept-types:${types}`,
      ...(wrapped === "" ? [] : [`a=accept-wrapped-types:${wrapped}`]),
      "a=setup:active",
      ...more,
    ].map((line) => `${line}\r\n`).join("");
    this.answered = sdp;
    end.session = new MsrpSession({
      node: this.devices,
      sessionId: id,
      uri,
      acceptTypes: ["*"],
      user: end,
      clock: this.time,
      timers: this.time.timers,
      limits: facts.whole === undefined ? {} : { whole: facts.whole },
    });
    const contact = `Contact: <${sent.request.uri}>\r\nAllow: INVITE, ACK, BYE, CANCEL\r\n`;
    sent.answer(200, `${contact}Content-Type: application/sdp\r\n`, undefined, fromLatin1(sdp));
    if (connects) end.session.start("active", { path: offer.path });
    await this.quiet();
    return end;
  }

  /** The device's BYE. */
  leave(sent: Sent): Received {
    return this.inside(sent, "BYE", "");
  }

  /** A request of the device in the dialog of our INVITE. */
  inside(sent: Sent, method: string, sdp: string): Received {
    const { request } = sent;
    const target = /<([^>]*)>/.exec(request.get("Contact")!)![1];
    const type = sdp === "" ? "" : "Content-Type: application/sdp\r\n";
    const cseq = ++this.#inside;
    const head = `${method} ${target} SIP/2.0\r\nVia: SIP/2.0/UDP 203.0.113.1:5060;branch=z9hG4bKin${cseq}\r\n` +
      `Max-Forwards: 70\r\nFrom: ${request.get("To")};tag=uas${sent.branch.length}\r\nTo: ${request.get("From")}\r\n` +
      `Call-ID: ${request.callId}\r\nCSeq: ${cseq} ${method}\r\nContact: <${request.uri}>\r\n${type}` +
      `Content-Length: ${sdp.length}\r\n\r\n`;
    const received = new Received(parseMessage(head, fromLatin1(sdp)) as SipRequest, sent.flow);
    if (this.calls.owns(received.request)) this.calls.handle(received);
    // What accepts an INVITE waits for its ACK.
    if (method === "INVITE") this.#ack(received);
    return received;
  }

  #ack({ request, flow }: Received): void {
    const head = request.head.replace(/^INVITE/, "ACK").replace(/(CSeq: \d+) INVITE/, "$1 ACK")
      .replace(/Content-Type: .*\r\n/, "").replace(/Content-Length: \d+/, "Content-Length: 0");
    const ack = new Received(parseMessage(head, new Uint8Array(0)) as SipRequest, flow);
    if (this.calls.owns(ack.request)) this.calls.handle(ack);
  }

  requests(method: string): Sent[] {
    return this.sent.filter((sent) => sent.method === method);
  }
  last(method: string): Sent {
    return this.requests(method).at(-1)!;
  }

  /** Everything that is ready happens: all of it is memory, which turns of the event loop move. */
  async quiet(): Promise<void> {
    for (let i = 0; i < 6; i++) await new Promise((resolve) => setImmediate(resolve));
  }
  async pass(ms: number): Promise<void> {
    const step = ms > 5_000 ? 2_500 : 500;
    for (let left = ms; left > 0; left -= step) {
      this.time.advance(Math.min(step, left));
      await this.quiet();
    }
  }

  override locate(uri: Uri, done: (destinations: readonly Destination[]) => void): void {
    const transport = (uri.params.get("transport") ?? "tcp") as Destination["transport"];
    done([{ transport, host: uri.host, port: uri.port || 5060, tlsName: "" }]);
  }

  #node(doors: readonly MsrpTransport[]): Switchboard {
    return new Switchboard({
      clock: this.time,
      timers: this.time.timers,
      log: silentLog,
      metrics: new Metrics(),
      dialer: {
        dial: (_transport, to) => {
          const [near, far] = MemoryDuplex.pair({ host: "203.0.113.1", port: 40_000 }, to, { transport: "tcp" });
          this.cuts.push(() => near.destroy());
          queueMicrotask(() => this.board.accept(far));
          return near;
        },
      },
      doors: doors.map((transport) => ({ transport, advertised: { host: "im.example.test", port: 2855 } })),
    });
  }
}

export interface DeviceFacts {
  readonly types: string;
  readonly wrapped: string;
  /** Further lines of its answer's section. */
  readonly more: readonly string[];
  /** It comes to our door. */
  readonly connects: boolean;
  readonly whole: number;
  readonly end: DeviceEnd;
}

/** The MSRP section of an offer. */
export function mediaOf(message: SipRequest): MsrpMedia {
  const sdp = parseSdp(message.body);
  return readMsrpMedia(sdp, sdp.media[0]);
}

function raise(error: unknown): never {
  throw error;
}
