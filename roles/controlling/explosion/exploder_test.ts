import assert from "node:assert/strict";
import { Events, Metrics, silentLog } from "../../../foundation/mod.ts";
import { FakeTime } from "../../../foundation/testing.ts";
import type { Exchange } from "../../sip_core/mod.ts";
import { Exploder, EXPLOSION_LIMITS } from "./exploder.ts";
import type { ExplosionEvents } from "./explosion_events.ts";
import type { ListJob } from "./list_job.ts";
import { MemoryStates } from "./testing/memory_states.ts";

const DOMAINS = new Set(["example.test"]);
const person = (i: number) => `sip:u${String(i).padStart(3, "0")}@example.test`;
const isGroup = (uri: string) => uri.startsWith("sip:group");

function job(count: number, more: Partial<ListJob> = {}): ListJob {
  return {
    id: "00112233445566778899aabbccddeeff",
    transaction: "call\ntag\n1",
    sender: { aor: "sip:alice@example.test", displayName: "Alice", number: "" },
    target: "sip:exploder@example.test",
    headers: "Subject: all\r\n",
    from: '"Alice" <sip:alice@example.test>',
    contentType: "text/plain",
    body: new TextEncoder().encode("hello all").toBase64(),
    recipients: Array.from({ length: count }, (_, i) => person(i)),
    named: true,
    history: null,
    hops: 69,
    at: Date.UTC(2026, 0, 1, 12),
    expiresAt: Date.UTC(2026, 0, 8),
    ...more,
  };
}

class World {
  readonly time = new FakeTime(Date.UTC(2026, 0, 1, 12));
  /** Copies that nobody has answered yet. */
  open: Exchange[] = [];
  readonly copies: Exchange[] = [];
  readonly reports: string[] = [];
  readonly done: ExplosionEvents["listDone"][] = [];
  readonly exploder: Exploder;
  readonly states: MemoryStates;
  /** Senders that are not in the service any more. */
  readonly gone = new Set<string>();
  /** Whoever delivers to this one throws. */
  broken = "";

  constructor(states = new MemoryStates()) {
    this.states = states;
    const events = new Events<ExplosionEvents>((error) => {
      throw error;
    });
    events.on("listDone", (facts) => void this.done.push(facts));
    this.exploder = new Exploder({
      states,
      deliver: (exchange) => {
        const { request } = exchange;
        if (request.uri === this.broken) throw new TypeError("a row that failed");
        if (request.getOther("Auto-Submitted") !== undefined) {
          this.reports.push(new TextDecoder().decode(request.body));
          return exchange.reply(200);
        }
        this.copies.push(exchange);
        this.open.push(exchange);
      },
      isService: isGroup,
      maySend: (aor) => !this.gone.has(aor),
      domains: DOMAINS,
      events,
      clock: this.time,
      log: silentLog,
      metrics: new Metrics(),
    });
    this.exploder.start();
  }

  async accept(one: ListJob): Promise<void> {
    await new Promise<void>((resolve, reject) =>
      this.exploder.accept(one, (error) => error === null ? resolve() : reject(error))
    );
  }

  /** Answers what is on its way, and what follows, until nothing more comes. */
  answerAll(statusOf: (uri: string) => number): void {
    for (let one = this.open.shift(); one !== undefined; one = this.open.shift()) one.reply(statusOf(one.request.uri));
  }

  /** Jobs in the store. */
  get jobs(): number {
    return [...this.states.load()].filter(([name]) => name.startsWith("job ")).length;
  }

  timesOf(uri: string): number {
    return this.copies.filter(({ request }) => request.uri === uri).length;
  }
}

Deno.test("each recipient gets one copy in the sender's name, marked as made from a list, and the sender is told who does not have it [SND-2]", async () => {
  const world = new World();
  const recipients = [
    ...job(500).recipients,
    ...Array.from(
      { length: 5 },
      (_, i) => `sip:group${i}@example.test`,
    ),
  ];
  await world.accept(job(0, { recipients }));
  assert.ok(world.open.length <= EXPLOSION_LIMITS.parallel);
  world.answerAll((uri) => Number(uri.slice(5, 8)) < 100 ? 202 : 200);
  assert.equal(world.copies.length, 500);
  for (const { request, identity } of world.copies) {
    assert.equal(identity?.aor, "sip:alice@example.test");
    assert.equal(request.from.uri.user, "alice");
    assert.equal(request.getOther("X-IM-Exploded-By"), "<sip:exploder@example.test>");
    assert.equal(new TextDecoder().decode(request.body), "hello all");
  }
  assert.deepEqual(world.done.map(({ delivered, waiting, refused }) => [delivered, waiting, refused]), [[400, 100, 5]]);
  assert.equal(world.reports.length, 1);
  assert.match(world.reports[0], /to 505 recipients: 400 delivered, 100 kept until they are back, 5 refused\./);
  assert.match(world.reports[0], /lists and groups in lists are not allowed: group0@example.test/);
  assert.ok(new TextEncoder().encode(world.reports[0]).length <= 1300);
  assert.equal(world.exploder.size, 0);
  assert.equal(world.jobs, 0);
});

