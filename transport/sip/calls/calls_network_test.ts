import assert from "node:assert/strict";
import fc from "fast-check";
import { FakeTime } from "../../../foundation/testing.ts";
import { Metrics, silentLog } from "../../../foundation/mod.ts";
import { MemoryFlow } from "../memory_flow.ts";
import { Receiver } from "../receiver.ts";
import { TransactionLayer } from "../transaction_layer.ts";
import { UserAgent } from "../user_agent.ts";
import type { Wires } from "../wires.ts";
import type { Call, CallUser } from "./call.ts";
import { CallTable } from "./call_table.ts";
import { CallNotes, pair, sdp } from "./testing/call_world.ts";

/** A small generator with a seed, so that a failure can be run again. */
function seeded(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

const LAST = /^(refused|cancelled|ended)/;

Deno.test("over a network that loses, doubles and reorders, every call comes to one end on either side, and nothing is left", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 31 }), (seed) => {
      const random = seeded(seed);
      const time = new FakeTime();
      const { a, b, step } = pair({ time, a: { random }, b: { random } });
      const fate = () =>
        random() < 0.2
          ? { copies: 0, delay: 0 }
          : { copies: random() < 0.1 ? 2 : 1, delay: Math.floor(random() * 900) };
      a.wires.fate = fate;
      b.wires.fate = fate;
      const users: CallNotes[] = [];
      const taken: Call[] = [];
      // Whoever refuses a call hears no more of it.
      const end = (call: Call): void => {
        if (call.incoming && call.state === "inviting") (call.user as CallNotes).notes.push("refused by us");
        call.end();
      };
      const later = (call: Call, most_ms: number) =>
        void time.timers.start(random() * most_ms, { onTimer: () => act(call) }, 0);
      const act = (call: Call): void => {
        const what = random();
        if (call.state === "ended") return;
        if (call.state === "confirmed" && what < 0.5) {
          call.offer(sdp(`offer ${what}`), what < 0.25 ? "INVITE" : undefined);
        } else if (call.state === "confirmed" && what < 0.7) call.send("INFO", {});
        else if (call.state === "inviting" && call.incoming && what < 0.3) call.progress(183, {}, what < 0.15);
        else if (call.state === "inviting" && call.incoming && what < 0.8) call.accept({ description: sdp("answer") });
        else return end(call);
        later(call, 5_000);
      };
      // Each call that comes in has notes of its own.
      b.core.answer = ((answer) => (transaction: Parameters<typeof answer>[0]) => {
        if (b.calls.owns(transaction.request)) return b.calls.handle(transaction);
        if (transaction.request.method !== "INVITE") return;
        const user = new CallNotes();
        users.push(user);
        const call = b.calls.incoming(transaction, user, { sessionExpires: 90 });
        taken.push(call);
        later(call, 5_000);
      })(b.core.answer);
      for (let i = 0; i < 8; i++) {
        const user = new CallNotes();
        users.push(user);
        const transport = i % 2 === 0 ? "udp" : "tcp";
        later(a.invite({ uri: `sip:bob@192.0.2.9:5060;transport=${transport}`, sessionExpires: 90 }, user), 30_000);
        step(700);
      }
      step(60_000);
      a.wires.fate = b.wires.fate = () => ({ copies: 1, delay: 0 });
      a.calls.endAll("", 0, () => {});
      for (const call of taken) if (call.state !== "ended") end(call);
      step(300_000);
      assert.deepEqual([a.calls.size, b.calls.size], [0, 0]);
      assert.deepEqual([a.layer.clientCount, b.layer.clientCount], [0, 0]);
      for (const { notes } of users) {
        assert.equal(notes.filter((note) => LAST.test(note)).length, 1, notes.join(", "));
        assert.match(notes.at(-1)!, LAST);
      }
    }),
    { numRuns: 40 },
  );
});

/** A box that knows one flow. */
class MemoryBox {
  readonly time = new FakeTime();
  readonly layer: TransactionLayer;
  readonly receiver: Receiver;
  readonly calls: CallTable;
  flow: MemoryFlow | null = null;

  constructor(user: CallUser, taken: (call: Call) => void) {
    const { time } = this;
    const metrics = new Metrics();
    const wires: Wires = {
      flowTo: () => this.flow,
      flow: (id) => this.flow?.id === id ? this.flow : null,
      advertised: () => ({ host: "192.0.2.1", port: 5060 }),
      isOwn: () => false,
    };
    const log = silentLog;
    this.layer = new TransactionLayer({ wires, clock: time, timers: time.timers, log, metrics });
    this.receiver = new Receiver({ transactions: this.layer, wires, clock: time, log, metrics });
    const agent = new UserAgent({
      transactions: this.layer,
      wires,
      locator: {
        locate: (_uri, done) => done([{ transport: "memory", host: "192.0.2.1", port: 1, tlsName: "" }]),
        failed() {},
      },
      log,
      metrics,
    });
    this.calls = new CallTable({ agent, clock: time, timers: time.timers, log, metrics });
    this.layer.user = {
      onStrayResponse() {},
      onRequest: (transaction) => {
        if (this.calls.owns(transaction.request)) this.calls.handle(transaction);
        else taken(this.calls.incoming(transaction, user));
      },
    };
  }
}

Deno.test("a hundred calls over a memory flow, from INVITE to the 200 of BYE", async () => {
  const here = new CallNotes();
  const there = new CallNotes();
  const a = new MemoryBox(here, () => {});
  const b = new MemoryBox(there, (call) => call.accept({ description: sdp("answer") }));
  const local = { host: "192.0.2.1", port: 1 };
  [a.flow, b.flow] = MemoryFlow.pair({ id: 1, local, handler: a.receiver }, { id: 1, local, handler: b.receiver });
  const calls = Array.from({ length: 100 }, () =>
    a.calls.invite({
      uri: "sip:bob@b.test;transport=memory",
      from: "<sip:alice@a.test>",
      to: "<sip:bob@b.test>",
      description: sdp("offer"),
    }, here));
  const turns = async () => {
    for (let i = 0; i < 10; i++) await Promise.resolve();
  };
  await turns();
  assert.ok(calls.every((call) => call.state === "confirmed"));
  for (const call of calls) call.end();
  await turns();
  assert.deepEqual([a.calls.size, b.calls.size], [0, 0]);
  assert.equal(there.notes.filter((note) => note === "ended by peer").length, 100);
});
