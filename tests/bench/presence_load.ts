/**
 * The clients of the presence bench: any number of watchers and presentities behind one socket, as cheap as they can be made, with
 * a reading of SIP text of their own. Every NOTIFY is answered and noted for its subscription; lost requests are sent again
 * after a second, as a client would.
 */
import { EMPTY, Metrics, randomToken, silentLog, systemClock, TimerQueues, toLatin1 } from "../../foundation/mod.ts";
import type { Flow } from "../../transport/sip/mod.ts";
import { SipWires } from "../../transport/sip/flows/mod.ts";
import { addressOf, PIDF, presenceOf, stateIn, type SubscribeText } from "./presence_texts.ts";

const REPEAT_MS = 1_000;
/** Repetitions before the bench gives up. */
const REPEATS = 10;
const EXPIRES_S = 3_600;

/** What a request of the clients comes to. */
type Done = (status: number, head: string) => void;

interface Open {
  readonly head: string;
  readonly body: Uint8Array;
  readonly done: Done;
  sentAt: number;
  times: number;
}

/** One subscription, and what it was told. */
export interface Watched {
  readonly watcher: string;
  readonly target: string;
  /** Of the notifier, as its answer to the SUBSCRIBE said. */
  tag: string;
  /** NOTIFYs, repetitions left out. */
  count: number;
  cseq: number;
  /** The number of the last state told; -1 for none yet. */
  state: number;
  /** When the last NOTIFY came, ms. */
  at: number;
  /** The least time between two NOTIFYs since `watchPace`, ms. */
  leastGap: number;
}

export class PresenceLoad {
  readonly watched: Watched[] = [];
  /** NOTIFYs, repetitions left out, and the octets of their bodies and of all of them. */
  notifies = 0;
  bodyOctets = 0;
  octets = 0;
  /** NOTIFYs that came again, requests of ours sent again. */
  repeated = 0;
  again = 0;
  /** NOTIFYs in another dialog than the subscription's, or with a number that does not grow. */
  astray = 0;
  /** Answers other than 200 by method and status: `PUBLISH 503`. */
  readonly refused = new Map<string, number>();
  /** Told after each NOTIFY. */
  onNotify: ((watched: Watched, text: string) => void) | null = null;
  readonly #wires: SipWires;
  readonly #timers: TimerQueues;
  #flow: Flow;
  readonly #run = randomToken(8);
  readonly #open = new Map<string, Open>();
  readonly #etags = new Map<string, string>();
  /** Presentities with a PUBLISH under way, and those that wait for its entity-tag. */
  readonly #publishing = new Map<string, (() => void)[]>();
  readonly #repeats: ReturnType<typeof setInterval>;
  #branch = 0;
  #call = 0;
  #failed: ((error: Error) => void) | null = null;

  private constructor(wires: SipWires, timers: TimerQueues, flow: Flow) {
    this.#wires = wires;
    this.#timers = timers;
    this.#flow = flow;
    this.#repeats = setInterval(() => this.#repeat(), REPEAT_MS / 4);
  }

  /** Clients of the server at that port of this machine. */
  static async open(port: number, transport: "udp" | "tcp"): Promise<PresenceLoad> {
    const timers = new TimerQueues(systemClock, (error) => {
      throw error;
    });
    timers.run();
    const wires = new SipWires({ log: silentLog, metrics: new Metrics(), clock: systemClock, timers });
    let load: PresenceLoad | null = null;
    wires.handler = {
      onMessage: (flow, head, body) => load?.receive(flow, head, body),
      onGarbage: (_flow, reason) => console.error(`the clients cannot read what came: ${reason}`),
      onRefused: (_flow, _head, status, reason) => console.error(`the clients refuse what came: ${status} ${reason}`),
    };
    // Those on UDP take nothing by TCP, as many phones: what is large comes by UDP after a try (RFC 3261 §18.1.1).
    await wires.listen(`${transport}://127.0.0.1:0`);
    const flow = wires.flowTo({ transport, host: "127.0.0.1", port, tlsName: "" });
    if (flow === null) throw new Error(`no way to port ${port}`);
    load = new PresenceLoad(wires, timers, flow);
    return load;
  }