Deno.test("where everybody has it nothing more is said", async () => {
  const world = new World();
  await world.accept(job(3));
  world.answerAll(() => 200);
  assert.deepEqual(world.reports, []);
  assert.equal(world.jobs, 0);
});

Deno.test("killed anywhere in the middle it goes on: nobody is left out, and nobody gets a third copy", async () => {
  for (let killAfter = 0; killAfter <= 120; killAfter += 7) {
    const first = new World();
    await first.accept(job(120));
    for (let i = 0; i < killAfter && first.open.length > 0; i++) first.open.shift()!.reply(200);
    const second = new World(first.states.afterKill());
    second.answerAll(() => 200);
    for (let i = 0; i < 120; i++) {
      const times = first.timesOf(person(i)) + second.timesOf(person(i));
      const answered = first.copies.some(({ request, transaction }) =>
        request.uri === person(i) && transaction.answered
      );
      assert.ok(times === 1 || times === 2, `${person(i)}: ${times} copies, killed after ${killAfter}`);
      assert.ok(answered || second.timesOf(person(i)) === 1, `${person(i)} was left out, killed after ${killAfter}`);
    }
    assert.equal(second.jobs, 0);
  }
});

Deno.test("a copy that is made again after a crash is the same request, so that stores and devices know it", async () => {
  const first = new World();
  await first.accept(job(1));
  const second = new World(first.states.afterKill());
  const names = ({ request }: Exchange) => [request.callId, request.from.tag, request.cseq.number];
  assert.deepEqual(names(second.copies[0]), names(first.copies[0]));
  assert.ok(second.exploder.knows("call\ntag\n1"), "and the one that brought it is known");
});

Deno.test("copies of several senders take turns, and what is under way is bounded", async () => {
  const world = new World();
  await world.accept(job(300));
  await world.accept(job(2, { id: "ff", transaction: "other" }));
  assert.equal(world.open.length, EXPLOSION_LIMITS.parallel);
  world.open.shift()!.reply(200);
  world.open.shift()!.reply(200);
  assert.equal(world.copies.filter(({ request }) => request.uri === person(0)).length, 2, "the second has begun");
  assert.ok(!world.exploder.hasRoom("sip:bob@example.test", EXPLOSION_LIMITS.copies, 1));
  assert.ok(world.exploder.hasRoom("sip:bob@example.test", 500, 1));
});

Deno.test("one sender has so many under way and no more", async () => {
  const world = new World();
  for (let i = 0; i < EXPLOSION_LIMITS.perSender; i++) await world.accept(job(1, { id: `a${i}`, transaction: `${i}` }));
  assert.ok(!world.exploder.hasRoom("sip:alice@example.test", 1, 1));
  assert.ok(world.exploder.hasRoom("sip:bob@example.test", 1, 1));
});

Deno.test("a store that fails: nothing was accepted, and nothing goes out", async () => {
  const world = new World();
  world.states.failure = new Error("full");
  await assert.rejects(world.accept(job(3)), /full/);
  assert.equal(world.copies.length, 0);
  assert.equal(world.exploder.size, 0);
});

Deno.test("members of a group are counted, not named", async () => {
  const world = new World();
  await world.accept(job(2, { named: false, target: "sip:team@groups.example.test" }));
  world.answerAll(() => 403);
  assert.match(world.reports[0], /2 refused\.$/);
});

Deno.test("what is being stored counts: many that come at once are bounded as well, and so are their octets", async () => {
  const world = new World();
  const stored = Array.from({ length: EXPLOSION_LIMITS.perSender }, (_, i) => {
    assert.ok(world.exploder.hasRoom("sip:alice@example.test", 1, 1));
    return world.accept(job(1, { id: `a${i}`, transaction: `${i}` }));
  });
  assert.ok(!world.exploder.hasRoom("sip:alice@example.test", 1, 1), "before any of them is in the store");
  assert.equal(world.exploder.knows("0"), false, "nobody is told that it is accepted");
  await Promise.all([...stored, world.accept(job(1, { id: "again", transaction: "0" }))]);
  assert.equal(world.copies.length, EXPLOSION_LIMITS.perSender, "one that comes again meanwhile is no other one");
  assert.ok(!world.exploder.hasRoom("sip:bob@example.test", 1, EXPLOSION_LIMITS.octets));
  world.answerAll(() => 200);
  assert.ok(world.exploder.hasRoom("sip:alice@example.test", 1, 1));
  assert.ok(world.exploder.hasRoom("sip:bob@example.test", 1, EXPLOSION_LIMITS.octets));
});

