import { setImmediate } from "node:timers";
import { Events, fromLatin1, Metrics, silentLog, utf8 } from "../../../../foundation/mod.ts";
import { MemoryDuplex, Switchboard } from "../../../../transport/msrp/mod.ts";
import {
  type BodySource,
  MsrpSession,
  type OutgoingMessage,
  type SessionUser,
} from "../../../../transport/msrp/session/mod.ts";
import { type MsrpMedia, parseSdp, readMsrpMedia } from "../../../../transport/payload/mod.ts";
import {
  type Call,
  CallTable,
  type Destination,
  parseMessage,
  type SipRequest,
  type Uri,
  UserAgent,
} from "../../../../transport/sip/mod.ts";
import { type CoreEvents, Exchange } from "../../../sip_core/mod.ts";
import { CoreWorld, Received } from "../../../sip_core/testing/core_world.ts";
import { contactParams, readSessionBody, type SessionKind, type Untaken } from "../../../session_media/mod.ts";
import type { DeferredEvents } from "../../deferred_events.ts";
import { DEFAULT_DEFERRAL } from "../../stored_message.ts";
import { type ContentPolicy, DEFAULT_INTAKE, type IntakeDeps, type IntakeSettings } from "../intake_deps.ts";
import { SessionIntake } from "../session_intake.ts";
import { FakeContents, FakePost } from "./fake_store.ts";

const ALICE = "sip:alice@example.test";
export const BOB = "sip:bob@example.test";

/** What became of a message that was sent, in order: `200`, `413 reason`, `delivered`. */
export class Sender implements SessionUser {
  readonly told: string[] = [];
  closed = "";
  session!: MsrpSession;
  onMessage(): number {
    return 200;
  }
  onClosed(reason: string): void {
    this.closed = reason;
  }
  say(
    body: string | Uint8Array | BodySource,
    facts: Partial<Parameters<MsrpSession["send"]>[0]> = {},
  ): OutgoingMessage {
    const name = facts.messageId ?? `m${this.#next++}xxxx`;
    return this.session.send({
      contentType: "text/plain",
      body: typeof body === "string" ? utf8(body) : body,
      messageId: name,
      user: {
        onSent: () => this.told.push(`${name} sent`),
        onDelivered: () => this.told.push(`${name} delivered`),
        onFailed: (_message, status, comment) => this.told.push(`${name} ${status} ${comment}`.trim()),
      },
      ...facts,
    })!;
  }
  #next = 1;
}

export interface InviteFacts {
  readonly kind?: SessionKind;
  /** Lines of the section beside path and types. */
  readonly more?: readonly string[];
  /** Lines of the INVITE, each with CRLF. */
  readonly headers?: string;
  readonly from?: string;
  /** A recipient of another domain: no subscriber of ours. */
  readonly elsewhere?: boolean;
  readonly status?: number;
  readonly storable?: boolean;
  /** Devices were asked; without it where one is there. */
  readonly asked?: boolean;
  /** When the invitation came; without it now. */
  readonly since?: number;
  /** Only the device with this instance is meant. */
  readonly device?: string;
}

/** An invitation that was given to the function. */
export interface Invited {
  readonly received: Received;
  readonly call: Call;
  readonly taken: boolean;
  readonly untaken: Untaken;
}

/** The box as the end of MSRP sessions for bob, who is not there; octets go through memory, calls are real. */
export class IntakeWorld extends CoreWorld {
  readonly coreEvents = new Events<CoreEvents>(raise);
  readonly events = new Events<DeferredEvents>(raise);
  readonly quotaTold: string[] = [];
  readonly post = new FakePost();
  readonly contents = new FakeContents();
  readonly settings: { -readonly [K in keyof IntakeSettings]: IntakeSettings[K] };
  readonly calls: CallTable;
  readonly box: Switchboard;
  readonly theirs: Switchboard;
  readonly intake: SessionIntake;
  /** Each cuts one connection, in the order in which they were made. */
  readonly cuts: (() => void)[] = [];
  storesForOthers = false;
  /** bob wants things kept. */
  wanted = true;
  /** Octets of one message; of `image/*` none. */
  limit = 200_000_000;
  #invited = 0;

  /** `more`: what is not to be held still. */
  constructor(settings: Partial<IntakeSettings> = {}, more: Partial<IntakeDeps> = {}) {
    super();
    const { services, metrics, time } = this;
    this.settings = { ...DEFAULT_INTAKE, ...settings };
    const agent = new UserAgent({ transactions: this, wires: this, locator: this, log: silentLog, metrics });
    this.calls = new CallTable({
      agent,
      clock: time,
      timers: time.timers,
      log: silentLog,
      metrics,
      random: () => 0.5,
      supported: ["recipient-list-invite"],
    });
    this.box = this.#node(true);
    this.theirs = this.#node(false);
    const policy: ContentPolicy = {
      admitted: (types) => types,
      limitFor: (type) => type.startsWith("image/") ? 0 : this.limit,
      largest: () => this.limit,
    };
    this.intake = new SessionIntake({
      services,
      node: this.box,
      deferred: this.post,
      store: this.post,
      contents: this.contents,
      deferral: DEFAULT_DEFERRAL,
      policy,
      settings: this.settings,
      hostFor: () => "",
      ownFingerprint: () => null,
      host: "example.test",
      coreEvents: this.coreEvents,
      events: this.events,
      metrics,
      mayStand: () => true,
      stillWanted: () => this.wanted,
      deferralOf: ({ deferral }) => deferral,
      storesForOthers: () => this.storesForOthers,
      ...more,
    });
    this.events.on("deferredQuota", ({ recipient, limit }) => this.quotaTold.push(`${recipient} ${limit}`));
    this.user("alice");
    this.user("bob");
  }

