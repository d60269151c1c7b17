/**
 * The load of the MSRP bench: both ends of sessions through a box, their SIP over one connection, their MSRP over one connection
 * each. Built from the box's own modules; only the box's CPU time is measured.
 */
import { Metrics, randomToken, silentLog, systemClock, TimerQueues } from "../../foundation/mod.ts";
import {
  type Call,
  CallTable,
  type Description,
  DnsLocator,
  type Flow,
  Receiver,
  responseHead,
  type SipResponse,
  TransactionLayer,
  UserAgent,
} from "../../transport/sip/mod.ts";
import { SipWires } from "../../transport/sip/flows/mod.ts";
import { DnsResolver } from "../../transport/net/mod.ts";
import { DenoDnsWire, systemHosts } from "../../transport/net/machine/mod.ts";
import {
  type Connection,
  type Continuation,
  type IncomingRequest,
  type ResponseUser,
  type RoomWaiter,
  type SessionEnd,
  Switchboard,
  tryParseMsrpUri,
} from "../../transport/msrp/mod.ts";
import { MsrpWires } from "../../transport/msrp/flows/mod.ts";

const NOTHING = new Uint8Array(0);

/** One end of one session. Counts what comes, answers it, and sends what it is told to. */
export class Party implements SessionEnd, ResponseUser, RoomWaiter {
  readonly id = randomToken(20);
  readonly uri = `msrp://127.0.0.1:9/${this.id};tcp`;
  readonly #load: MsrpLoad;
  connection: Connection | null = null;
  #boxPath = "";
  #bound: (() => void) | null = null;
  /** Whole messages and octets of bodies that came in. */
  messages = 0;
  octets = 0;
  /** Answers to what was sent, by whether they were 200. */
  answered = 0;
  failed = 0;
  onTraffic: (() => void) | null = null;

  constructor(load: MsrpLoad) {
    this.#load = load;
  }

  get description(): Description {
    const sdp = `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=message 9 TCP/MSRP *\r\n` +
      `a=accept-types:*\r\na=path:${this.uri}\r\na=setup:active\r\n`;
    return { contentType: "application/sdp", body: new TextEncoder().encode(sdp) };
  }

  /** Connects to the path of the box's description and binds. */
  connect(description: Uint8Array): Promise<void> {
    this.#boxPath = /^a=path:(\S+)/m.exec(new TextDecoder().decode(description))![1];
    this.#load.node.add(this.id, this);
    const uri = tryParseMsrpUri(this.#boxPath)!;
    const connection = this.#load.node.connect(uri, { share: false, fingerprints: [], address: null });
    if (connection === null) throw new Error(`no connection to ${this.#boxPath}`);
    this.connection = connection;
    this.#load.node.bind(connection, this);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#bound = resolve;
    this.send(NOTHING, 1, 0);
    return promise;
  }

  /** One chunk, octets `start` to `start + body.length - 1` of `total`. */
  send(body: Uint8Array, start: number, total: number, messageId = randomToken(12).replaceAll(/[-_]/g, "x")): void {
    const end = start + body.length - 1;
    this.connection!.send(
      {
        method: "SEND",
        toPath: this.#boxPath,
        fromPath: this.uri,
        messageId,
        start,
        end,
        total,
        successReport: false,
        failureReport: "yes",
        status: 0,
        statusText: "",
        contentType: body.length === 0 ? "" : total > body.length ? "application/octet-stream" : "text/plain",
        others: "",
      },
      body,
      end === total ? "$" : "+",
      this,
    );
  }

  close(): void {
    this.#load.node.remove(this.id);
    this.connection?.close("done");
  }

  onResponse(status: number): void {
    if (status === 200) this.answered++;
    else this.failed++;
    if (this.#bound !== null) {
      this.#bound();
      this.#bound = null;
    } else this.onTraffic?.();
  }

  onRoom(): void {
    this.onTraffic?.();
  }

  admit(): number {
    return 200;
  }

  onWhole(connection: Connection, request: IncomingRequest, body: Uint8Array, continuation: Continuation): void {
    connection.respond(request, 200);
    this.#came(body.length, continuation);
  }

  onBegin(): void {}

  onPiece(_connection: Connection, _request: IncomingRequest, octets: Uint8Array): void {
    this.octets += octets.length;
  }

  onFinish(connection: Connection, request: IncomingRequest, continuation: Continuation): void {
    connection.respond(request, 200);
    this.#came(0, continuation);
  }

  onLost(): void {
    this.connection = null;
  }

  #came(octets: number, continuation: Continuation): void {
    this.octets += octets;
    if (octets > 0 || continuation === "$") this.messages++;
    this.onTraffic?.();
  }
}

/** A session that stands: what the inviter sends reaches the invitee. */
export interface LoadSession {
  readonly inviter: Party;
  readonly invitee: Party;
  end(): Promise<void>;
}

/** The clients of the bench: users `a0…` invite users `b0…`. */
export class MsrpLoad {
  readonly node: Switchboard;
  readonly #wires: SipWires;
  readonly #msrp: MsrpWires;
  readonly #timers: TimerQueues;
  readonly #agent: UserAgent;
  readonly #calls: CallTable;
  readonly #domain: string;
  #flow: Flow | null = null;
  /** Whoever waits for the next INVITE to that user. */
  readonly #invited = new Map<string, { readonly party: Party; readonly msrp: boolean }>();

