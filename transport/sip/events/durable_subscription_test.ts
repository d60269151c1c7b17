import assert from "node:assert/strict";
import { FakeTime } from "../../../foundation/testing.ts";
import { DurableWorld } from "../testing/durable_world.ts";
import type { PublicationRules } from "./publication_rules.ts";
import { PublicationStore } from "./publication_store.ts";

const BOB = "sip:bob@b.test";
const MINUTES = 60_000;

Deno.test("the 200 and the first NOTIFY wait until the subscription is stored", () => {
  const world = new DurableWorld();
  const answer = world.arrives("SUBSCRIBE");
  world.kept.state = "newer";
  world.server.changed("presence", BOB);
  world.time.advance(1000);
  assert.deepEqual([answer(), world.notifies, world.states.urgent], [null, [], 1]);
  world.states.commit();
  assert.equal(answer()?.status, 200);
  assert.deepEqual(world.notifies, ["active;expires=599 | full newer"]);
});

Deno.test("a SUBSCRIBE, or a PUBLISH, that comes again while it is being stored is one all the same", () => {
  const world = new DurableWorld();
  const { presence, states, time, metrics } = world;
  const rules: PublicationRules = {
    event: "presence",
    contentTypes: ["text/plain"],
    expires: presence.expires,
    durable: states,
    authorize: () => null,
    changed: () => {},
  };
  world.server.acceptPublications(new PublicationStore(rules, time, time.timers, metrics));
  const flow = world.flow("udp");
  world.arrives("SUBSCRIBE", { callId: "s" }, flow);
  world.arrives("PUBLISH", { callId: "p", contact: "", more: "Content-Type: text/plain\r\n", body: "open" }, flow);
  for (const { request } of [...world.core.requests]) world.wires.receive(flow, request.head, request.body);
  assert.equal(states.urgent, 2);
  states.commit();
  const answers = flow.lines().filter((line) => line.startsWith("SIP/2.0"));
  assert.deepEqual(answers, ["SIP/2.0 200 OK", "SIP/2.0 200 OK"]);
  for (const { request } of [...world.core.requests]) world.wires.receive(flow, request.head, request.body);
  assert.deepEqual([states.urgent, states.safe.size, world.notifies.length], [0, 2, 1]);
});

Deno.test("what cannot be stored is refused with 503, and nothing is left of it", () => {
  const world = new DurableWorld();
  world.states.fault = new Error("disk full");
  const answer = world.arrives("SUBSCRIBE");
  world.states.commit();
  assert.deepEqual([answer()?.status, answer()?.header("Retry-After")], [503, "60"]);
  assert.deepEqual([world.server.size, world.notifies, world.kept.over], [0, [], ["s1"]]);
  world.states.fault = null;
  world.states.commit();
  assert.equal(world.states.safe.size, 0);
  assert.equal(world.restarted().server.size, 0);
});

Deno.test("a subscription that ends while it is being stored has its 200 and its last NOTIFY", () => {
  const world = new DurableWorld();
  const answer = world.arrives("SUBSCRIBE");
  world.server.terminate("presence", BOB, "noresource");
  world.states.commit();
  assert.equal(answer()?.status, 200);
  assert.deepEqual(world.notifies, ["terminated;reason=noresource | "]);
  world.states.commit();
  assert.equal(world.states.safe.size, 0);
});

Deno.test("a poll, and a package that keeps nothing, are not stored", () => {
  const world = new DurableWorld();
  assert.equal(world.request("SUBSCRIBE", { expires: 0 }).status, 200);
  assert.equal(world.request("SUBSCRIBE", { event: "reg", callId: "other" }).status, 200);
  assert.equal(world.notifies.length, 2);
  world.states.commit();
  assert.equal(world.states.safe.size, 0);
});