Deno.test("one that could not be stored leaves nothing behind, and may come again", async () => {
  const world = new World();
  world.states.failure = new Error("full");
  await assert.rejects(world.accept(job(3)), /full/);
  world.states.failure = null;
  assert.equal(world.exploder.knows("call\ntag\n1"), false);
  assert.ok(world.exploder.hasRoom("sip:bob@example.test", EXPLOSION_LIMITS.copies, EXPLOSION_LIMITS.octets));
  await world.accept(job(3));
  world.answerAll(() => 200);
  assert.equal(world.copies.length, 3);
});

Deno.test("a failure of the store is no word that nothing was written: the job is removed again", async () => {
  const states = new MemoryStates();
  const world = new World(states);
  states.failsAfterwards = true;
  await assert.rejects(world.accept(job(3)));
  states.failsAfterwards = false;
  await Promise.resolve();
  assert.equal(new World(states.afterKill()).copies.length, 0, "its sender was told that it was not accepted");
});

Deno.test("what fails while the box goes down is no refusal: those get it after the start", async () => {
  const first = new World();
  await first.accept(job(10));
  for (let i = 0; i < 4; i++) first.open.shift()!.reply(200);
  first.exploder.stop();
  first.answerAll((uri) => uri === person(4) ? 200 : 503);
  assert.deepEqual([first.done.length, first.reports.length, first.jobs], [0, 0, 1]);
  const second = new World(first.states.afterKill());
  second.answerAll(() => 200);
  for (let i = 5; i < 10; i++) assert.equal(second.timesOf(person(i)), 1, person(i));
  assert.equal(second.reports.length, 0, "everybody has it");
});

Deno.test("a copy that cannot be made stops neither the others nor the next message", async () => {
  const world = new World();
  world.broken = person(1);
  await world.accept(job(3));
  world.answerAll(() => 200);
  await world.accept(job(2, { id: "ff", transaction: "other" }));
  world.answerAll(() => 200);
  assert.deepEqual(world.done.map(({ delivered, refused }) => [delivered, refused]), [[2, 1], [1, 1]]);
  assert.equal(world.jobs, 0);
});

Deno.test("a report that cannot be made keeps no message to a list for ever, and holds up no other", async () => {
  const world = new World();
  world.broken = "sip:alice@example.test";
  await world.accept(job(2));
  world.answerAll(() => 403);
  assert.equal(world.jobs, 0);
  await world.accept(job(2, { id: "ff", transaction: "other" }));
  world.answerAll(() => 200);
  assert.deepEqual([world.copies.length, world.exploder.size], [4, 0]);
});

Deno.test("whoever is not in the service any more sends no further copies, after a restart either", async () => {
  const first = new World();
  await first.accept(job(200));
  first.gone.add("sip:alice@example.test");
  first.answerAll(() => 200);
  assert.equal(first.copies.length, EXPLOSION_LIMITS.parallel);
  assert.deepEqual(first.done.map(({ delivered, refused }) => [delivered, refused]), [[60, 140]]);
});

Deno.test("a retransmission is known for a while after it is done with, over restarts too; then it is forgotten", async () => {
  const first = new World();
  await first.accept(job(3));
  first.answerAll(() => 200);
  assert.ok(first.exploder.knows("call\ntag\n1"));
  const second = new World(first.states.afterKill());
  assert.ok(second.exploder.knows("call\ntag\n1"), "the 202 may not have arrived");
  assert.equal(second.copies.length, 0);
  second.time.advance(600_000);
  await second.accept(job(1, { id: "ff", transaction: "other" }));
  assert.equal(second.exploder.knows("call\ntag\n1"), false);
  second.answerAll(() => 200);
  second.states.flush();
  assert.equal(second.states.size, 1, "only that the other one was there");
});

Deno.test("a copy has fewer hops left than what brought it: lists of several domains that name each other come to an end", async () => {
  const world = new World();
  await world.accept(job(1, { hops: 7 }));
  assert.equal(world.copies[0].request.get("Max-Forwards"), "7");
});

Deno.test("what a crash leaves of a message to a list that is done with goes at the next start", async () => {
  const stored = new Map([["fates aa", '"dd."']]);
  const done = { transaction: "call\ntag\n1", at: Date.UTC(2026, 0, 1, 12) };
  stored.set(`done ${job(0).id}`, JSON.stringify(done)).set(`job ${job(0).id}`, JSON.stringify(job(3)));
  const world = new World(new MemoryStates(stored));
  world.states.flush();
  await Promise.resolve();
  assert.deepEqual([...stored.keys()], [`done ${job(0).id}`]);
  assert.equal(world.copies.length, 0);
});