  constructor(domain: string) {
    this.#domain = domain;
    const failed = (error: unknown): void => {
      throw error;
    };
    const clock = systemClock;
    const timers = this.#timers = new TimerQueues(clock, failed);
    timers.run();
    const metrics = new Metrics();
    const wires = this.#wires = new SipWires({ log: silentLog, metrics, clock, timers });
    const transactions = new TransactionLayer({ wires, clock, timers, log: silentLog, metrics });
    wires.handler = new Receiver({ transactions, wires, clock, log: silentLog, metrics });
    const resolver = new DnsResolver({
      wire: new DenoDnsWire(),
      servers: [],
      hosts: systemHosts(),
      clock,
      timers,
      log: silentLog,
      metrics,
    });
    const locator = new DnsLocator({
      resolver,
      clock,
      metrics,
      peers: new Map(),
      transports: new Set(["tcp"]),
      random: Math.random,
    });
    this.#agent = new UserAgent({ transactions, wires, locator, log: silentLog, metrics });
    this.#calls = new CallTable({ agent: this.#agent, clock, timers, log: silentLog, metrics });
    this.#msrp = new MsrpWires({ log: silentLog, metrics, clock, timers, resolver });
    this.node = new Switchboard({ clock, timers, log: silentLog, metrics, dialer: this.#msrp });
    this.#msrp.accept = (duplex) => void this.node.accept(duplex);
    transactions.user = {
      onStrayResponse: () => {},
      onRequest: (transaction) => {
        const { request } = transaction;
        if (this.#calls.owns(request)) return this.#calls.handle(transaction);
        if (request.method === "ACK") return;
        const invited = this.#invited.get(request.requestUri.user);
        if (request.method !== "INVITE" || invited === undefined) {
          return void transaction.respond(404, responseHead(request, 404, { toTag: "x" }), NOTHING);
        }
        const { party, msrp } = invited;
        const call = this.#calls.incoming(transaction, {
          onConfirmed: () => {},
          onEnded: () => party.close(),
        });
        if (msrp) void party.connect(request.body).then(() => party.onTraffic?.());
        call.accept({ description: party.description });
      },
    };
  }

  /** Registers users `a0…` and `b0…`, `count` each, at the box on this port; the box trusts this machine. */
  async register(port: number, count: number): Promise<void> {
    await this.#wires.listen("tcp://127.0.0.1:0");
    this.#flow = this.#wires.flowTo({ transport: "tcp", host: "127.0.0.1", port, tlsName: "" });
    const names = Array.from({ length: count }, (_, i) => [`a${i}`, `b${i}`]).flat();
    for (let at = 0; at < names.length; at += 50) {
      await Promise.all(names.slice(at, at + 50).map((name) => this.#register(name)));
    }
  }

  /** Sets up a session of the pair with this number, MSRP included. */
  async open(number: number, msrp = true): Promise<LoadSession> {
    const inviter = new Party(this);
    const invitee = new Party(this);
    this.#invited.set(`b${number}`, { party: invitee, msrp });
    const joined = Promise.withResolvers<void>();
    invitee.onTraffic = joined.resolve;
    const accepted = Promise.withResolvers<Uint8Array>();
    const ended = Promise.withResolvers<void>();
    const uri = `sip:b${number}@${this.#domain}`;
    const call: Call = this.#calls.invite({
      uri,
      from: `<sip:a${number}@${this.#domain}>`,
      to: `<${uri}>`,
      flowId: this.#flow!.id,
      description: inviter.description,
      reliable: false,
    }, {
      onAccepted: (_call, response: SipResponse) => accepted.resolve(response.body.slice()),
      onRefused: (_call, status) => accepted.reject(new Error(`INVITE refused with ${status}`)),
      onEnded: () => ended.resolve(),
    });
    const answer = await accepted.promise;
    if (msrp) {
      await inviter.connect(answer);
      await joined.promise;
    }
    invitee.onTraffic = null;
    return {
      inviter,
      invitee,
      end: async () => {
        call.end();
        await ended.promise;
        inviter.close();
      },
    };
  }

  async close(): Promise<void> {
    this.node.close("done");
    await this.#msrp.close();
    await this.#wires.close();
    this.#timers.stop();
  }

  #register(name: string): Promise<void> {
    const aor = `<sip:${name}@${this.#domain}>`;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#agent.send({
      method: "REGISTER",
      uri: `sip:${this.#domain}`,
      from: aor,
      to: aor,
      flowId: this.#flow!.id,
      contact: name,
      headers: [["Expires", "3600"]],
    }, {
      onResponse: (_request, { status }) => {
        if (status === 200) resolve();
        else if (status > 200) reject(new Error(`REGISTER of ${name}: ${status}`));
      },
      onFailure: (_request, failure) => reject(new Error(`REGISTER of ${name}: ${failure}`)),
    });
    return promise;
  }
}
