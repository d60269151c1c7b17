/**
 * The SIP side of MSRP tests: many users behind one TCP connection that the box trusts, so that a test can set up any number of
 * sessions and bring MSRP ends of its own. Calls are those of our own modules; what is tested with it is MSRP.
 */
import { Metrics, silentLog, systemClock, TimerQueues } from "../../foundation/mod.ts";
import {
  type Call,
  type CallEnd,
  CallTable,
  type Description,
  DnsLocator,
  type Flow,
  type HeaderName,
  Receiver,
  responseHead,
  type SipResponse,
  TransactionLayer,
  UserAgent,
} from "../../transport/sip/mod.ts";
import { SipWires } from "../../transport/sip/flows/mod.ts";
import { DnsResolver } from "../../transport/net/mod.ts";
import { DenoDnsWire, systemHosts } from "../../transport/net/machine/mod.ts";

/** What a box needs in its settings, so that it takes these users' word. */
export const TRUSTING = '[trust]\nhops = ["127.0.0.1/32"]\n';

const NOTHING = new Uint8Array(0);

/** What a description for a test says. */
export interface SdpParts {
  /** Our URI, or several with blanks. */
  readonly path: string;
  readonly setup?: "active" | "passive" | "actpass";
  readonly types?: string;
  readonly maxSize?: number;
  /** `sha-256 AB:CD…` */
  readonly fingerprint?: string;
  /** Further lines, such as `a=file-selector:…`. */
  readonly lines?: readonly string[];
}

/** SDP for one MSRP session. */
export function msrpSdp({ path, setup = "active", types = "*", maxSize, fingerprint, lines = [] }: SdpParts): string {
  const secure = path.startsWith("msrps:");
  const socket = /;ws(?:;|$)/.test(path);
  const proto = `TCP/${socket ? (secure ? "WSS/" : "WS/") : secure ? "TLS/" : ""}MSRP`;
  return [
    "v=0",
    "o=- 1 1 IN IP4 127.0.0.1",
    "s=-",
    "c=IN IP4 127.0.0.1",
    "t=0 0",
    `m=message 9 ${proto} *`,
    `a=accept-types:${types}`,
    ...(maxSize === undefined ? [] : [`a=max-size:${maxSize}`]),
    `a=path:${path}`,
    `a=setup:${setup}`,
    ...(fingerprint === undefined ? [] : [`a=fingerprint:${fingerprint}`]),
    ...lines,
    "",
  ].join("\r\n");
}

/** The value of an attribute in a description; "" where it is not there. */
export function attribute(sdp: string, name: string): string {
  return new RegExp(`^a=${name}:(.*?)\\r?$`, "m").exec(sdp)?.[1] ?? "";
}

/** The INVITE was refused. */
export class Refused extends Error {
  readonly status: number;
  readonly response: SipResponse | null;
  constructor(status: number, response: SipResponse | null) {
    super(`INVITE refused with ${status}`);
    this.status = status;
    this.response = response;
  }
}

/** One party of a call that stands. */
export interface CallSide {
  /** What the box described to it. */
  readonly sdp: string;
  /** The box's path in it. */
  readonly path: string;
  readonly ended: Promise<CallEnd>;
  hangUp(): void;
}

export interface StandingCall {
  readonly inviter: CallSide;
  readonly invitee: CallSide;
}

interface Invited {
  readonly answer: (offer: string) => string | number;
  readonly came: (side: CallSide) => void;
}

/** What users do with what comes unasked: a MESSAGE, or an INVITE that no `call` of ours announced. */
export interface Standing {
  /** The status it gets. `to`: user part of the Request-URI. */
  message?(to: string, body: Uint8Array): number;
  invite?(to: string, offer: string): Invited | number;
}

export class MsrpCallers {
  readonly domain: string;
  readonly timers: TimerQueues;
  readonly resolver: DnsResolver;
  readonly #wires: SipWires;
  readonly #agent: UserAgent;
  readonly #calls: CallTable;
  #flow: Flow | null = null;
  readonly #invited = new Map<string, Invited & { readonly from: string }>();
  standing: Standing = {};

