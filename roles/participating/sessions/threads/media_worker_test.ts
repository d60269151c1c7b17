import assert from "node:assert/strict";
import { Metrics, silentLog, systemClock, TimerQueues } from "../../../../foundation/mod.ts";
import { makeCertificate, NO_TLS } from "../../../../transport/net/machine/mod.ts";
import { DEFAULT_ADMISSION } from "../../../../transport/net/mod.ts";
import { MsrpSession, Switchboard } from "../../../../transport/msrp/mod.ts";
import { MsrpWires } from "../../../../transport/msrp/flows/mod.ts";
import { BridgedMedia } from "../bridged_media.ts";
import type { SessionEvents } from "../session_events.ts";
import { accept, answer, mediaOf, offer, SessionWorld } from "../testing/session_world.ts";
import { Client } from "../testing/msrp_wire.ts";
import { MediaThreads } from "./media_threads.ts";
import { startMediaWorker, type ThreadPort, workerPort } from "./thread_port.ts";

/** Makes the worker of these tests fail as a whole. */
const FAIL = [{ what: "fail" } as never];
const URIS = { alice: "msrps://198.51.100.9:7654/alice1;tcp", bob: "msrp://203.0.113.1:8888/bob1;tcp" };

/** Resolves when it is so; asked at every turn of the event loop. */
async function until(holds: () => boolean, what: string): Promise<void> {
  const end = performance.now() + 20_000;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`not within 20 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** A box with a real worker, SIP in memory, and clients on loopback. */
class WorkerWorld {
  readonly ports: ThreadPort[] = [];
  readonly timers = new TimerQueues(systemClock, (error) => {
    throw error;
  });
  readonly wires: MsrpWires;
  readonly node: Switchboard;
  readonly world: SessionWorld;
  readonly told: SessionEvents["sessionEnded"][] = [];
  threads!: MediaThreads;

  constructor(certificate: Awaited<ReturnType<typeof makeCertificate>>) {
    this.timers.run();
    const shared = { log: silentLog, metrics: new Metrics(), clock: systemClock, timers: this.timers };
    const tls = { ...NO_TLS, certificates: [certificate], unverified: true };
    this.wires = new MsrpWires({ ...shared, resolver: null as never, tls });
    this.node = new Switchboard({ ...shared, dialer: this.wires });
    this.world = new SessionWorld({
      media: (world) => {
        const clock = world.time, { timers } = clock;
        const here = new Switchboard({ clock, timers, log: silentLog, metrics: new Metrics(), dialer: null });
        return this.threads = new MediaThreads({
          start: (user) => {
            const url = new URL("./testing/failing_worker.ts", import.meta.url);
            const port = workerPort(new Worker(url, { type: "module" }), user);
            this.ports.push(port);
            return port;
          },
          doors: [["tcp", "tls"].map((scheme) => ({ url: `${scheme}://127.0.0.1:0`, advertised: "127.0.0.1" }))],
          setup: () => ({ admission: DEFAULT_ADMISSION, tls, dns: null, settings: world.settings, level: "info" }),
          here: new BridgedMedia({ node: here, clock, timers, settings: world.settings }),
          clock,
          timers,
          log: silentLog,
          metrics: world.metrics,
        });
      },
    });
    this.world.events.on("sessionEnded", (event) => this.told.push(event));
  }

  /** alice, over TLS, and bob, over TCP, who connects before his 200. */
  async session(): Promise<{ alice: Client; bob: Client }> {
    const { world } = this;
    if (world.bindings("sip:bob@example.test").length === 0) world.device("bob", "sip:bob@203.0.113.1");
    const invited = world.invite(offer({ path: URIS.alice, proto: "TCP/TLS/MSRP" }));
    const sent = world.requests("INVITE").at(-1)!;
    const bob = this.#client(URIS.bob, mediaOf(sent.request).path);
    accept(sent, answer({ path: URIS.bob }));
    world.within(invited, "ACK");
    const alice = this.#client(URIS.alice, mediaOf(invited.last).path);
    bob.say("from bob");
    alice.say("from alice");
    await until(() => alice.delivered.length === 1 && bob.delivered.length === 1, "both messages");
    assert.deepEqual([alice.texts, bob.texts], [["from bob"], ["from alice"]]);
    return { alice, bob };
  }

  async close(): Promise<void> {
    await this.#ended(this.threads.close());
    this.node.close("done");
    await this.wires.close();
    this.timers.stop();
  }

  /** Time stands still in the box until told. */
  async #ended(closing: Promise<void>): Promise<void> {
    let over = false;
    void closing.then(() => over = true);
    await until(() => over, "the end of the worker");
  }

  #client(uri: string, path: readonly string[]): Client {
    const client = new Client();
    const session = client.session = new MsrpSession({
      node: this.node,
      sessionId: /\/([^/;]*);/.exec(uri)![1],
      uri,
      acceptTypes: ["*"],
      user: client,
      clock: systemClock,
      timers: this.timers,
    });
    session.start("active", { path });
    return client;
  }
}

