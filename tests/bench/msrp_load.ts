/**
 * The load of the MSRP bench: both ends of sessions through a box, their SIP over one connection, their MSRP over one connection
 * each. Built from the box's own modules; only the box's CPU time is measured.
 */
import { Metrics, randomToken, silentLog, systemClock } from "../../foundation/mod.ts";
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
import { NO_TLS } from "../../transport/net/machine/mod.ts";
import { MsrpWires } from "../../transport/msrp/flows/mod.ts";
import { MsrpCallers, msrpSdp } from "../support/msrp_callers.ts";

const NOTHING = new Uint8Array(0);

/** One end of one session. Counts what comes, answers it, and sends what it is told to. */
export class Party implements SessionEnd, ResponseUser, RoomWaiter {
  readonly id = randomToken(20);
  readonly uri: string;
  readonly #node: Switchboard;
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

  constructor(node: Switchboard, secure = false) {
    this.#node = node;
    this.uri = `${secure ? "msrps" : "msrp"}://127.0.0.1:9/${this.id};tcp`;
  }

  /** Connects to the box's path and binds. */
  connect(boxPath: string): Promise<void> {
    this.#boxPath = boxPath;
    this.#node.add(this.id, this);
    const connection = this.#node.connect(tryParseMsrpUri(boxPath)!, { share: false, fingerprints: [], address: null });
    if (connection === null) throw new Error(`no connection to ${boxPath}`);
    this.connection = connection;
    this.#node.bind(connection, this);
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
    this.#node.remove(this.id);
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
  readonly #node: Switchboard;
  readonly #callers: MsrpCallers;
  readonly #msrp: MsrpWires;

  private constructor(callers: MsrpCallers) {
    this.#callers = callers;
    const { timers, resolver } = callers;
    const shared = { log: silentLog, metrics: new Metrics(), clock: systemClock, timers };
    // The box's certificate is its own; whether it is good is not what is measured.
    this.#msrp = new MsrpWires({ ...shared, resolver, tls: { ...NO_TLS, unverified: true } });
    this.#node = new Switchboard({ ...shared, dialer: this.#msrp });
  }

  /** Registers users `a0…` and `b0…`, `count` each, at a box that trusts this machine. */
  static async open(box: { domain: string; port: number }, count: number): Promise<MsrpLoad> {
    const names = Array.from({ length: count }, (_, i) => [`a${i}`, `b${i}`]).flat();
    return new MsrpLoad(await MsrpCallers.open(box, names));
  }

  /** Sets up a session of the pair with this number, MSRP included. `secure`: the inviter comes over TLS, the invitee over TCP. */
  async open(number: number, { msrp = true, secure = false } = {}): Promise<LoadSession> {
    const [inviter, invitee] = [new Party(this.#node, secure), new Party(this.#node)];
    const offer = msrpSdp({ path: inviter.uri });
    const call = await this.#callers.call(`a${number}`, `b${number}`, offer, () => msrpSdp({ path: invitee.uri }));
    void call.invitee.ended.then(() => invitee.close());
    if (msrp) await Promise.all([inviter.connect(call.inviter.path), invitee.connect(call.invitee.path)]);
    return {
      inviter,
      invitee,
      end: async () => {
        call.inviter.hangUp();
        await call.inviter.ended;
        inviter.close();
      },
    };
  }

  async close(): Promise<void> {
    this.#node.close("done");
    await this.#msrp.close();
    await this.#callers.close();
  }
}
