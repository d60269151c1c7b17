import { EMPTY, silentLog } from "../../../foundation/mod.ts";
import type { FakeTime } from "../../../foundation/testing.ts";
import type { Destination } from "../flow.ts";
import type { Locator } from "../locator.ts";
import type { SipRequest, SipResponse } from "../message.ts";
import { parseMessage } from "../message.ts";
import type { SentRequest } from "../sent_request.ts";
import type { Failure } from "../transactions.ts";
import type { Uri } from "../uri.ts";
import { type RequestUser, UserAgent, type UserAgentOptions } from "../user_agent.ts";
import { FakeFlow } from "./fake_wires.ts";
import { responseTo, World } from "./transaction_world.ts";

/** Destinations by the text of the URI; numeric hosts need no entry. For tests only. */
export class FakeLocator implements Locator {
  readonly table = new Map<string, readonly Destination[]>();
  readonly asked: string[] = [];
  readonly failures: string[] = [];

  locate(uri: Uri, done: (destinations: readonly Destination[]) => void): void {
    this.asked.push(uri.text);
    const transport = uri.params.get("transport") === "tcp" ? "tcp" : "udp";
    const numeric = /^[0-9.]+$/.test(uri.host);
    done(this.table.get(uri.text) ?? (numeric ? [to(uri.host, uri.port || 5060, transport)] : []));
  }
  failed(destination: Destination): void {
    this.failures.push(destination.host);
  }
}

export function to(host: string, port = 5060, transport: "udp" | "tcp" = "udp"): Destination {
  return { transport, host, port, tlsName: "" };
}

/** A box with transactions and a user agent over fake wires, and a user that takes notes. For tests only. */
export class AgentWorld extends World implements RequestUser {
  readonly locator = new FakeLocator();
  readonly agent: UserAgent;
  readonly answers: string[] = [];

  constructor(options: { time?: FakeTime; host?: string } & Partial<UserAgentOptions> = {}) {
    super({ time: options.time, host: options.host });
    const { layer: transactions, wires, locator, metrics } = this;
    this.agent = new UserAgent({ transactions, wires, locator, log: silentLog, metrics, ...options });
  }

  onResponse(_request: SentRequest, response: SipResponse): void {
    this.answers.push(String(response.status));
  }
  onFailure(_request: SentRequest, failure: Failure): void {
    this.answers.push(failure);
  }

  /** A flow that the peer opened. */
  inbound(transport: "udp" | "tcp" | "ws", host = "192.0.2.9", port = 40_000): FakeFlow {
    const flow = new FakeFlow(this.wires, this.wires.flows.length + 1, transport, this.wires.address, { host, port });
    Object.defineProperty(flow, "inbound", { value: true });
    this.wires.flows.push(flow);
    return flow;
  }

  /** Every message of a kind that went out on any flow, oldest first: a method, or "SIP/2.0" for responses. */
  sent(start: string): { readonly flow: FakeFlow; readonly message: SipRequest | SipResponse }[] {
    return this.wires.flows.flatMap((flow) =>
      flow.sent.map((head, i) => ({ head, body: flow.bodies[i] })).filter(({ head }) => head.startsWith(`${start} `))
        .map(({ head, body }) => ({ flow, message: parseMessage(head, body) }))
    );
  }

  /** The last request of that method that went out. */
  lastSent(method: string): SipRequest {
    const message = this.sent(method).at(-1)?.message;
    if (message === undefined || !message.isRequest) throw new Error(`no ${method} was sent`);
    return message;
  }

  /** The peer answers the last request of that method. */
  answer(method: string, status: number, more = ""): void {
    const last = this.sent(method).at(-1);
    if (last === undefined) throw new Error(`no ${method} was sent`);
    const head = responseTo(last.message, status, "peer");
    this.wires.receive(last.flow, head.replace("Content-Length", `${more}Content-Length`), EMPTY);
  }
}
