import { type Clock, type Log, Metrics, type Timers } from "../../../foundation/mod.ts";
import type { Endpoint } from "../../../transport/net/mod.ts";
import {
  CallTable,
  type Flow,
  type Locator,
  Receiver,
  TransactionLayer,
  UserAgent,
  WebSocketWires,
} from "../../../transport/sip/mod.ts";
import { Switchboard } from "../../../transport/msrp/mod.ts";
import { type Account, Credentials, DirectPlace, ImClient, type ImUser } from "../../../client/mod.ts";
import type { SessionAnswer } from "../doors.ts";
import { nobleHash } from "./noble_hash.ts";
import { PageDialer } from "./page_dialer.ts";

const PRODUCT = "IM-client/OMA2.0 Parley-portal";

/** Makes a WebSocket: `new WebSocket(url, protocol)`. */
export type MakeSocket = (url: string, protocol: string) => WebSocket;

/** What a stack is made of. */
export interface ImStackParts {
  readonly session: SessionAnswer;
  /** Its user name and password do not count: those of the session do. */
  readonly account: Account;
  /** Of SIP and MSRP: `wss://im.example.test/ws`. */
  readonly url: string;
  readonly makeSocket: MakeSocket;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly user: ImUser;
}

/** The client of the page, and all that it stands on: one for the life of the page, whatever sockets come and go below. */
export class ImStack {
  readonly client: ImClient;
  readonly #wires: WebSocketWires;
  readonly #board: Switchboard;
  readonly #dialer: PageDialer;
  readonly #remote: Endpoint;
  readonly #secure: boolean;
  #credentials: Credentials;

  constructor({ session, account, url, makeSocket, clock, timers, log, user }: ImStackParts) {
    const { hostname, port, protocol } = new URL(url);
    this.#secure = protocol === "wss:";
    this.#remote = {
      host: hostname.replace(/^\[(.*)\]$/, "$1"),
      port: port === "" ? (this.#secure ? 443 : 80) : Number(port),
    };
    const transport = this.#secure ? "wss" : "ws";
    const metrics = new Metrics();
    const wires = this.#wires = new WebSocketWires({ log, metrics, clock, timers });
    const layer = new TransactionLayer({ wires, clock, timers, log, metrics });
    wires.handler = new Receiver({ transactions: layer, wires, clock, log, metrics });
    this.#credentials = new Credentials(nobleHash, session);
    const service = [{ transport, ...this.#remote, tlsName: this.#secure ? this.#remote.host : "" }] as const;
    const locator: Locator = { locate: (_uri, done) => done(service), failed() {} };
    const agent = new UserAgent({
      transactions: layer,
      wires,
      locator,
      log,
      metrics,
      authorize: (challenge, method, uri) => this.#credentials.answer(challenge, method, uri),
      product: PRODUCT,
    });
    const dialer = this.#dialer = new PageDialer(url, makeSocket);
    const board = this.#board = new Switchboard({ clock, timers, log, metrics, dialer });
    this.client = new ImClient({
      account,
      agent,
      calls: new CallTable({ agent, clock, timers, log, metrics }),
      node: board,
      place: new DirectPlace({ node: board, transport }),
      clock,
      timers,
      user,
      flowId: () => wires.current?.id ?? 0,
      answerMode: "manual",
      retryRegistration: false,
    });
    layer.user = this.client.line;
  }

  /** The way to the service; null while there is none. */
  get flow(): Flow | null {
    return this.#wires.current;
  }

  /** These count from now on. */
  renewCredentials(session: Pick<SessionAnswer, "username" | "password">): void {
    this.#credentials = new Credentials(nobleHash, session);
  }

  /** A socket with the subprotocol `sip` is open. */
  use(socket: WebSocket): Flow {
    return this.#wires.use(socket, this.#remote, this.#secure);
  }

  /** Asks for a sign of life; it comes as a message of the socket. */
  ping(): void {
    this.#wires.ping();
  }

  /** Nothing is heard of the service any more: SIP and MSRP go on over other connections. */
  drop(reason: string): void {
    this.#dialer.cut();
    this.#wires.current?.close(reason);
  }

  /** Nothing comes after it. */
  close(reason: string): void {
    this.#board.close(reason);
    this.#wires.current?.close(reason);
  }
}
