import { type Log, type LogFields, Metrics, MetricsReport, silentLog } from "../../../../../foundation/mod.ts";
import { type MsrpDoor, Switchboard } from "../../../../../transport/msrp/mod.ts";
import { NO_TLS } from "../../../../../transport/net/machine/mod.ts";
import { DEFAULT_ADMISSION } from "../../../../../transport/net/mod.ts";
import type { Received } from "../../../../sip_core/testing/core_world.ts";
import { BridgedMedia } from "../../bridged_media.ts";
import type { FakeDeferred } from "../../testing/fake_deferred.ts";
import { MsrpWire } from "../../testing/msrp_wire.ts";
import { accept, answer, mediaOf, offer, type SessionWorld } from "../../testing/session_world.ts";
import { MediaThreads } from "../media_threads.ts";
import { ThreadBridges } from "../thread_bridges.ts";
import type { FromThread, ToThread } from "../thread_messages.ts";
import type { ThreadPort, ThreadUser } from "../thread_port.ts";

const DOOR: MsrpDoor = { transport: "tcp", advertised: { host: "im.example.test", port: 2860 } };

/** One life of a thread, in memory: bridges on a node of the test's, messages copied as those to a worker are. */
export class FakeThread implements ThreadPort {
  readonly heard: ToThread[] = [];
  readonly user: ThreadUser;
  readonly metrics = new Metrics();
  bridges: ThreadBridges | null = null;
  terminated = false;
  /** What is said stays on its way until `arrive`. */
  slow = false;
  /** It says nothing more, as one that runs in circles. */
  stuck = false;
  readonly #threads: FakeThreads;
  #coming: ToThread[] = [];

  constructor(threads: FakeThreads, user: ThreadUser) {
    this.#threads = threads;
    this.user = user;
  }

  post(messages: readonly ToThread[]): void {
    if (this.terminated) return;
    const first = this.#coming.length === 0;
    this.#coming.push(...structuredClone(messages));
    if (!this.slow && first) queueMicrotask(() => this.slow || this.arrive());
  }

  terminate(): void {
    this.terminated = true;
  }

  /** What is on its way to it arrives. */
  arrive(): void {
    for (const message of this.#coming.splice(0)) if (!this.terminated && !this.stuck) this.#hear(message);
  }

  fail(reason: string): void {
    this.user.onFailed(reason);
  }

  /** Says that to the main thread. */
  say(message: FromThread): void {
    if (!this.terminated && !this.stuck) this.user.onMessages([structuredClone(message)]);
  }

  #hear(message: ToThread): void {
    this.heard.push(message);
    if (message.what === "begin") return this.#begin(message);
    if (this.bridges?.hear(message) === false && message.what === "end" && !this.#threads.deafToEnd) {
      queueMicrotask(() => this.say({ what: "ended" }));
    }
  }

  #begin({ setup }: ToThread & { what: "begin" }): void {
    const { cannot } = this.#threads;
    if (cannot !== "") return this.say({ what: "cannot", reason: cannot });
    const { world, node } = this.#threads;
    const clock = world.time, { timers } = clock;
    const media = new BridgedMedia({ node, clock, timers, settings: setup.settings });
    this.bridges = new ThreadBridges({
      node,
      media,
      clock,
      timers,
      report: new MetricsReport(this.metrics),
      post: (message) => this.say(message),
    });
    this.say({ what: "up", doors: [DOOR], urls: [setup.doors[0].url] });
  }
}

/** Threads that live one after the other at one place, and what their users saw. */
export class FakeThreads {
  readonly lives: FakeThread[] = [];
  readonly errors: { readonly text: string; readonly fields: LogFields | undefined }[] = [];
  /** Why the next one cannot begin; "" where it can. */
  cannot = "";
  /** Threads that end do not say so. */
  deafToEnd = false;
  world!: SessionWorld;
  /** Where clients connect to. */
  node!: Switchboard;
  threads!: MediaThreads;
  /** The node of the main thread, which nobody is connected to. */
  here!: Switchboard;

  make(world: SessionWorld, node: Switchboard): MediaThreads {
    this.world = world;
    this.node = node;
    const clock = world.time, { timers } = clock;
    const log: Log = {
      ...silentLog,
      error: (text, fields) => void this.errors.push({ text, fields }),
      child: () => log,
    };
    this.here = new Switchboard({
      clock,
      timers,
      log: silentLog,
      metrics: new Metrics(),
      dialer: null,
      doors: [
        { transport: "tcp", advertised: { host: "im.example.test", port: 2855 } },
        { transport: "ws", advertised: { host: "im.example.test", port: 8080 } },
      ],
    });
    return this.threads = new MediaThreads({
      start: (user) => {
        const life = new FakeThread(this, user);
        this.lives.push(life);
        return life;
      },
      doors: [[{ url: "tcp://192.0.2.9:2860", advertised: "im.example.test" }]],
      setup: () => ({
        admission: DEFAULT_ADMISSION,
        tls: NO_TLS,
        dns: null,
        settings: { ...world.settings },
        level: "info",
      }),
      here: new BridgedMedia({ node: this.here, clock, timers, settings: world.settings }),
      clock,
      timers,
      log,
      metrics: world.metrics,
    });
  }

  get life(): FakeThread {
    return this.lives.at(-1)!;
  }
}

/** alice and bob with a session that a thread carries. */
export class ThreadWire extends MsrpWire {
  readonly fake: FakeThreads;
  invited!: Received;

  private constructor(fake: FakeThreads, deferred: FakeDeferred | null) {
    super({}, undefined, (world, box) => fake.make(world, box), deferred?.undelivered);
    this.fake = fake;
  }

  /** `deferred`: what stores messages that do not arrive; null: nothing does. */
  static async open(deferred: FakeDeferred | null = null): Promise<ThreadWire> {
    const wire = new ThreadWire(new FakeThreads(), deferred);
    await wire.fake.threads.start();
    wire.world.device("bob", "sip:bob@203.0.113.1");
    return wire;
  }

  /** bob's device connects before its 200 is here, and alice when she has her answer. */
  async session(beforeAnswer: () => Promise<void> | void = () => {}): Promise<void> {
    const { world } = this;
    [this.alice, this.bob].forEach((client) => client.texts.length = 0);
    this.invited = world.invite(offer());
    const sent = world.requests("INVITE").at(-1)!;
    this.end(this.bob, 1, "msrp://203.0.113.1:8888/bob1;tcp");
    this.end(this.alice, 0, "msrp://198.51.100.9:7654/alice1;tcp");
    this.bob.session.start("active", { path: mediaOf(sent.request).path });
    await this.settle();
    await beforeAnswer();
    accept(sent, answer());
    world.within(this.invited, "ACK");
    this.alice.session.start("active", { path: mediaOf(this.invited.last).path });
    await this.settle();
  }
}
