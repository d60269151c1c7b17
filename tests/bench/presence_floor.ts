/**
 * What the box's presence stands on, as servers of their own for the bench:
 *
 *   bare        the wires alone: each PUBLISH makes one ready text for each subscription; answers are counted and no more
 *   framework   transactions, user agent and event framework, with a package that tells everybody the last PUBLISH as it came:
 *               no rules, no composition, no storage
 *
 *   deno run -A --unstable-net tests/bench/presence_floor.ts KIND PORT INTERVAL_MS
 */
import { EMPTY, Metrics, silentLog, systemClock, TimerQueues } from "../../foundation/mod.ts";
import {
  type Admission,
  DnsLocator,
  type EventPackage,
  EventServer,
  type Flow,
  type FlowHandler,
  type Notification,
  parseMessage,
  type Publication,
  PublicationStore,
  Receiver,
  responseHead,
  type ServerTransaction,
  SipRequest,
  type Subscription,
  TransactionLayer,
  UserAgent,
} from "../../transport/sip/mod.ts";
import { SipWires } from "../../transport/sip/flows/mod.ts";
import { DnsResolver } from "../../transport/net/mod.ts";
import { DenoDnsWire } from "../../transport/net/machine/mod.ts";
import { PIDF } from "./presence_texts.ts";

const EXPIRES = { default: 3600, min: 1, max: 7200 };

/** One subscription. */
interface Told {
  readonly flow: Flow;
  readonly head: (seq: number) => string;
  seq: number;
}

/** Writes NOTIFYs without any knowledge of what becomes of them. */
class Bare implements FlowHandler {
  readonly #told = new Map<string, Told[]>();
  readonly #published = new Map<string, Uint8Array>();
  #number = 0;

  onMessage(flow: Flow, head: string, body: Uint8Array): void {
    // The answer to a NOTIFY.
    if (head.startsWith("SIP/2.0")) return;
    const request = parseMessage(head, body);
    if (!(request instanceof SipRequest)) return;
    const tag = `t${++this.#number}`;
    const headers = [["SIP-ETag", tag], ["Expires", "3600"], ["Contact", "<sip:s@127.0.0.1>"]] as const;
    flow.send(responseHead(request, 200, { toTag: tag, headers }), EMPTY);
    if (request.method === "SUBSCRIBE") this.#subscribe(flow, request, tag);
    else if (request.method === "PUBLISH" && body.length > 0) {
      this.#published.set(request.uri, body);
      tell(this.#told.get(request.uri) ?? [], 0, body);
    }
  }
  onGarbage(): void {}
  onRefused(): void {}

  #subscribe(flow: Flow, request: SipRequest, tag: string): void {
    const contact = /<([^>]+)>/.exec(request.get("Contact")!)![1];
    const start = `NOTIFY ${contact} SIP/2.0\r\nVia: SIP/2.0/${flow.transport.toUpperCase()} 127.0.0.1:5060` +
      `;branch=z9hG4bK${tag}`;
    const rest = `;rport\r\nMax-Forwards: 70\r\nFrom: ${request.to.text};tag=${tag}\r\nTo: ${request.from.text}\r\n` +
      `Call-ID: ${request.callId}\r\nContact: <sip:s@127.0.0.1>\r\nEvent: presence\r\n` +
      `Subscription-State: active;expires=3600\r\nContent-Type: ${PIDF}\r\nCSeq: `;
    const one = { flow, head: (seq: number) => `${start}${seq}${rest}${seq} NOTIFY\r\n`, seq: 0 };
    const all = this.#told.get(request.uri);
    if (all === undefined) this.#told.set(request.uri, [one]);
    else all.push(one);
    const body = this.#published.get(request.uri) ?? EMPTY;
    flow.send(one.head(++one.seq) + tail(body), body);
  }
}

/** A connection that is crowded takes no more before there is room, and what it does not take nobody sends again. */
function tell(all: readonly Told[], from: number, body: Uint8Array): void {
  for (let n = from; n < all.length; n++) {
    const { flow, head } = all[n];
    if (flow.crowded === true && flow.whenRoom !== undefined) return flow.whenRoom(() => tell(all, n, body));
    flow.send(head(++all[n].seq) + tail(body), body);
  }
}

function tail(body: Uint8Array): string {
  return `Content-Length: ${body.length}\r\n\r\n`;
}

/** Tells everybody the newest publication, octet for octet. */
class LastPublished implements EventPackage {
  readonly name = "presence";
  readonly contentTypes = [PIDF];
  readonly expires = EXPIRES;
  readonly pace: { readonly interval_ms: number; readonly burst: number };
  readonly #live: (resource: string) => Publication[];

  constructor(interval_ms: number, live: (resource: string) => Publication[]) {
    this.pace = { interval_ms, burst: 1 };
    this.#live = live;
  }
  admit(): Admission {
    return { state: "active" };
  }
  full(subscription: Subscription): Notification | null {
    const body = this.#live(subscription.resource).at(-1)?.body;
    return body === undefined ? null : { contentType: PIDF, body };
  }
}

function framework(wires: SipWires, timers: TimerQueues, metrics: Metrics, interval_ms: number): void {
  const clock = systemClock, log = silentLog;
  const transactions = new TransactionLayer({ wires, clock, timers, log, metrics });
  wires.handler = new Receiver({ transactions, wires, clock, log, metrics });
  const resolver = new DnsResolver({
    wire: new DenoDnsWire(),
    servers: [],
    hosts: new Map(),
    clock,
    timers,
    log,
    metrics,
  });
  const locator = new DnsLocator({
    resolver,
    clock,
    metrics,
    peers: new Map(),
    transports: new Set(["udp", "tcp"]),
    random: Math.random,
  });
  const agent = new UserAgent({ transactions, wires, locator, log, metrics });
  const server = new EventServer({ agent, clock, timers, log, metrics, maxPerWatcher: 100_000 });
  const store = new PublicationStore(
    {
      event: "presence",
      contentTypes: [PIDF],
      expires: EXPIRES,
      authorize: () => null,
      changed: (resource) => server.changed("presence", resource),
    },
    clock,
    timers,
    metrics,
  );
  server.acceptPublications(store);
  server.register(new LastPublished(interval_ms, (resource) => store.live(resource)));
  transactions.user = {
    onRequest(transaction: ServerTransaction) {
      const { request } = transaction;
      const from = { aor: request.from.uriText };
      if (request.method === "PUBLISH") server.handlePublish(transaction, from, request.uri);
      else server.handleSubscribe(transaction, from, request.uri);
    },
    onStrayResponse() {},
  };
}

const [kind, port, interval] = Deno.args;
const metrics = new Metrics();
const timers = new TimerQueues(systemClock, (error) => console.error(error));
timers.run();
const wires = new SipWires({ log: silentLog, metrics, clock: systemClock, timers });
if (kind === "bare") wires.handler = new Bare();
else framework(wires, timers, metrics, Number(interval));
await wires.listen(`udp://127.0.0.1:${port}`);
await wires.listen(`tcp://127.0.0.1:${port}`);
console.log("floor ready");
