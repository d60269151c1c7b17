import type { Endpoint } from "../../../transport/net/mod.ts";
import {
  type Flow,
  type FlowWatcher,
  parseMessage,
  type ServerTransaction,
  type ServerUser,
  SipRequest,
  SipResponse,
  type TransportName,
} from "../../../transport/sip/mod.ts";
import { Exchange } from "../exchange.ts";

let flows = 0;

/** A flow that keeps what is sent, and dies when told. */
export class FakeFlow implements Flow {
  readonly id = ++flows;
  readonly transport: TransportName;
  readonly reliable: boolean;
  readonly secure: boolean;
  readonly local: Endpoint = { host: "127.0.0.1", port: 5060 };
  readonly remote: Endpoint;
  readonly inbound = true;
  readonly peerNames: readonly string[];
  open = true;
  readonly watchers = new Set<FlowWatcher>();

  constructor(transport: TransportName = "udp", host = "192.0.2.10", port = 5060, peerNames: readonly string[] = []) {
    this.transport = transport;
    this.reliable = transport !== "udp";
    this.secure = transport === "tls" || transport === "wss";
    this.remote = { host, port };
    this.peerNames = peerNames;
  }
  send(): boolean {
    return this.open;
  }
  watch(watcher: FlowWatcher): void {
    if (this.open) this.watchers.add(watcher);
    else watcher.onFlowClosed(this, "closed");
  }
  unwatch(watcher: FlowWatcher): void {
    this.watchers.delete(watcher);
  }
  close(reason: string): void {
    this.open = false;
    for (const watcher of this.watchers) watcher.onFlowClosed(this, reason);
    this.watchers.clear();
  }
}

/** A server transaction that keeps its answers, parsed. */
export class FakeTransaction implements ServerTransaction {
  readonly request: SipRequest;
  readonly flow: Flow;
  user: ServerUser | null = null;
  readonly responses: SipResponse[] = [];

  constructor(request: SipRequest, flow: Flow) {
    this.request = request;
    this.flow = flow;
  }
  get answered(): boolean {
    return this.responses.some((response) => response.status >= 200);
  }
  respond(_status: number, head: string, body: Uint8Array): boolean {
    const response = parseMessage(head, body);
    if (!(response instanceof SipResponse)) throw new Error("not a response");
    this.responses.push(response);
    return true;
  }
  /** The one final answer; an error when there is none, or more than one. */
  get answer(): SipResponse {
    if (this.responses.length !== 1) throw new Error(`${this.responses.length} answers`);
    return this.responses[0];
  }
}

/** A request as text, lines separated by newlines, as a fresh exchange. Its Via is added where it has none. */
export function exchangeOf(
  text: string,
  flow: Flow = new FakeFlow(),
): Exchange & { readonly transaction: FakeTransaction } {
  const lines = text.trim().split("\n").map((line) => line.trim());
  if (!lines.some((line) => /^via:/i.test(line))) lines.splice(1, 0, "Via: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bKt");
  const request = parseMessage(`${lines.join("\r\n")}\r\n\r\n`);
  if (!(request instanceof SipRequest)) throw new Error("not a request");
  const problem = request.check({ headers: 128, header_length: 8192, message: 65535 });
  if (problem !== null) throw new Error(problem.reason);
  return new Exchange(new FakeTransaction(request, flow)) as Exchange & { readonly transaction: FakeTransaction };
}
