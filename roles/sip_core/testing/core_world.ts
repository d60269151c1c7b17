import { EMPTY, Metrics, silentLog, type Timed, utf8 } from "../../../foundation/mod.ts";
import { FakeTime } from "../../../foundation/testing.ts";
import type { Endpoint } from "../../../transport/net/mod.ts";
import {
  type ClientTransaction,
  type ClientUser,
  type Destination,
  type Flow,
  type FlowWatcher,
  type Locator,
  parseMessage,
  responseHead,
  type ServerTransaction,
  type ServerUser,
  type SipRequest,
  type SipResponse,
  type Transactions,
  type TransportName,
  type Uri,
  type Wires,
} from "../../../transport/sip/mod.ts";
import type { Subscriber, Subscribers } from "../../../storage/mod.ts";
import { plainEgress } from "../egress.ts";
import { FlowTokens } from "../flow_token.ts";
import { AorRecord } from "../aor_record.ts";
import { DevicePlaces } from "../device_places.ts";
import type { Binding, DeviceAt, Devices, LocationService } from "../location.ts";
import type { CoreServices } from "../services.ts";

/** A way to a peer that carries nothing by itself. */
export class StillFlow implements Flow {
  readonly id: number;
  readonly transport: TransportName;
  readonly remote: Endpoint;
  readonly local: Endpoint = { host: "192.0.2.1", port: 5060 };
  readonly inbound: boolean;
  readonly peerNames: readonly string[];
  open = true;
  established = true;
  constructor(
    id: number,
    transport: TransportName,
    remote: Endpoint,
    inbound: boolean,
    peerNames: readonly string[] = [],
  ) {
    this.id = id;
    this.transport = transport;
    this.remote = remote;
    this.inbound = inbound;
    this.peerNames = peerNames;
  }
  get reliable(): boolean {
    return this.transport !== "udp";
  }
  get secure(): boolean {
    return this.transport === "tls" || this.transport === "wss";
  }
  send(): boolean {
    return this.open;
  }
  watch(_watcher: FlowWatcher): void {}
  unwatch(_watcher: FlowWatcher): void {}
  close(_reason = ""): void {
    this.open = false;
  }
}

/** A request the core sent: what it was, and the means to answer it. */
export class Sent implements ClientTransaction, Timed {
  readonly world: CoreWorld;
  readonly flow: Flow;
  readonly branch: string;
  readonly method: string;
  readonly request: SipRequest;
  pending = true;
  cancelled = false;
  cancelReason = "";
  abandoned = false;
  readonly #user: ClientUser;

  constructor(world: CoreWorld, flow: Flow, branch: string, head: string, body: Uint8Array, user: ClientUser) {
    this.world = world;
    this.flow = flow;
    this.branch = branch;
    this.request = parseMessage(head, body) as SipRequest;
    this.method = this.request.method;
    this.#user = user;
    world.time.timers.start(32_000, this, 0);
  }
  cancel(reason = ""): void {
    this.cancelled = true;
    this.cancelReason = reason;
  }
  abandon(): void {
    this.abandoned = true;
  }
  onTimer(): void {
    this.fail("timeout");
  }
  /** The peer answers. `headers` are whole lines with CRLF; a body needs its Content-Type among them. */
  answer(status: number, headers = "", reason?: string, body: Uint8Array = EMPTY): void {
    const head = responseHead(this.request, status, { toTag: `uas${this.branch.length}`, reason, body });
    const at = head.indexOf("Content-Length");
    const response = parseMessage(head.slice(0, at) + headers + head.slice(at), body) as SipResponse;
    if (status >= 200) this.pending = false;
    if (!this.abandoned) this.#user.onResponse(this, response);
  }
  fail(failure: "timeout" | "transport"): void {
    if (!this.pending) return;
    this.pending = false;
    if (!this.abandoned) this.#user.onFailure(this, failure);
  }
}

