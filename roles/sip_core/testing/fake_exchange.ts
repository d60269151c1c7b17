import {
  type Flow,
  type FlowWatcher,
  parseMessage,
  SipRequest,
  type TransportName,
} from "../../../transport/sip/mod.ts";
import { Exchange } from "../exchange.ts";
import { Received, StillFlow } from "./core_world.ts";

let flows = 0;

/** A flow that dies when told, and tells who watches. */
export class FakeFlow extends StillFlow {
  readonly watchers = new Set<FlowWatcher>();

  constructor(transport: TransportName = "udp", host = "192.0.2.10", port = 5060, peerNames: readonly string[] = []) {
    super(++flows, transport, { host, port }, true, peerNames);
  }
  override watch(watcher: FlowWatcher): void {
    if (this.open) this.watchers.add(watcher);
    else watcher.onFlowClosed(this, "closed");
  }
  override unwatch(watcher: FlowWatcher): void {
    this.watchers.delete(watcher);
  }
  override close(reason: string): void {
    this.open = false;
    for (const watcher of this.watchers) watcher.onFlowClosed(this, reason);
    this.watchers.clear();
  }
}

/** A request as text, lines separated by newlines, as a fresh exchange. Its Via is added where it has none. */
export function exchangeOf(
  text: string,
  flow: Flow = new FakeFlow(),
): Exchange & { readonly transaction: Received } {
  const lines = text.trim().split("\n").map((line) => line.trim());
  if (!lines.some((line) => /^via:/i.test(line))) lines.splice(1, 0, "Via: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bKt");
  const request = parseMessage(`${lines.join("\r\n")}\r\n\r\n`);
  if (!(request instanceof SipRequest)) throw new Error("not a request");
  const problem = request.check({ headers: 128, header_length: 8192, message: 65535 });
  if (problem !== null) throw new Error(problem.reason);
  return new Exchange(new Received(request, flow)) as Exchange & { readonly transaction: Received };
}