  private constructor(domain: string) {
    this.domain = domain;
    const clock = systemClock, log = silentLog, metrics = new Metrics();
    const timers = this.timers = new TimerQueues(clock, (error) => {
      throw error;
    });
    timers.run();
    const wires = this.#wires = new SipWires({ log, metrics, clock, timers });
    const transactions = new TransactionLayer({ wires, clock, timers, log, metrics });
    wires.handler = new Receiver({ transactions, wires, clock, log, metrics });
    const resolver = this.resolver = new DnsResolver({
      wire: new DenoDnsWire(),
      servers: [],
      hosts: systemHosts(),
      clock,
      timers,
      log,
      metrics,
    });
    const transports = new Set(["tcp"] as const);
    const locator = new DnsLocator({ resolver, clock, metrics, peers: new Map(), transports, random: Math.random });
    this.#agent = new UserAgent({ transactions, wires, locator, log, metrics });
    this.#calls = new CallTable({ agent: this.#agent, clock, timers, log, metrics });
    transactions.user = {
      onStrayResponse: () => {},
      onRequest: (transaction) => {
        const { request } = transaction;
        if (this.#calls.owns(request)) return this.#calls.handle(transaction);
        if (request.method === "ACK") return;
        const { user } = request.requestUri;
        const refuse = (status: number) =>
          void transaction.respond(status, responseHead(request, status, { toTag: "x" }), NOTHING);
        if (request.method === "MESSAGE") return refuse(this.standing.message?.(user, request.body) ?? 404);
        if (request.method !== "INVITE") return refuse(404);
        const asked = new TextDecoder().decode(request.body);
        const called = this.#invited.get(user);
        // The box may have something for the same user at the same time.
        const invited = called?.from === request.from.uri.user ? called : this.standing.invite?.(user, asked) ?? 404;
        if (typeof invited === "number") return refuse(invited);
        if (invited === called) this.#invited.delete(user);
        const ended = Promise.withResolvers<CallEnd>();
        const call = this.#calls.incoming(transaction, { onEnded: (_call, end) => ended.resolve(end) });
        const answer = invited.answer(asked);
        if (typeof answer === "number") return call.refuse(answer);
        call.accept({ description: described(answer) });
        invited.came(sideOf(call, asked, ended.promise));
      },
    };
  }

  /** Registers these users at a box that runs with `TRUSTING`, over its TCP door. */
  static async open(box: { domain: string; port: number }, names: readonly string[]): Promise<MsrpCallers> {
    const callers = new MsrpCallers(box.domain);
    await callers.#wires.listen("tcp://127.0.0.1:0");
    callers.#flow = callers.#wires.flowTo({ transport: "tcp", host: "127.0.0.1", port: box.port, tlsName: "" });
    for (let at = 0; at < names.length; at += 50) {
      await Promise.all(names.slice(at, at + 50).map((name) => callers.register(name)));
    }
    return callers;
  }

  /** `from` invites `to`, who answers the box's offer. Rejects with `Refused`. One call to the same user at a time. */
  async call(
    from: string,
    to: string,
    offer: string,
    answer: (offer: string) => string | number,
  ): Promise<StandingCall> {
    const came = Promise.withResolvers<CallSide>();
    this.#invited.set(to, { from, answer, came: came.resolve });
    try {
      return { inviter: await this.invite(from, to, offer), invitee: await came.promise };
    } finally {
      this.#invited.delete(to);
    }
  }

  async close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#calls.endAll("", 2_000, resolve);
    await promise;
    await this.#wires.close();
    this.timers.stop();
  }

  /** A call whose other end the test does not play. Rejects with `Refused`. */
  async invite(from: string, to: string, offer: string): Promise<CallSide> {
    const accepted = Promise.withResolvers<string>();
    const ended = Promise.withResolvers<CallEnd>();
    const uri = `sip:${to}@${this.domain}`;
    const call = this.#calls.invite({
      uri,
      from: `<sip:${from}@${this.domain}>`,
      to: `<${uri}>`,
      flowId: this.#flow!.id,
      description: described(offer),
      reliable: false,
    }, {
      onAccepted: (_call, response) => accepted.resolve(new TextDecoder().decode(response.body)),
      onRefused: (_call, status, response) => accepted.reject(new Refused(status, response)),
      onEnded: (_call, end) => ended.resolve(end),
    });
    return sideOf(call, await accepted.promise, ended.promise);
  }

  /** A MESSAGE of one of the users; its final status. */
  message(
    from: string,
    to: string,
    text: string,
    headers: readonly (readonly [HeaderName, string])[] = [],
  ): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const uri = `sip:${to}@${this.domain}`;
    this.#agent.send({
      method: "MESSAGE",
      uri,
      from: `<sip:${from}@${this.domain}>`,
      to: `<${uri}>`,
      flowId: this.#flow!.id,
      headers,
      contentType: "text/plain",
      body: new TextEncoder().encode(text),
    }, {
      onResponse: (_request, { status }) => {
        if (status >= 200) resolve(status);
      },
      onFailure: (_request, failure) => reject(new Error(`MESSAGE from ${from} to ${to}: ${failure}`)),
    });
    return promise;
  }

  /** `expires` 0: signs off. */
  register(name: string, expires = 3600): Promise<void> {
    const aor = `<sip:${name}@${this.domain}>`;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#agent.send({
      method: "REGISTER",
      uri: `sip:${this.domain}`,
      from: aor,
      to: aor,
      flowId: this.#flow!.id,
      contact: name,
      contactParams: ";+g.oma.sip-im",
      headers: [["Expires", String(expires)]],
    }, {
      onResponse: (_request, { status }) => {
        if (status === 200) resolve();
        else if (status > 200) reject(new Error(`REGISTER of ${name}: ${status}`));
      },
      onFailure: (_request, failure) => reject(new Error(`REGISTER of ${name}: ${failure}`)),
    });
    return promise;
  }
}

function described(sdp: string): Description {
  return { contentType: "application/sdp", body: new TextEncoder().encode(sdp) };
}

function sideOf(call: Call, sdp: string, ended: Promise<CallEnd>): CallSide {
  return { sdp, path: attribute(sdp, "path"), ended, hangUp: () => call.end() };
}