  override locate(uri: Uri, done: (destinations: readonly Destination[]) => void): void {
    if (!/^[0-9.]+$/.test(uri.host)) return super.locate(uri, done);
    done([{ transport: "udp", host: uri.host, port: uri.port || 5060, tlsName: "" }]);
  }

  /** Nobody took an INVITE of alice's for bob. */
  invite(facts: InviteFacts = {}): Invited {
    const { kind = "session", more = [], headers = "", from = ALICE, status = 480, storable = true } = facts;
    const id = ++this.#invited;
    const received = this.receive({
      method: "INVITE",
      uri: BOB,
      from,
      headers: `Contact: <sip:alice@198.51.100.9>\r\n${headers}Content-Type: application/sdp\r\n`,
      body: offer(`msrp://198.51.100.9:7654/alice${id};tcp`, more),
    });
    const exchange = new Exchange(received);
    exchange.identity = { aor: from, displayName: "", number: "" };
    exchange.subscriber = this.users.get(ALICE)!;
    exchange.storable = storable;
    exchange.device = facts.device ?? "";
    const call = this.calls.incoming(received, { onEnded: () => {} }, { contactParams: contactParams(kind) });
    const reading = readSessionBody({ contentType: "application/sdp", body: received.request.body });
    const recipient = facts.elsewhere === true ? null : this.users.get(BOB)!;
    const body = reading.kind === "session" ? reading.body : null;
    const { asked = this.services.location.bindings(BOB).length > 0 } = facts;
    const untaken: Untaken = {
      exchange,
      to: BOB,
      recipient,
      kind,
      body,
      status,
      asked,
      since: facts.since ?? this.time.now(),
    };
    return { received, call, untaken, taken: this.intake.take(call, untaken) };
  }

  /** The sender's end of it: ACK, and MSRP from now on. */
  join(
    { received }: Pick<Invited, "received">,
    limits: ConstructorParameters<typeof MsrpSession>[0]["limits"] = {},
  ): Sender {
    const user = new Sender();
    const uri = /^a=path:(.*)\r$/m.exec(textOf(received.request.body))![1];
    this.within(received, "ACK");
    user.session = new MsrpSession({
      node: this.theirs,
      sessionId: /\/([^;]*);/.exec(uri.slice(8))![1],
      uri,
      acceptTypes: ["*"],
      user,
      clock: this.time,
      timers: this.time.timers,
      limits,
    });
    user.session.start("active", { path: mediaOf(received.last).path });
    return user;
  }

  /** alice's next request in the dialog. */
  within(invited: Received, method: string, headers = "", body = "", cseq = 2): Received {
    const { request, last } = invited;
    const target = /<([^>]*)>/.exec(last.get("Contact")!)![1];
    const head =
      `${method} ${target} SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.9:5060;branch=z9hG4bKd${method}${cseq}${request.callId}\r\n` +
      `Max-Forwards: 70\r\nFrom: ${request.get("From")}\r\nTo: ${last.get("To")}\r\nCall-ID: ${request.callId}\r\n` +
      `CSeq: ${method === "ACK" ? 1 : cseq} ${method}\r\nContact: <sip:alice@198.51.100.9>\r\n${headers}` +
      `Content-Length: ${body.length}\r\n\r\n`;
    const received = new Received(parseMessage(head, fromLatin1(body)) as SipRequest, invited.flow);
    this.calls.handle(received);
    return received;
  }

  /** Reasons of the BYEs that the box sent. */
  get byes(): string[] {
    return this.sent.filter(({ method }) => method === "BYE").map(({ request }) => request.get("Reason") ?? "");
  }

  /** bob registers a device. */
  online(instance = ""): void {
    const binding = this.device("bob", "sip:bob@203.0.113.1", { instance });
    this.coreEvents.emit("registered", { aor: BOB, binding, first: true, at: this.time.now() });
  }

  /** Lets everything that is on its way arrive. */
  async quiet(turns = 3): Promise<void> {
    for (let turn = 0; turn < turns; turn++) {
      for (let i = 0; i < 60; i++) await new Promise((resolve) => queueMicrotask(() => resolve(null)));
      // Memory lets others have their turn now and then.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #node(isBox: boolean): Switchboard {
    return new Switchboard({
      clock: this.time,
      timers: this.time.timers,
      log: silentLog,
      metrics: new Metrics(),
      dialer: {
        dial: (_transport, to) => {
          const from = { host: "198.51.100.9", port: 40_000 };
          const [near, far] = MemoryDuplex.pair(from, to, { transport: "tcp", hasFingerprint: () => false });
          (isBox ? this.theirs : this.box).accept(far);
          this.cuts.push(() => near.destroy());
          return near;
        },
      },
      doors: isBox ? [{ transport: "tcp", advertised: { host: "im.example.test", port: 2855 } }] : [],
    });
  }
}

/** The MSRP section of a message. */
export function mediaOf(message: { readonly body: Uint8Array }): MsrpMedia {
  const sdp = parseSdp(message.body);
  return readMsrpMedia(sdp, sdp.media.find(({ media }) => media === "message")!);
}

/** An offer whose owner connects. */
export function offer(path: string, more: readonly string[] = []): string {
  return [
    "v=0",
    "o=alice 1000 1 IN IP4 198.51.100.77",
    "s=-",
    "c=IN IP4 198.51.100.77",
    "t=0 0",
    "m=message 7654 TCP/MSRP *",
    `a=path:${path}`,
    "a=accept-types:*",
    "a=setup:active",
    ...more,
  ].map((line) => `${line}\r\n`).join("");
}

export function textOf(octets: Uint8Array): string {
  return new TextDecoder().decode(octets);
}

function raise(error: unknown): never {
  throw error;
}
