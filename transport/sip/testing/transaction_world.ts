import { FakeTime } from "../../../foundation/testing.ts";
import { EMPTY, type Log, Metrics, silentLog } from "../../../foundation/mod.ts";
import type { Destination } from "../flow.ts";
import type { SipRequest, SipResponse } from "../message.ts";
import { Receiver } from "../receiver.ts";
import { responseHead, type ResponseParts } from "../respond.ts";
import { TransactionLayer, type TransactionLimits } from "../transaction_layer.ts";
import type {
  ClientTransaction,
  ClientUser,
  Failure,
  ServerTransaction,
  ServerUser,
  TransactionUser,
} from "../transactions.ts";
import { FakeWires } from "./fake_wires.ts";

/** A core that only takes notes. For tests only. */
export class NoteTaker implements TransactionUser, ServerUser, ClientUser {
  readonly requests: ServerTransaction[] = [];
  readonly strays: SipResponse[] = [];
  readonly cancels: SipRequest[] = [];
  readonly abandoned: ServerTransaction[] = [];
  readonly responses: SipResponse[] = [];
  readonly failures: Failure[] = [];
  /** What to do with a request besides taking note. */
  answer: (transaction: ServerTransaction) => void = () => {};

  onRequest(transaction: ServerTransaction): void {
    this.requests.push(transaction);
    transaction.user = this;
    this.answer(transaction);
  }
  onStrayResponse(response: SipResponse): void {
    this.strays.push(response);
  }
  onCancel(_transaction: ServerTransaction, cancel: SipRequest): void {
    this.cancels.push(cancel);
  }
  onAbandoned(transaction: ServerTransaction): void {
    this.abandoned.push(transaction);
  }
  onResponse(_transaction: ClientTransaction, response: SipResponse): void {
    this.responses.push(response);
  }
  onFailure(_transaction: ClientTransaction, failure: Failure): void {
    this.failures.push(failure);
  }
  get statuses(): number[] {
    return this.responses.map((response) => response.status);
  }
}

/** One box with a transaction layer over fake wires in fake time. For tests only. */
export class World {
  readonly time: FakeTime;
  readonly wires: FakeWires;
  readonly metrics = new Metrics();
  readonly core = new NoteTaker();
  readonly layer: TransactionLayer;
  readonly receiver: Receiver;

  constructor(
    { time = new FakeTime(), host = "192.0.2.1", limits = {}, log = silentLog }: {
      time?: FakeTime;
      host?: string;
      limits?: Partial<TransactionLimits>;
      log?: Log;
    } = {},
  ) {
    this.time = time;
    this.wires = new FakeWires(time, { host, port: 5060 });
    const { wires, metrics } = this;
    this.layer = new TransactionLayer({
      wires,
      clock: time,
      timers: time.timers,
      log,
      metrics,
      user: this.core,
      limits,
    });
    this.receiver = new Receiver({ transactions: this.layer, wires, clock: time, log, metrics });
    wires.handler = this.receiver;
  }

  /** The flow to the usual peer. */
  flow(transport: "udp" | "tcp" | "ws" = "udp", host = "192.0.2.9", port = 5060) {
    return this.wires.flowTo({ transport, host, port, tlsName: "" })!;
  }

  /** Starts a client transaction on that flow, with its notes in `core`. `destination`: what the flow was chosen for. */
  start(method: string, flow = this.flow(), body: Uint8Array = EMPTY, destination?: Destination): ClientTransaction {
    const branch = this.layer.newBranch();
    const head = requestText(method, { via: this.layer.viaFor(flow, branch), length: body.length });
    return this.layer.request(flow, branch, method, head, body, this.core, destination);
  }

  /** One line of the metrics, as a number; 0 when it is not there. */
  metric(line: string): number {
    const found = this.metrics.render().split("\n").find((text) => text.startsWith(line + " "));
    return found === undefined ? 0 : Number(found.slice(line.length + 1));
  }
}

/** The head of a request with what the rules want. */
export function requestText(
  method: string,
  { via, uri = "sip:bob@example.test", cseq = 1, toTag = "", callId = "c1@example.test", more = "", length = 0 }: {
    via: string;
    uri?: string;
    cseq?: number;
    toTag?: string;
    callId?: string;
    more?: string;
    length?: number;
  },
): string {
  return `${method} ${uri} SIP/2.0\r\nVia: ${via}\r\nMax-Forwards: 70\r\nFrom: <sip:alice@example.test>;tag=a1\r\n` +
    `To: <${uri}>${toTag === "" ? "" : `;tag=${toTag}`}\r\nCall-ID: ${callId}\r\nCSeq: ${cseq} ${method}\r\n` +
    `${more}Content-Length: ${length}\r\n\r\n`;
}

/** The head of a response to what was sent. */
export function responseTo(request: SipRequest | SipResponse, status: number, toTag = "b1"): string {
  if (!request.isRequest) throw new TypeError("a response has no response");
  return responseHead(request, status, { toTag: status === 100 ? "" : toTag });
}

/** Answers a server transaction as the core would. */
export function reply(transaction: ServerTransaction, status: number, parts: ResponseParts = {}): boolean {
  const head = responseHead(transaction.request, status, status === 100 ? parts : { toTag: "s1", ...parts });
  return transaction.respond(status, head, parts.body ?? EMPTY);
}
