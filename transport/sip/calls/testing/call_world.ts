import type { FakeTime } from "../../../../foundation/testing.ts";
import { EMPTY, fromLatin1, silentLog, toLatin1 } from "../../../../foundation/mod.ts";
import type { SipRequest, SipResponse } from "../../message.ts";
import { parseMessage } from "../../message.ts";
import { responseHead, type ResponseParts } from "../../respond.ts";
import { AgentWorld } from "../../testing/agent_world.ts";
import type { FakeFlow } from "../../testing/fake_wires.ts";
import type { ServerTransaction } from "../../transactions.ts";
import type { UserAgentOptions } from "../../user_agent.ts";
import type { Call, CallEnd, CallUser, Description, PeerOffer } from "../call.ts";
import { CallTable, type CallTableOptions } from "../call_table.ts";
import type { IncomingOptions, OutgoingCall } from "../calls.ts";

/** An SDP, as far as calls look at it. */
export function sdp(text: string): Description {
  return { contentType: "application/sdp", body: fromLatin1(text) };
}

export function textOf(description: Description | null | undefined): string {
  return description === null || description === undefined ? "" : toLatin1(description.body);
}

/** A user of calls that takes notes of all it is told. For tests only. */
export class CallNotes implements CallUser {
  /** `progress 180`, `accepted 200`, `refused 486`, `cancelled`, `confirmed`, `offer INVITE x`, `answer 200 y`, … */
  readonly notes: string[] = [];
  readonly ends: CallEnd[] = [];
  readonly requests: ServerTransaction[] = [];
  readonly offers: PeerOffer[] = [];
  readonly responses: SipResponse[] = [];
  /** What to do besides. */
  progressed: (call: Call, response: SipResponse) => void = () => {};
  accepted: (call: Call, response: SipResponse) => void = () => {};
  offered: (call: Call, offer: PeerOffer) => void = (_call, offer) => offer.answer({ description: sdp("answer") });
  ended: (call: Call) => void = () => {};

  onProgress(call: Call, response: SipResponse): void {
    this.responses.push(response);
    this.notes.push(`progress ${response.status}${bodyNote(response)}`);
    this.progressed(call, response);
  }
  onAccepted(call: Call, response: SipResponse): void {
    this.responses.push(response);
    this.notes.push(`accepted ${response.status}${bodyNote(response)}`);
    this.accepted(call, response);
  }
  onRefused(_call: Call, status: number, response: SipResponse | null): void {
    if (response !== null) this.responses.push(response);
    this.notes.push(`refused ${status}${response === null ? " alone" : ""}`);
  }
  onCancelled(_call: Call, cancel: SipRequest): void {
    this.notes.push(`cancelled by ${cancel.method}`);
  }
  onConfirmed(_call: Call, ack: SipRequest): void {
    this.notes.push(`confirmed${bodyNote(ack)}`);
  }
  onOffer(call: Call, offer: PeerOffer): void {
    this.offers.push(offer);
    this.notes.push(`offer ${offer.how} ${textOf(offer.description)}`.trim());
    this.offered(call, offer);
  }
  onAnswer(_call: Call, description: Description | null, status: number): void {
    this.notes.push(`answer ${status} ${textOf(description)}`.trim());
  }
  onRequest(call: Call, transaction: ServerTransaction): void {
    this.requests.push(transaction);
    this.notes.push(`request ${transaction.request.method}`);
    void call;
    respondTo(transaction, 200);
  }
  onEnded(call: Call, end: CallEnd): void {
    this.ends.push(end);
    this.notes.push(`ended by ${end.by}${end.status === 0 ? "" : ` ${end.status}`}`);
    this.ended(call);
  }
}

function bodyNote(message: SipRequest | SipResponse): string {
  return message.body.length === 0 ? "" : ` ${toLatin1(message.body)}`;
}

export function respondTo(transaction: ServerTransaction, status: number, parts: ResponseParts = {}): void {
  transaction.respond(status, responseHead(transaction.request, status, parts), parts.body ?? EMPTY);
}

/** A box with a table of calls over fake wires: either two of them are joined, or the test itself is the peer. */
export class CallWorld extends AgentWorld {
  readonly calls: CallTable;
  readonly user = new CallNotes();
  /** How INVITEs from outside are taken up. */
  options: IncomingOptions = { contact: "here" };
  /** What is done with an INVITE from outside. */
  invited: (call: Call) => void = () => {};
  /** Calls that came in, oldest first. */
  readonly taken: Call[] = [];
  #number = 0;

  constructor(
    { time, host, table = {}, agent = {} }: {
      time?: FakeTime;
      host?: string;
      table?: Partial<CallTableOptions>;
      agent?: Partial<UserAgentOptions>;
    } = {},
  ) {
    super({ time, host, ...agent });
    this.calls = new CallTable({
      agent: this.agent,
      clock: this.time,
      timers: this.time.timers,
      log: silentLog,
      metrics: this.metrics,
      random: () => 0.5,
      ...table,
    });
    this.core.answer = (transaction) => {
      if (this.calls.owns(transaction.request)) return this.calls.handle(transaction);
      if (transaction.request.method !== "INVITE") return;
      const call = this.calls.incoming(transaction, this.user, this.options);
      if (call.state === "ended") return;
      this.taken.push(call);
      this.invited(call);
    };
  }