Deno.test({
  name: "a worker carries a session over TLS and TCP; one that fails ends it with BYE on both sides, and is replaced",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    const certificate = await makeCertificate(["im.example.test"], systemClock);
    const box = new WorkerWorld(certificate);
    const { world } = box;
    try {
      const urls = await box.threads.start();
      assert.deepEqual(urls.map((url) => url.replace(/\d+$/, "0")), ["tcp://127.0.0.1:0", "tls://127.0.0.1:0"]);
      const { alice, bob } = await box.session();
      // A fault in one session is that session's alone.
      box.ports[0].post([{ what: "open", n: 99, inviter: null, invitee: null, names: null } as never]);
      alice.say("still here");
      await until(() => bob.texts.length === 2, "the message after it");
      box.ports[0].post(FAIL);
      await until(() => world.sessions.size === 0, "the end of the session");
      const lost = 'SIP;cause=500;text="MSRP connection lost"';
      assert.deepEqual(world.requests("BYE").map(({ request }) => request.get("Reason")), [lost, lost]);
      assert.deepEqual(box.told.map(({ why }) => why), ["connection lost"]);
      await until(() => alice.closed !== "" && bob.closed !== "", "the end of both connections");
      assert.equal(world.metrics.value("parley_media_thread_ends_total", "running"), 1);
      world.time.advance(1_000);
      await until(() => box.threads.threads[0]?.up === true, "the next worker");
      await box.session();
      assert.equal(box.ports.length, 2);
      // Its figures are exact when it is over.
      const [{ id }] = world.sessions.list();
      world.sessions.end(id);
      await until(() => box.told.length === 2, "the end of the second session");
      assert.deepEqual([box.told[1].fromInviter, box.told[1].fromInvitee], [
        { messages: 1, octets: 10 },
        { messages: 1, octets: 8 },
      ]);
    } finally {
      await box.close();
    }
  },
});

Deno.test({
  name: "a worker whose door cannot be had stops the start with the address",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const url = `tcp://127.0.0.1:${taken.addr.port}`;
    const world = new SessionWorld();
    const clock = world.time, { timers } = clock;
    const node = new Switchboard({ clock, timers, log: silentLog, metrics: new Metrics(), dialer: null });
    const threads = new MediaThreads({
      start: startMediaWorker,
      doors: [[{ url, advertised: "127.0.0.1" }]],
      setup: () => ({
        admission: DEFAULT_ADMISSION,
        tls: NO_TLS,
        dns: null,
        settings: { ...world.settings },
        level: "info",
      }),
      here: new BridgedMedia({ node, clock, timers, settings: world.settings }),
      clock,
      timers,
      log: silentLog,
      metrics: world.metrics,
    });
    await assert.rejects(threads.start(), new RegExp(`${url}: cannot be opened: `));
    await threads.close();
    taken.close();
  },
});
