import { Metrics, randomToken, silentLog, systemClock } from "../../foundation/mod.ts";
import {
  type Connection,
  type DialOptions,
  type Duplex,
  type DuplexUser,
  type MessageTracker,
  MsrpSession,
  type MsrpUri,
  type SessionLimits,
  type SessionUser,
  Switchboard,
} from "../../transport/msrp/mod.ts";
import { MsrpWires } from "../../transport/msrp/flows/mod.ts";
import { type MsrpCallers, msrpSdp, type StandingCall } from "./msrp_callers.ts";
import { within } from "./within.ts";

/** What one end of a session is made with. */
export interface EndOptions {
  readonly user: SessionUser;
  readonly limits?: Partial<SessionLimits>;
  /** Of the session that this one replaces. */
  readonly tracker?: MessageTracker;
  /** The connection is cut when so many octets have been read from it. */
  readonly cutAt?: number;
}

/** Two of our own ends with a session through the box. */
export interface JoinedEnds {
  readonly call: StandingCall;
  readonly a: MsrpSession;
  readonly b: MsrpSession;
  /** What b is called in its path. */
  readonly uriB: string;
}

/** Each session has a connection of its own. */
class ApartSwitchboard extends Switchboard {
  override connect(uri: MsrpUri, options: DialOptions): Connection | null {
    return super.connect(uri, { ...options, share: false });
  }
}

/** Our own MSRP ends over real TCP, for tests that need what a client does: reports, long messages, resuming. */
export class MsrpEnds {
  readonly node: Switchboard;
  readonly #wires: MsrpWires;
  readonly #callers: MsrpCallers;
  /** What the next connection that is made will be cut at. */
  #cutNext = Infinity;

  constructor(callers: MsrpCallers) {
    this.#callers = callers;
    const { timers, resolver } = callers;
    const shared = { log: silentLog, metrics: new Metrics(), clock: systemClock, timers };
    this.#wires = new MsrpWires({ ...shared, resolver });
    this.node = new ApartSwitchboard({
      ...shared,
      dialer: {
        dial: (transport, to, name) => {
          const duplex = this.#wires.dial(transport, to, name);
          if (duplex === null || this.#cutNext === Infinity) return duplex;
          return new CutDuplex(duplex, this.#cutNext);
        },
      },
    });
  }

  /** `from` invites `to`; both connect to the box and bind. `lines`: further lines of the inviter's description. */
  async join(
    from: string,
    to: string,
    a: EndOptions,
    b: EndOptions,
    lines: readonly string[] = [],
  ): Promise<JoinedEnds> {
    const opened = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const [endA, endB] = [a, b].map((options, i) => {
      const uri = `msrp://127.0.0.1:9/${randomToken(20)};tcp`;
      return { session: this.#end(uri, options, opened[i]), uri };
    });
    const answer = () => msrpSdp({ path: endB.uri });
    const call = await this.#callers.call(from, to, msrpSdp({ path: endA.uri, lines }), answer);
    for (
      const [{ session }, path, { cutAt = Infinity }] of [
        [endA, call.inviter.path, a],
        [endB, call.invitee.path, b],
      ] as const
    ) {
      this.#start(session, path, cutAt);
    }
    await within(Promise.all(opened.map(({ promise }) => promise)), `both ends of ${from} and ${to} to be open`);
    return { call, a: endA.session, b: endB.session, uriB: endB.uri };
  }

  /** b, whose connection broke, comes again by the same path. */
  async comeBack({ call, uriB }: JoinedEnds, b: EndOptions): Promise<MsrpSession> {
    const opened = Promise.withResolvers<void>();
    const session = this.#end(uriB, b, opened);
    this.#start(session, call.invitee.path, b.cutAt ?? Infinity);
    await within(opened.promise, "an end to come again");
    return session;
  }

  #end(uri: string, { user, limits, tracker }: EndOptions, opened: PromiseWithResolvers<void>): MsrpSession {
    return new MsrpSession({
      node: this.node,
      sessionId: /\/([^/;]*);/.exec(uri.slice("msrp://".length))![1],
      uri,
      acceptTypes: ["*"],
      user: withOpened(user, opened),
      clock: systemClock,
      timers: this.#callers.timers,
      limits,
      tracker,
    });
  }

  #start(session: MsrpSession, path: string, cutAt: number): void {
    this.#cutNext = cutAt;
    session.start("active", { path: [path] });
    this.#cutNext = Infinity;
  }

  async close(): Promise<void> {
    this.node.close("done");
    await this.#wires.close();
  }
}

/** The same user, and whoever waits for the session. */
function withOpened(user: SessionUser, opened: PromiseWithResolvers<void>): SessionUser {
  return {
    onOpen: () => {
      opened.resolve();
      user.onOpen?.();
    },
    onMessage: (message) => user.onMessage(message),
    onStream: (stream) => user.onStream?.(stream) ?? null,
    onClosed: (reason, status) => {
      // One that is cut before it is open is as good as open to whoever waits.
      opened.resolve();
      user.onClosed(reason, status);
    },
  };
}

/** A connection that breaks when so many octets have come: those before are handed on, the others are lost. */
class CutDuplex implements Duplex {
  readonly #inner: Duplex;
  #left: number;

  constructor(inner: Duplex, octets: number) {
    this.#inner = inner;
    this.#left = octets;
  }

  get transport() {
    return this.#inner.transport;
  }
  get inbound() {
    return this.#inner.inbound;
  }
  get local() {
    return this.#inner.local;
  }
  get remote() {
    return this.#inner.remote;
  }
  get peerNames() {
    return this.#inner.peerNames;
  }
  hasFingerprint(text: string): boolean {
    return this.#inner.hasFingerprint(text);
  }
  start(user: DuplexUser): void {
    this.#inner.start({
      onConnected: () => user.onConnected(),
      onOctets: (octets) => {
        if (this.#left <= 0) return;
        const before = octets.subarray(0, this.#left);
        this.#left -= octets.length;
        user.onOctets(before);
        // The answers to what was just read go with the connection, as those of a machine that fails do.
        if (this.#left <= 0) this.#inner.destroy();
      },
      onWritten: () => user.onWritten(),
      onClosed: (reason) => user.onClosed(reason),
    });
  }
  write(octets: Uint8Array<ArrayBuffer>): void {
    this.#inner.write(octets);
  }
  pause(): void {
    this.#inner.pause();
  }
  resume(): void {
    this.#inner.resume();
  }
  end(): void {
    this.#inner.end();
  }
  destroy(): void {
    this.#inner.destroy();
  }
}