  get call(): Call {
    const call = this.taken.at(-1);
    if (call === undefined) throw new Error("no call came in");
    return call;
  }

  /** A call to the peer. */
  invite(more: Partial<OutgoingCall> = {}, user: CallUser = this.user): Call {
    return this.calls.invite({
      uri: "sip:bob@192.0.2.9:5060;transport=tcp",
      from: "<sip:alice@a.test>",
      to: "<sip:bob@b.test>",
      contact: "alice",
      description: sdp("offer"),
      ...more,
    }, user);
  }

  /** The flow that the raw peer uses. */
  peerFlow(transport: "udp" | "tcp" = "tcp"): FakeFlow {
    return this.flow(transport, "192.0.2.9", 5060);
  }

  /**
   * The raw peer sends a request. `toTag`: of a dialog of ours. Returns its head, so that it can come again.
   */
  request(
    method: string,
    { cseq = 1, toTag = "", fromTag = "peer", callId = "c1", body = "", more = "", flow, branch, uri, contact }: {
      cseq?: number;
      toTag?: string;
      fromTag?: string;
      callId?: string;
      body?: string;
      more?: string;
      flow?: FakeFlow;
      branch?: string;
      uri?: string;
      contact?: string;
    } = {},
  ): string {
    const on = flow ?? this.peerFlow();
    const via = `SIP/2.0/${on.transport.toUpperCase()} 192.0.2.9:5060;branch=${
      branch ?? `z9hG4bKpeer${++this.#number}`
    }`;
    const contactLine = contact ??
      `Contact: <sip:peer@192.0.2.9:5060${on.transport === "udp" ? "" : `;transport=${on.transport}`}>\r\n`;
    const head = `${method} ${uri ?? "sip:us@192.0.2.1"} SIP/2.0\r\nVia: ${via}\r\nMax-Forwards: 70\r\n` +
      `From: <sip:peer@b.test>;tag=${fromTag}\r\nTo: <sip:us@a.test>${toTag === "" ? "" : `;tag=${toTag}`}\r\n` +
      `Call-ID: ${callId}\r\nCSeq: ${cseq} ${method}\r\n${
        /^(INVITE|UPDATE|REFER|SUBSCRIBE|NOTIFY)$/.test(method) ? contactLine : ""
      }${more}` +
      `${body === "" ? "" : "Content-Type: application/sdp\r\n"}Content-Length: ${body.length}\r\n\r\n`;
    this.wires.receive(on, head, fromLatin1(body));
    return head;
  }

  /** The raw peer answers the last request of that method (or the one given). */
  reply(method: string, status: number, { tag = "peer", more = "", body = "", contact = true, of }: {
    tag?: string;
    more?: string;
    body?: string;
    contact?: boolean;
    of?: SipRequest;
  } = {}): void {
    const last = of === undefined
      ? this.sent(method).at(-1)
      : this.sent(method).find(({ message }) => message.via.branch === of.via.branch);
    if (last === undefined || !last.message.isRequest) throw new Error(`no ${method} was sent`);
    const on = last.flow;
    const lines =
      (contact && /^(INVITE|UPDATE)$/.test(method) && status > 100 && status < 300
        ? `Contact: <sip:peer@192.0.2.9:5060${on.transport === "udp" ? "" : `;transport=${on.transport}`}>\r\n`
        : "") + more + (body === "" ? "" : "Content-Type: application/sdp\r\n");
    const head = responseHead(last.message, status, { toTag: status === 100 ? "" : tag, body: fromLatin1(body) });
    this.wires.receive(on, head.replace("Content-Length", () => `${lines}Content-Length`), fromLatin1(body));
  }

  /** The last response to a request of that method that went out. */
  lastAnswer(method: string): SipResponse {
    const found = this.sent("SIP/2.0").map(({ message }) => message).filter((message) =>
      !message.isRequest && message.cseq.method === method
    ).at(-1);
    if (found === undefined || found.isRequest) throw new Error(`no ${method} was answered`);
    return found;
  }

  /** Methods and statuses of everything that went out since the last time it was asked, flow by flow. */
  out(): string[] {
    return this.wires.flows.flatMap((flow) => {
      const from = this.#seen.get(flow) ?? 0;
      this.#seen.set(flow, flow.sent.length);
      return flow.sent.slice(from).map(short);
    });
  }
  readonly #seen = new Map<FakeFlow, number>();
}

function short(head: string): string {
  const message = parseMessage(head);
  return message.isRequest ? message.method : `${message.status} ${message.cseq.method}`;
}

/** Two boxes with a network between them. */
export function pair(
  options: { readonly a?: Partial<CallTableOptions>; readonly b?: Partial<CallTableOptions>; time: FakeTime },
): { readonly a: CallWorld; readonly b: CallWorld; step(ms?: number): void } {
  const a = new CallWorld({ time: options.time, host: "192.0.2.1", table: options.a });
  const b = new CallWorld({ time: options.time, host: "192.0.2.9", table: options.b });
  a.wires.join(b.wires);
  return { a, b, step: (ms = 1_000) => options.time.advance(ms) };
}