Deno.test("after a kill a subscription is as it was: dialog, event id, filter, parameters, times; numbers go on", () => {
  const world = new DurableWorld();
  const more = "Record-Route: <sip:192.0.2.8;lr>\r\nAccept: text/plain\r\nContent-Type: application/x\r\n";
  const { toTag } = world.subscribed({ event: "presence;id=7;mode=a", more, body: "filter" });
  const [before] = world.server.subscriptions("presence", BOB);
  const cseq = world.lastNotify.cseq.number;
  world.answer("NOTIFY", 200);

  const after = world.restarted(100_000);
  assert.deepEqual(after.kept.resumed, ["s1 sip:watcher@a.test null"]);
  const [found] = after.server.subscriptions("presence", BOB);
  assert.deepEqual(
    [found.resource, found.watcher, found.accept, found.filter, [...found.params], found.state, found.expires],
    [BOB, "sip:watcher@a.test", ["text/plain"], before.filter, [...before.params], "active", 500],
  );
  assert.ok(found.sent > before.sent, "versions of documents grow");
  after.time.advance(10_000);
  assert.deepEqual(after.notifies, [], "nobody is told of a change that did not happen");

  after.kept.state = "open";
  after.server.changed("presence", BOB);
  assert.deepEqual(after.notifies, ["active;expires=490 | full open"]);
  const notify = after.lastNotify;
  assert.equal(notify.get("Event"), "presence;id=7");
  assert.deepEqual([notify.from.tag, notify.to.tag, notify.callId], [toTag, "w1", "sub1"]);
  assert.deepEqual([notify.uri, notify.get("Route")], ["sip:watcher@192.0.2.9:5060", "<sip:192.0.2.8;lr>"]);
  assert.ok(notify.cseq.number > cseq + 10_000);
  after.answer("NOTIFY", 200);

  const refresh = after.request("SUBSCRIBE", {
    event: "presence;id=7",
    toTag,
    cseq: 2,
    more: "Accept: text/plain\r\n",
  });
  assert.equal(refresh.status, 200);
  assert.equal(after.request("SUBSCRIBE", { event: "presence;id=7", toTag, cseq: 1 }).status, 500, "CSeq of before");
  assert.equal(after.subscribed({ callId: "new" }).status, 200);
  assert.equal(new Set(after.server.subscriptions("presence", BOB)).size, 2);
  assert.deepEqual([...after.states.safe.keys()].sort(), ["s1", "s2"], "ids are not given twice");
});

Deno.test("killed twice within minutes, before anything more was stored: numbers go on all the same", async () => {
  const first = new DurableWorld(undefined, new FakeTime(Date.UTC(2026, 10, 21)));
  first.subscribed();
  first.answer("NOTIFY", 200);
  const told = (world: DurableWorld, state: string): { readonly cseq: number; readonly sent: number } => {
    world.time.advance(5_000);
    world.kept.state = state;
    world.server.changed("presence", BOB);
    world.answer("NOTIFY", 200);
    const [{ sent }] = world.server.subscriptions("presence", BOB);
    return { cseq: world.lastNotify.cseq.number, sent };
  };
  const second = first.restarted(1_000);
  let before = told(second, "open");
  const third = second.restarted(1_000);
  const numbers = [told(third, "away")];
  // Stored, and then twice nothing again.
  const closing = third.server.close();
  third.states.commit();
  await closing;
  for (let world = third, n = 0; n < 2; n++) {
    world = world.restarted(1_000);
    numbers.push(told(world, `open ${n}`));
  }
  for (const after of numbers) {
    assert.ok(after.cseq > before.cseq, `${after.cseq} after ${before.cseq}`);
    assert.ok(after.sent > before.sent, `${after.sent} after ${before.sent}`);
    before = after;
  }
});

Deno.test("what it was told is kept at an orderly stop, and every few minutes", async () => {
  const world = new DurableWorld();
  world.subscribed();
  world.answer("NOTIFY", 200);
  const stopping = world.server.close();
  world.states.commit();
  await stopping;
  assert.deepEqual(world.restarted().kept.resumed, ["s1 sip:watcher@a.test closed"]);

  const other = new DurableWorld();
  other.subscribed({ expires: 7200 });
  other.answer("NOTIFY", 200);
  other.states.writes = 0;
  for (let minute = 0; minute < 11; minute++) {
    other.kept.state = `of minute ${minute}`;
    other.server.changed("presence", BOB);
    other.time.advance(1000);
    other.answer("NOTIFY", 200);
    other.time.advance(MINUTES - 1000);
    other.states.commit();
  }
  assert.equal(other.states.writes, 2, "not for every NOTIFY");
  assert.match(other.restarted().kept.resumed[0], /closed|of minute [5-9]/);
});

Deno.test("what was owed as the box stopped is told after the start, a second later", async () => {
  const world = new DurableWorld();
  world.subscribed();
  world.answer("NOTIFY", 200);
  world.kept.state = "open";
  world.server.changed("presence", BOB);
  const stopping = world.server.close();
  world.states.commit();
  await stopping;
  const after = world.restarted();
  after.kept.state = "open";
  assert.deepEqual(after.notifies, []);
  after.time.advance(1200);
  assert.deepEqual(after.notifies, ["active;expires=599 | full open"]);
});

Deno.test("a refresh holds after a kill a second later, and its changes; an end too", () => {
  const world = new DurableWorld();
  const { toTag } = world.subscribed();
  world.answer("NOTIFY", 200);
  world.time.advance(500_000);
  world.request("SUBSCRIBE", { toTag, cseq: 2, expires: 7000, more: "Accept: text/plain\r\n" });
  assert.equal(world.states.urgent, 0);
  world.states.commit();
  const after = world.restarted(600_000);
  const [found] = after.server.subscriptions("presence", BOB);
  assert.deepEqual([found.expires, found.accept], [6400, ["text/plain"]]);
  after.request("SUBSCRIBE", { toTag, cseq: 3, expires: 0 });
  after.states.commit();
  assert.equal(after.states.safe.size, 0);
  assert.equal(after.restarted().server.size, 0);
});