/** A request that came in, and the answers it got. */
export class Received implements ServerTransaction {
  readonly request: SipRequest;
  readonly flow: Flow;
  user: ServerUser | null = null;
  readonly responses: SipResponse[] = [];
  /** Answers behind the final one. */
  #surplus = 0;
  constructor(request: SipRequest, flow: Flow) {
    this.request = request;
    this.flow = flow;
  }
  get answered(): boolean {
    return this.responses.some((response) => response.status >= 200);
  }
  respond(_status: number, head: string, body: Uint8Array): boolean {
    if (this.request.method === "ACK") return false;
    if (this.answered && this.request.method !== "INVITE") {
      this.#surplus++;
      return false;
    }
    this.responses.push(parseMessage(head, body) as SipResponse);
    return true;
  }
  /** Statuses of all answers, in order. */
  get statuses(): number[] {
    return this.responses.map((response) => response.status);
  }
  get last(): SipResponse {
    return this.responses[this.responses.length - 1];
  }
  /** The one answer; an error when there is none, or more than one. */
  get answer(): SipResponse {
    const count = this.responses.length + this.#surplus;
    if (count !== 1) throw new Error(`${count} answers`);
    return this.last;
  }
}

/** Everything the core stands on, held still. We are 192.0.2.1:5060 and serve example.test. */
export class CoreWorld implements Wires, Transactions, Locator, LocationService, Devices {
  readonly time = new FakeTime();
  readonly sent: Sent[] = [];
  readonly stateless: { flow: Flow; request: SipRequest }[] = [];
  readonly metrics = new Metrics();
  readonly users = new Map<string, Subscriber>();
  readonly places = new Map<string, Binding[]>();
  /** Host name to destinations, for `locate`; others have none. */
  readonly names = new Map<string, Destination[]>();
  readonly failedDestinations: Destination[] = [];
  readonly failedFlows: Binding[] = [];
  /** Addresses of trusted hops, which are no devices. */
  readonly hops = new Set<string>();
  /** Transports no door of ours speaks. */
  readonly deaf = new Set<string>();
  readonly services: CoreServices;
  readonly subscribers: Pick<Subscribers, "get" | "byNumber">;
  #flows = new Map<string, StillFlow>();
  #byId = new Map<number, StillFlow>();
  #branches = 0;

  constructor(domains: readonly string[] = ["example.test"]) {
    this.services = {
      transactions: this,
      wires: this,
      locator: this,
      location: this,
      timers: this.time.timers,
      clock: this.time,
      log: silentLog,
      egress: plainEgress,
      tokens: new FlowTokens(this),
      domains: new Set(domains),
      salt: 7,
    };
    this.subscribers = {
      get: (aor) => this.users.get(aor),
      byNumber: (number) => [...this.users.values()].find((user) => user.e164 === number),
    };
  }