  async close(): Promise<void> {
    clearInterval(this.#repeats);
    await this.#wires.close();
    this.#timers.stop();
  }

  /** Subscribes for all of these, `window` at a time; resolves when each was answered. */
  async subscribe(texts: readonly SubscribeText[], window = 50): Promise<Watched[]> {
    const from = this.watched.length;
    for (const { watcher, target } of texts) {
      this.watched.push({ watcher, target, tag: "", count: 0, cseq: 0, state: -1, at: 0, leastGap: Infinity });
    }
    await this.many(texts.length, window, (n, done) => this.#subscribe(from + n, texts[n], done));
    return this.watched.slice(from);
  }

  /** Refreshes a subscription. */
  refresh(n: number, lines: string, done: () => void): void {
    this.#subscribe(n, { ...this.watched[n], lines }, done);
  }

  /** Ends these subscriptions; resolves when each was answered. */
  async end(watched: readonly Watched[]): Promise<void> {
    await this.many(watched.length, 20, (n, done) => {
      const { watcher, target } = watched[n];
      this.#subscribe(this.watched.indexOf(watched[n]), { watcher, target }, done, 0);
    });
  }

  /**
   * PUBLISH of a state: the first of a presentity, or a change of it; where `state` is -1 it is refreshed as it is. One at a time of each
   * presentity: the next one names the entity-tag that the answer brings (RFC 3903 §4.1).
   */
  publish(name: string, state: number, done: Done = () => {}): void {
    const line = this.#publishing.get(name);
    if (line !== undefined) {
      line.push(() => this.#publish(name, state, done));
      return;
    }
    this.#publishing.set(name, []);
    this.#publish(name, state, done);
  }

  #publish(name: string, state: number, done: Done): void {
    const etag = this.#etags.get(name);
    const lines = `Event: presence\r\nExpires: ${EXPIRES_S}\r\n` +
      (etag === undefined ? "" : `SIP-If-Match: ${etag}\r\n`) +
      (state < 0 ? "" : `Content-Type: ${PIDF}\r\n`);
    const aor = addressOf(name);
    const body = state < 0 ? EMPTY : presenceOf(name, state);
    const callId = `${this.#run}-p${this.#call++}`;
    this.#send("PUBLISH", aor, `<${aor}>;tag=p`, `<${aor}>`, callId, 1, lines, body, (status, head) => {
      if (status === 200) this.#etags.set(name, headerOf(head, "SIP-ETag"));
      const next = this.#publishing.get(name)!.shift();
      if (next === undefined) this.#publishing.delete(name);
      else next();
      done(status, head);
    });
  }

  /** `count` pieces of work, `window` at a time; resolves when each is done. */
  many(count: number, window: number, start: (n: number, done: () => void) => void): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#failed = reject;
    let next = 0, left = count;
    const done = (): void => {
      if (--left === 0) resolve();
      else if (next < count) start(next++, done);
    };
    if (count === 0) resolve();
    while (next < Math.min(window, count)) start(next++, done);
    return promise.finally(() => this.#failed = null);
  }

  /** The least time between NOTIFYs is counted from here on. */
  watchPace(): void {
    for (const watched of this.watched) {
      watched.leastGap = Infinity;
      watched.at = 0;
    }
  }

  /** Requests of ours that wait for an answer. */
  get waiting(): number {
    return this.#open.size;
  }

  receive(flow: Flow, head: string, body: Uint8Array): void {
    if (head.startsWith("SIP/2.0 ")) this.#response(head);
    else if (head.startsWith("NOTIFY ")) this.#notify(flow, head, body);
    else console.error(`the clients did not expect ${head.slice(0, 60)}`);
  }