Deno.test("what expired while the box was down: told so where it was just now, and no more", () => {
  const world = new DurableWorld();
  world.subscribed({ callId: "long-ago", expires: 100 });
  world.subscribed({ callId: "just-now", expires: 500 });
  const after = world.restarted(501_000);
  assert.deepEqual([after.server.size, after.kept.resumed], [0, []]);
  after.time.advance(1200);
  assert.deepEqual(after.notifies, ["terminated;reason=timeout | "]);
  assert.equal(after.lastNotify.callId, "just-now");
  assert.deepEqual(after.kept.over, [], "its package knows nothing of it");
  after.states.commit();
  assert.equal(after.states.safe.size, 0);

  const later = new DurableWorld();
  later.subscribed({ expires: 100 });
  const silent = later.restarted(500_000);
  silent.time.advance(5000);
  silent.states.commit();
  assert.deepEqual([silent.notifies, silent.states.safe.size], [[], 0]);
});

Deno.test("nothing goes out before the doors are open, whatever its package finds at the start", () => {
  for (const act of ["changed", "terminate", "setState"] as const) {
    const world = new DurableWorld();
    world.subscribed();
    const after = world.restarted(0, ({ kept }) => {
      kept.resume = (subscription) => {
        if (act === "changed") subscription.changed!();
        else if (act === "terminate") subscription.terminate!("rejected");
        else subscription.setState!("pending");
      };
    });
    assert.equal(after.notifies.length, 0, act);
    after.time.advance(1200);
    assert.deepEqual(after.notifies.map((one) => one.split(/[ ;]/)[0]), [
      { changed: "active", terminate: "terminated", setState: "pending" }[act],
    ]);
  }
});

Deno.test("pending and quenched stay so", () => {
  const world = new DurableWorld();
  world.kept.admission = { state: "pending" };
  world.subscribed({ callId: "pending" });
  world.kept.admission = { state: "active" };
  Object.assign(world.kept, { stateTag: () => "tag" });
  world.subscribed({ callId: "quenched", more: "Suppress-If-Match: *\r\n" });
  const after = world.restarted();
  after.time.advance(3000);
  after.server.changed("presence", BOB);
  after.time.advance(3000);
  assert.deepEqual(after.notifies, []);
  const states = [...after.server.subscriptions("presence", BOB)].map(({ state }) => state);
  assert.deepEqual(states, ["pending", "active"]);
  after.server.reauthorize("presence", BOB);
  assert.deepEqual(after.notifies, ["active;expires=594 | full closed"]);
});

Deno.test("the wall clock is set: the time left is the same after a restart", () => {
  const world = new DurableWorld();
  world.subscribed({ expires: 3600 });
  world.answer("NOTIFY", 200);
  world.time.jump(40 * 365 * 86_400_000);
  world.time.advance(11 * MINUTES);
  world.states.commit();
  const [found] = world.restarted().server.subscriptions("presence", BOB);
  assert.equal(found.expires, 3600 - 11 * 60);
});

Deno.test("packages of one name are told apart by their kind; one that is gone takes its subscriptions with it", () => {
  const world = new DurableWorld();
  const list = Object.assign(Object.create(world.kept), { kind: "list", resumed: [] });
  Object.assign(world.kept, { variant: () => list });
  world.server.register(list);
  world.subscribed({ callId: "list" });
  assert.equal(JSON.parse(world.states.safe.get("s1")!).kind, "list");
  const after = world.restarted(0, (again) => {
    again.server.register(Object.assign(Object.create(again.kept), { kind: "list", state: "a list's" }));
  });
  after.server.changed("presence", BOB);
  after.time.advance(1200);
  assert.deepEqual(after.notifies, ["active;expires=599 | full a list's"]);
  const without = world.restarted();
  without.states.commit();
  assert.deepEqual([without.server.size, without.states.safe.size], [0, 0]);
});

Deno.test("one that its package cannot take up ends, and the others go on", () => {
  const world = new DurableWorld();
  world.subscribed({ callId: "bad" });
  world.subscribed({ callId: "good" });
  const after = world.restarted(0, ({ kept }) => {
    const { resume } = kept;
    kept.resume = (subscription, data) => {
      if (subscription.id === "s1") throw new TypeError("kept by another version");
      resume.call(kept, subscription, data);
    };
  });
  after.time.advance(1200);
  assert.deepEqual([after.notifies, after.lastNotify.callId], [["terminated;reason=deactivated | "], "bad"]);
  assert.deepEqual([after.server.size, after.kept.resumed.length], [1, 1]);
});

Deno.test("what no Parley wrote is left alone", () => {
  const world = new DurableWorld();
  world.states.safe.set("s5", `{"v":1,"event":"presence"}`).set("s6", "7");
  const after = world.restarted();
  after.states.commit();
  assert.deepEqual([after.server.size, after.states.safe.size], [0, 2]);
  after.subscribed();
  assert.deepEqual([...after.states.safe.keys()], ["s5", "s6", "s7"], "and not written over");
});
