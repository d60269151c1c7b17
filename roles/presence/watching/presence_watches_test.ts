/** The door `Watches`: who is told what, when, and in which order. */
import assert from "node:assert/strict";
import { PresenceWorld, tuple } from "../testing/presence_world.ts";
import type { Watch, WatchListener } from "../watch.ts";
import type { OpenWatch } from "./open_watch.ts";

const BOB = "sip:bob@example.test";
const CAROL = "sip:carol@example.test";

class Listener implements WatchListener {
  readonly heard: string[] = [];
  onHeard: () => void = () => {};
  presenceChanged({ watcher, state }: Watch): void {
    this.heard.push(`${watcher} changed ${state}`);
    this.onHeard();
  }
  decided({ watcher, state, refusal }: Watch): void {
    this.heard.push(`${watcher} decided ${state}${refusal == null ? "" : ` ${refusal}`}`);
    this.onHeard();
  }
  take(): string[] {
    return this.heard.splice(0);
  }
}

function setUp(options: ConstructorParameters<typeof PresenceWorld>[0] = {}) {
  const world = new PresenceWorld({ users: ["bob", "carol"], ...options });
  const listener = new Listener();
  const open = (watcher: string, presentity = BOB) => {
    const terms = { key: "k", displayName: "", terms: "", expires_s: 600 };
    const watch = world.watches.open(presentity, watcher, terms, listener);
    assert.ok(watch !== null && watch !== "full");
    return watch;
  };
  return { world, listener, open };
}

Deno.test("each active watcher is told once of all that changed in a turn, in their order", async () => {
  const { world, listener, open } = setUp();
  open("a");
  open("b");
  world.rule("bob", "p", "confirm");
  await world.after();
  world.decisions.set(BOB, "sip:p@example.test", "confirm");
  open("sip:p@example.test");
  world.publish("bob", tuple("open"));
  world.publish("bob", tuple("closed"));
  world.publish("carol", tuple("open"));
  assert.deepEqual(listener.take(), [], "not within the change itself");
  await world.settle();
  assert.deepEqual(listener.take(), ["a changed active", "b changed active"]);
});

Deno.test("thousands are told in slices; those of others come in between, nobody is left out", async () => {
  const { world, listener, open } = setUp();
  for (let i = 0; i < 1000; i++) open(`w${i}`);
  open("x", CAROL);
  // 0.1 ms for each: 80 in a slice of 8 ms.
  let spent = 0, most = 0;
  listener.onHeard = () => {
    spent += 0.1;
    if (Math.floor(spent * 10) % 10 === 0) world.time.advance(1);
  };
  world.publish("bob", tuple("open"));
  world.publish("carol", tuple("open"));
  const told: string[] = [];
  for (let i = 0; i < 40 && told.length < 1001; i++) {
    const before = told.length;
    world.turn();
    told.push(...listener.take());
    most = Math.max(most, told.length - before);
    if (i === 3) world.publish("bob", tuple("closed"));
  }
  assert.ok(most <= 90, `${most} at a time`);
  assert.deepEqual(told.slice(0, 1001), [
    ...Array.from({ length: 1000 }, (_, i) => `w${i} changed active`),
    "x changed active",
  ]);
  await world.settle();
  const again = [...told.slice(1001), ...listener.take()];
  assert.equal(again.length, 1000, "the change of meanwhile is told after Carol's");
});

Deno.test("one that fails stops nobody behind it", async () => {
  const { world, listener, open } = setUp();
  open("a");
  open("b");
  open("x", CAROL);
  listener.onHeard = () => {
    listener.onHeard = () => {};
    throw new Error("broken");
  };
  world.publish("bob", tuple("open"));
  world.publish("carol", tuple("open"));
  await world.settle();
  assert.deepEqual(listener.take(), ["a changed active", "b changed active", "x changed active"]);
});

Deno.test("after rules changed documents are read once, and only who is decided otherwise is told", async () => {
  const { world, listener, open } = setUp();
  const watches = ["a", "b", "c", "d"].map((name) => open(`sip:${name}@example.test`));
  const release = world.decisions.hold();
  for (const [name, handling] of [["b", "confirm"], ["c", "block"], ["d", "polite-block"]] as const) {
    world.rule("bob", name, handling);
  }
  await world.settle();
  assert.deepEqual(listener.take(), [], "what is being read may be older than the last change");
  release();
  await world.settle();
  assert.deepEqual(world.decisions.prepared, [BOB, BOB], "once for what was there, once for what came meanwhile");
  assert.deepEqual(listener.take(), [
    "sip:b@example.test decided pending",
    "sip:c@example.test decided refused rejected",
    "sip:d@example.test decided active",
  ]);
  assert.deepEqual(watches.map(({ state }) => state), ["active", "pending", "refused", "active"]);
  assert.equal(world.watches.size, 3);
  watches.forEach((watch) => world.watches.close(watch, "timeout"));
  watches.forEach((watch) => world.watches.close(watch, "timeout"));
  assert.equal(world.watches.size, 0);
});

