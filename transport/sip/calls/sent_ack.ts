import { EMPTY } from "../../../foundation/mod.ts";
import type { Dialog } from "../dialog.ts";
import type { Flow } from "../flow.ts";
import { type Routing, routingOf } from "../route_set.ts";
import { tryParseUri, type Uri } from "../uri.ts";
import type { SettledAck } from "../transactions.ts";
import type { UserAgent } from "../user_agent.ts";
import type { Description } from "./call.ts";

/**
 * The ACK for a 2xx (RFC 3261 §13.2.2.4): goes to the first route or the remote target, not where the INVITE went, and again
 * for each repetition of the 2xx. It has no transaction and no answer.
 */
export class SentAck {
  readonly dialog: Dialog;
  readonly cseq: number;
  readonly description: Description | null;
  readonly #agent: UserAgent;
  readonly #routing: Routing;
  #uri: string;
  #routes: readonly string[];
  #flow: Flow | null;
  /** The flow that took it, and what it took; null and "" before. */
  #sentOn: Flow | null = null;
  #head = "";

  /** `flow`: the one that leads to the peer, or null where it must be found. `near`: that of the INVITE, taken where it fits. */
  constructor(
    agent: UserAgent,
    dialog: Dialog,
    cseq: number,
    description: Description | null,
    flow: Flow | null,
    near: Flow | null,
  ) {
    this.#agent = agent;
    this.dialog = dialog;
    this.cseq = cseq;
    this.description = description;
    this.#routing = dialog.routing();
    this.#uri = this.#routing.uri;
    this.#routes = this.#routing.routes;
    this.#flow = flow ?? (near !== null && leadsTo(near, this.#routing.nextHop) ? near : null);
  }

  send(): void {
    if (this.#flow !== null && this.#flow.open) this.#sendOn(this.#flow);
    else this.#locate();
  }

  /** For the transaction layer, which repeats it. */
  get settled(): SettledAck {
    const { dialog, description } = this;
    const { contentType, body } = description ?? NOTHING;
    return { tag: dialog.remoteTag, flow: this.#sentOn, head: this.#head, contentType, body };
  }

  #locate(): void {
    const { ownTarget, wires, locator } = this.#agent.options;
    let uri: Uri | null = tryParseUri(this.#routing.nextHop);
    if (uri !== null && ownTarget !== undefined && this.#routing.routes.length === 0) {
      const own = ownTarget(uri);
      if (own === "offline") return this.#lost("nobody is there");
      if (own !== null) {
        const routing = routingOf(own.uri, own.routes);
        this.#uri = routing.uri;
        this.#routes = routing.routes;
        const flow = own.flowId === undefined || own.flowId === 0 ? null : wires.flow(own.flowId);
        if (flow !== null && flow.open) return this.#sendOn(flow);
        if (own.destination !== undefined) return this.#sendTo([own.destination]);
        uri = tryParseUri(routing.nextHop);
      }
    }
    if (uri === null || uri.host.endsWith(".invalid")) return this.#lost("no way there");
    locator.locate(uri, (destinations) => this.#sendTo(destinations));
  }

  #sendTo(destinations: Parameters<Parameters<UserAgent["options"]["locator"]["locate"]>[1]>[0]): void {
    const { transactions } = this.#agent.options;
    for (const destination of destinations) {
      const flow = transactions.flowForSize(destination, 600 + (this.description?.body.length ?? 0));
      if (flow === null) continue;
      return this.#sendOn(flow);
    }
    this.#lost("no destination");
  }

  #sendOn(flow: Flow): void {
    this.#flow = flow;
    const { dialog, description } = this;
    const { transactions } = this.#agent.options;
    let head = `ACK ${this.#uri} SIP/2.0\r\nVia: ${transactions.viaFor(flow, transactions.newBranch())}\r\n`;
    for (const route of this.#routes) head += `Route: ${route}\r\n`;
    head += `Max-Forwards: 70\r\nFrom: ${dialog.local}\r\nTo: ${dialog.remote}\r\nCall-ID: ${dialog.callId}\r\n` +
      `CSeq: ${this.cseq} ACK\r\n`;
    if (description !== null) head += `Content-Type: ${description.contentType}\r\n`;
    const body = description?.body ?? EMPTY;
    this.#head = `${head}Content-Length: ${body.length}\r\n\r\n`;
    this.#sentOn = flow;
    if (!transactions.sendStateless(flow, this.#head, body)) this.#lost("the connection takes nothing");
  }

  /** The peer repeats its 2xx, so there is another chance. */
  #lost(reason: string): void {
    this.#agent.options.log.debug("ACK not sent", { callId: this.dialog.callId, reason });
  }
}

const NOTHING: Description = { contentType: "", body: EMPTY };

/** True where a flow is the way to a URI by its very address, so that nobody need be asked. */
function leadsTo(flow: Flow, nextHop: string): boolean {
  const uri = tryParseUri(nextHop);
  if (uri === null || uri.host !== flow.remote.host) return false;
  const secure = uri.scheme === "sips" || flow.secure;
  if ((uri.port || (secure ? 5061 : 5060)) !== flow.remote.port) return false;
  const transport = uri.params.get("transport")?.toLowerCase() ?? (secure ? "tls" : "udp");
  return transport === flow.transport;
}