  // Wires
  flowTo({ transport, host, port }: Destination): Flow | null {
    return this.deaf.has(transport) ? null : this.flowWith(transport, host, port, transport === "udp");
  }
  flowWith(transport: TransportName, host: string, port: number, inbound = true): StillFlow {
    const key = `${transport}:${host}:${port}`;
    const known = this.#flows.get(key);
    if (known?.open) return known;
    const flow = new StillFlow(this.#byId.size + 1, transport, { host, port }, inbound);
    this.#flows.set(key, flow);
    this.#byId.set(flow.id, flow);
    return flow;
  }
  flow(id: number): Flow | null {
    const flow = this.#byId.get(id);
    return flow?.open ? flow : null;
  }
  advertised(flow: Flow): Endpoint {
    return { host: "192.0.2.1", port: flow.transport === "tls" ? 5061 : 5060 };
  }
  isOwn(host: string, port: number): boolean {
    return host === "192.0.2.1" && (port === 0 || port === 5060 || port === 5061);
  }

  // Transactions
  newBranch(): string {
    return `z9hG4bKw${++this.#branches}`;
  }
  viaFor(flow: Flow, branch: string): string {
    return `SIP/2.0/${flow.transport.toUpperCase()} 192.0.2.1:5060;branch=${branch};rport`;
  }
  request(flow: Flow, branch: string, _m: string, head: string, body: Uint8Array, user: ClientUser): ClientTransaction {
    const sent = new Sent(this, flow, branch, head, body, user);
    this.sent.push(sent);
    return sent;
  }
  settle(): void {}
  sendStateless(flow: Flow, head: string, body: Uint8Array): boolean {
    this.stateless.push({ flow, request: parseMessage(head, body) as SipRequest });
    return true;
  }
  flowForSize(destination: Destination, size: number): Flow | null {
    const transport = destination.transport === "udp" && size > 1300 ? "tcp" : destination.transport;
    return this.flowTo({ ...destination, transport });
  }

  // Locator
  locate(uri: Uri, done: (destinations: readonly Destination[]) => void): void {
    done(this.names.get(uri.host) ?? []);
  }
  failed(destination: Destination): void {
    this.failedDestinations.push(destination);
  }

  // LocationService
  bindings(aor: string): readonly Binding[] {
    return this.places.get(aor) ?? [];
  }
  flowFailed(aor: string, binding: Binding): void {
    this.failedFlows.push(binding);
    this.places.set(aor, this.bindings(aor).filter((other) => other !== binding));
  }
  get size(): number {
    return this.places.size;
  }
  deviceAt(host: string, port: number, user: string): DeviceAt | null {
    const places = new DevicePlaces((address) => this.hops.has(address));
    for (const [aor, bindings] of this.places) {
      const record = new AorRecord(aor);
      record.set(bindings.map((binding, id) => ({ ...binding, id })));
      places.update(record);
    }
    return places.at(host, port, user, this.time.now());
  }

  user(name: string, facts: Partial<Subscriber> = {}): Subscriber {
    const aor = `sip:${name}@example.test`;
    const subscriber: Subscriber = {
      aor,
      displayName: name,
      e164: "",
      state: "active",
      deferral: "offline",
      credentials: { realm: "example.test", md5: "", sha256: "", md5WithDomain: "", sha256WithDomain: "" },
      createdAt: 0,
      changedAt: 0,
      ...facts,
    };
    this.users.set(aor, subscriber);
    return subscriber;
  }

  /** Registers a device for a user; by default over UDP at the address of its Contact. */
  device(name: string, contact: string, facts: Partial<Binding> = {}): Binding {
    const aor = `sip:${name}@example.test`;
    const { host, port } = parseHostPort(contact);
    const binding: Binding = {
      contact,
      params: "",
      q: 1,
      instance: "",
      regId: 0,
      path: [],
      callId: "r",
      cseq: 1,
      expiresAt: this.time.now() + 3_600_000,
      registeredAt: this.time.now(),
      flowId: 0,
      flowOnly: false,
      source: { host, port },
      transport: "udp",
      userAgent: "",
      accessNetwork: "",
      ...facts,
    };
    this.places.set(aor, [...this.bindings(aor), binding]);
    return binding;
  }

  /** A request as it comes in from `flow`. `headers` are whole lines with CRLF. */
  receive(
    {
      method = "MESSAGE",
      uri,
      from = "sip:alice@example.test",
      to = uri,
      headers = "",
      body = "hello",
      flow,
      fromTag = "a1",
      callId = `call${this.#branches + 1}`,
    }: {
      method?: string;
      uri: string;
      from?: string;
      to?: string;
      headers?: string;
      body?: string;
      flow?: Flow;
      fromTag?: string;
      callId?: string;
    },
  ): Received {
    const octets = body === "" ? EMPTY : utf8(body);
    const via = `SIP/2.0/UDP 198.51.100.9:5060;branch=z9hG4bKin${++this.#branches}`;
    const type = octets.length > 0 && !/^content-type:/im.test(headers) ? "Content-Type: text/plain\r\n" : "";
    const hops = /^max-forwards:/im.test(headers) ? "" : "Max-Forwards: 70\r\n";
    const head = `${method} ${uri} SIP/2.0\r\nVia: ${via}\r\n${hops}From: <${from}>;tag=${fromTag}\r\nTo: ${
      to.includes("<") ? to : `<${to}>`
    }\r\nCall-ID: ${callId}\r\nCSeq: 1 ${method}\r\n${headers}${type}Content-Length: ${octets.length}\r\n\r\n`;
    const request = parseMessage(head, octets) as SipRequest;
    return new Received(request, flow ?? this.flowWith("udp", "198.51.100.9", 5060));
  }
}

function parseHostPort(contact: string): Endpoint {
  const match = /@?([^@:;>]+)(?::([0-9]+))?(?:;|$)/.exec(contact.replace(/^sips?:/, ""));
  return { host: match?.[1] ?? "", port: Number(match?.[2] ?? 5060) };
}