Deno.test("rules that cannot be read are tried again; until then decisions stay", async () => {
  const { world, listener, open } = setUp();
  const watch = open("sip:a@example.test");
  world.decisions.failures = 1;
  world.rule("bob", "a", "block");
  await world.after(9000);
  assert.equal(watch.state, "active");
  await world.after(2000);
  assert.equal(watch.state, "refused");
  assert.deepEqual(listener.take(), ["sip:a@example.test decided refused rejected"]);
});

Deno.test("documents that were let go before the decision are read again", async () => {
  const { world, listener, open } = setUp();
  open("sip:a@example.test");
  const { decisions } = world;
  const prepare = decisions.prepare.bind(decisions);
  let isFirst = true;
  decisions.prepare = async (presentity) => {
    await prepare(presentity);
    if (isFirst) decisions.unread.add(presentity);
    isFirst = false;
  };
  world.rule("bob", "a", "block");
  await world.settle();
  assert.deepEqual(listener.take(), ["sip:a@example.test decided refused rejected"]);
});

Deno.test("a watch whose rules are not at hand is decided when they are, and told so in any case", async () => {
  const { world, listener, open } = setUp();
  world.publish("bob", tuple("open"));
  world.decisions.unread.add(BOB);
  const watch = open("a");
  assert.equal(watch.state, "pending");
  const early = open("b");
  world.watches.close(early, "timeout");
  await world.settle();
  assert.deepEqual(listener.take(), ["a decided active"]);
  assert.match(watch.view.text, /open/);
  assert.equal(world.watches.size, 1);
});

Deno.test("who is refused from the beginning is nowhere; nobody of this box is null", () => {
  const { world, open } = setUp();
  world.decisions.set(BOB, "*", "block");
  assert.deepEqual([open("a").state, world.watches.size], ["refused", 0]);
  const terms = { key: "k", displayName: "", terms: "", expires_s: 600 };
  assert.equal(world.watches.open("sip:nobody@example.test", "a", terms, new Listener()), null);
});

Deno.test("a refresh by other rules takes them at once", async () => {
  const { world, listener, open } = setUp();
  const watch = open("sip:a@example.test");
  world.decisions.set(BOB, "sip:a@example.test", "confirm");
  world.watches.refresh(watch, 600);
  assert.equal(watch.state, "pending");
  await world.settle();
  assert.deepEqual(listener.take(), [], "whoever refreshes knows");
});

Deno.test("the view is one object for all who see the same", () => {
  const { world, open } = setUp();
  world.publish("bob", tuple("open"));
  const [a, b] = [open("a"), open("b")];
  assert.equal(a.view, b.view);
  world.decisions.set(BOB, "p", "polite-block");
  assert.equal(open("p").view, world.states.offline(BOB));
});

Deno.test("whatever comes and goes, in the end everybody knows, and nothing is left", async () => {
  const { world, listener, open } = setUp();
  const watches: OpenWatch[] = [];
  let seed = 7;
  const random = (most: number) => (seed = seed * 48271 % 2147483647) % most;
  const handlings = ["allow", "confirm", "block", "polite-block"] as const;
  for (let i = 0; i < 2000; i++) {
    const name = `w${random(20)}`;
    switch (random(6)) {
      case 0:
        if (world.watches.room(BOB, `sip:${name}@example.test`, "pending") === "free") {
          watches.push(open(`sip:${name}@example.test`));
        }
        break;
      case 1:
        if (watches.length > 0) world.watches.close(watches.splice(random(watches.length), 1)[0], "timeout");
        break;
      case 2:
        world.rule("bob", name, handlings[random(4)]);
        break;
      case 3:
        world.publish("bob", tuple(random(2) === 0 ? "open" : "closed"));
        break;
      case 4:
        world.turn();
        break;
      default:
        await world.settle();
    }
  }
  await world.settle();
  for (const watch of watches) {
    const decision = world.decisions.decide(BOB, watch.watcher)!;
    if (watch.refusal !== null) continue;
    assert.equal(watch.state, decision.handling === "confirm" ? "pending" : "active");
    assert.ok(watch.row !== null && watch.row.status === watch.state);
  }
  assert.equal(world.watches.size, watches.filter(({ isOpen }) => isOpen).length);
  assert.ok(listener.take().length > 100);
  watches.forEach((watch) => world.watches.close(watch, "rejected"));
  world.watches.remove(BOB);
  await world.settle();
  await world.watches.flush();
  assert.deepEqual([world.watches.size, world.records.size], [0, 0]);
  assert.equal(world.watches.room(BOB, "a", "active"), "free");
});