  #subscribe(
    n: number,
    { watcher, target, lines = "" }: SubscribeText,
    done: () => void,
    expires_s = EXPIRES_S,
  ): void {
    const watched = this.watched[n];
    const { host, port } = this.#flow.local;
    const transport = this.#flow.transport === "udp" ? "" : `;transport=${this.#flow.transport}`;
    const to = watched.tag === "" ? `<${target}>` : `<${target}>;tag=${watched.tag}`;
    const all = `Event: presence\r\nExpires: ${expires_s}\r\n` +
      `Contact: <sip:${watcher}@${host}:${port}${transport}>\r\n${lines}`;
    const from = `<${addressOf(watcher)}>;tag=w${n}`;
    const callId = `s${n}.${this.#run}`;
    this.#send("SUBSCRIBE", target, from, to, callId, ++this.#call, all, EMPTY, (status, head) => {
      if (status === 200) watched.tag = tagIn(headerOf(head, "To"));
      done();
    });
  }

  #send(
    method: string,
    uri: string,
    from: string,
    to: string,
    callId: string,
    cseq: number,
    lines: string,
    body: Uint8Array,
    done: Done,
  ): void {
    const branch = `z9hG4bK${this.#run}${this.#branch++}`;
    const { host, port } = this.#flow.local;
    const head =
      `${method} ${uri} SIP/2.0\r\nVia: SIP/2.0/${this.#flow.transport.toUpperCase()} ${host}:${port};branch=${branch};rport\r\n` +
      `Max-Forwards: 70\r\nFrom: ${from}\r\nTo: ${to}\r\nCall-ID: ${callId}\r\nCSeq: ${cseq} ${method}\r\n` +
      `User-Agent: load/1.0\r\n${lines}Content-Length: ${body.length}\r\n\r\n`;
    this.#open.set(branch, { head, body, done, sentAt: performance.now(), times: 0 });
    this.#flow.send(head, body);
  }

  #repeat(): void {
    const now = performance.now();
    for (const [branch, open] of this.#open) {
      if (now - open.sentAt < REPEAT_MS) continue;
      if (++open.times > REPEATS || this.#flow.reliable && open.times > 0 && !this.#flow.open) {
        this.#open.delete(branch);
        const error = new Error(`no answer to ${open.head.slice(0, 60)}`);
        if (this.#failed === null) throw error;
        this.#failed(error);
        continue;
      }
      open.sentAt = now;
      if (this.#flow.reliable) continue;
      this.again++;
      this.#flow.send(open.head, open.body);
    }
  }

  #response(head: string): void {
    const status = Number(head.slice(8, 11));
    if (status < 200) return;
    const at = head.indexOf(";branch=") + 8;
    const branch = /^[^;,\r]+/.exec(head.slice(at, at + 60))![0];
    const open = this.#open.get(branch);
    if (open === undefined) return;
    this.#open.delete(branch);
    if (status !== 200) {
      const what = `${open.head.slice(0, open.head.indexOf(" "))} ${head.slice(8, head.indexOf("\r\n"))}`;
      this.refused.set(what, (this.refused.get(what) ?? 0) + 1);
    }
    open.done(status, head);
  }

  #notify(flow: Flow, head: string, body: Uint8Array): void {
    let copied = "SIP/2.0 200 OK\r\n";
    let cseq = 0, number = -1, from = "";
    const end = head.length - 2;
    for (let at = head.indexOf("\r\n") + 2; at < end;) {
      const next = head.indexOf("\r\n", at) + 2;
      const c = head.charCodeAt(at);
      // Via, From, To, Call-ID and CSeq: told apart by the letters that matter.
      if (c === 86 || (c === 84 && head.startsWith("To:", at))) copied += head.slice(at, next);
      else if (c === 70 && head.startsWith("From:", at)) copied += from = head.slice(at, next);
      else if (c === 67 && head.startsWith("CSeq:", at)) {
        copied += head.slice(at, next);
        cseq = parseInt(head.slice(at + 6, next), 10);
      } else if (c === 67 && head.startsWith("Call-ID: s", at)) {
        copied += head.slice(at, next);
        number = parseInt(head.slice(at + 10, next), 10);
      }
      at = next;
    }
    flow.send(`${copied}Content-Length: 0\r\n\r\n`, EMPTY);
    const watched = this.watched[number];
    if (watched === undefined) {
      this.astray++;
      return;
    }
    if (cseq === watched.cseq) {
      this.repeated++;
      return;
    }
    // The first NOTIFY may be here before the answer to its SUBSCRIBE.
    if (cseq < watched.cseq || !from.includes(watched.tag)) this.astray++;
    watched.cseq = cseq;
    watched.count++;
    this.notifies++;
    this.bodyOctets += body.length;
    this.octets += head.length + body.length;
    const now = performance.now();
    if (watched.at > 0) watched.leastGap = Math.min(watched.leastGap, now - watched.at);
    watched.at = now;
    const text = toLatin1(body);
    const state = stateIn(text);
    if (state >= 0) watched.state = state;
    this.onNotify?.(watched, text);
  }
}

function headerOf(head: string, name: string): string {
  const at = head.indexOf(`\r\n${name}: `);
  return at < 0 ? "" : head.slice(at + name.length + 4, head.indexOf("\r\n", at + 2));
}

function tagIn(value: string): string {
  const at = value.indexOf(";tag=");
  return at < 0 ? "" : value.slice(at + 5);
}
