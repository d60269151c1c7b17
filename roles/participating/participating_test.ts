import assert from "node:assert/strict";
import { StorageError } from "../../storage/mod.ts";
import { Received } from "../sip_core/testing/core_world.ts";
import { DEFAULT_PAGER, type PagerSettings } from "./pager_settings.ts";
import { PagerWorld, settle } from "./testing/pager_world.ts";

const PHONE = { instance: "<urn:uuid:phone>" };
const DESK = { instance: "<urn:uuid:desk>" };

Deno.test("the first device that takes a message answers for all; the 200 goes back once", () => {
  const world = new PagerWorld();
  world.device("bob", "sip:bob@203.0.113.1", PHONE);
  world.device("bob", "sip:bob@203.0.113.2", { ...DESK, q: 0.1 });
  const told: string[] = [];
  world.pagerEvents.on("messageDelivered", (facts) => told.push(facts.device));
  const received = world.message("hi");
  assert.deepEqual(world.texts(), ["hi", "hi"], "all devices at once, whatever their q");
  world.sent[1].answer(200);
  world.sent[0].answer(200);
  assert.deepEqual(received.statuses, [200]);
  assert.deepEqual(told, [DESK.instance, PHONE.instance]);
  assert.equal(world.store.count, 0);
});

Deno.test("who may not send is told why", async (t) => {
  const cases: [
    string,
    Partial<PagerSettings>,
    "suspended" | "barred" | "unsubscribed" | "active",
    boolean,
    number,
    RegExp,
  ][] = [
    ["suspended", {}, "suspended", true, 403, /suspended/],
    ["barred", {}, "barred", true, 403, /barred/],
    ["unsubscribed", {}, "unsubscribed", true, 403, /not subscribed/],
    ["not logged in", { requireLogin: true }, "active", false, 403, /register first/],
  ];
  for (const [name, settings, state, registered, status, reason] of cases) {
    await t.step(name, () => {
      const world = new PagerWorld(settings);
      world.user("alice", { state });
      if (registered) world.device("alice", "sip:alice@198.51.100.9");
      world.device("bob", "sip:bob@203.0.113.1");
      const { last } = world.message("hi");
      assert.equal(last.status, status);
      assert.match(last.reason, reason);
      assert.match(last.get("Warning")!, /^399 example.test "127 Service not authorised"$/);
      assert.equal(world.sent.length, 0);
    });
  }
  await t.step("an unknown account of our domain", () => {
    assert.equal(new PagerWorld().message("hi", { from: "sip:ghost@example.test" }).last.status, 403);
  });
  await t.step("logged in, and so let through", () => {
    const world = new PagerWorld({ requireLogin: true });
    world.device("alice", "sip:alice@198.51.100.9");
    world.device("bob", "sip:bob@203.0.113.1");
    world.message("hi");
    assert.equal(world.sent.length, 1);
  });
});

Deno.test("size and content type are held to the operator's rules, and the refusal says what is allowed", async (t) => {
  const settings = {
    types: [{ type: "text/plain", maxBytes: 1000 }, { type: "image/*", maxBytes: 10 }],
  };
  const cases: [type: string, size: number, status: number, says: RegExp][] = [
    ["text/plain;charset=utf-8", 1000, 0, /./],
    ["text/plain", 1001, 413, /133 Size exceeded: 1001 bytes sent, 1000 allowed for text\/plain/],
    ["TEXT/Plain", 1301, 413, /133 Size exceeded: 1301 bytes sent, 1300 allowed/],
    ["image/png", 10, 0, /./],
    ["image/png", 11, 413, /10 allowed for image/],
    ["application/evil", 1, 415, /text\/plain, image\/\*/],
  ];
  for (const [type, size, status, says] of cases) {
    await t.step(`${type} of ${size}`, () => {
      const world = new PagerWorld(settings);
      world.device("bob", "sip:bob@203.0.113.1");
      const { responses } = world.message("x".repeat(size), { headers: `Content-Type: ${type}\r\n` });
      assert.deepEqual(responses.map((response) => response.status), status === 0 ? [] : [status]);
      if (status !== 0) assert.match(responses[0].get(status === 415 ? "Accept" : "Warning")!, says);
    });
  }
});

Deno.test("a sender above the rate waits as long as Retry-After says", () => {
  const world = new PagerWorld({ rate: { messages: 2, per_s: 10 } });
  world.device("bob", "sip:bob@203.0.113.1");
  assert.deepEqual([1, 2, 3].map(() => world.message("x").statuses), [[], [], [503]]);
  world.time.advance(5_000);
  assert.deepEqual(world.message("x").statuses, []);
  assert.equal(world.message("x").last.get("Retry-After"), "5");
  assert.deepEqual(world.message("x", { from: "sip:bob@example.test" }).statuses, [], "others are not concerned");
});

Deno.test("what the devices' answers make of a message", async (t) => {
  // Each device's answer: a status, or how it fails. `stored`: devices of the copies, "" for any.
  const cases: [answers: (number | "timeout" | "transport")[], status: number | null, stored: string[]][] = [
    [[480], 202, [""]],
    [[408], 202, [""]],
    [[430], 202, [""]],
    [["timeout"], 202, [""]],
    [["transport"], 202, [""]],
    [[500], 202, [""]],
    [[503], 202, [""]],
    [[415], 415, []],
    [[413], 413, []],
    [[603], 603, []],
    [[486], 486, []],
    [[415, 404], 415, []],
    [[603, "timeout"], 603, []],
    [[480, "timeout"], 202, [""]],
    [[415, 480], 202, ["<d1>"]],
    [[200, 480], 200, ["<d1>"]],
    [[200, 415], 200, []],
    [[200, "timeout"], 200, ["<d1>"]],
    [[202, 200], 202, []],
  ];
  for (const [answers, status, stored] of cases) {
    await t.step(answers.join(" and "), async () => {
      const world = new PagerWorld({ answerWithin_ms: 60_000 });
      answers.forEach((_, i) => world.device("bob", `sip:bob@203.0.113.${i}`, { instance: `<d${i}>` }));
      const received = world.message("hi");
      answers.forEach((answer, i) =>
        typeof answer === "number" ? world.sent[i].answer(answer) : world.sent[i].fail(answer)
      );
      await settle();
      assert.deepEqual(received.statuses, status === null ? [] : [status]);
      assert.deepEqual([...world.store.messages.values()].map((message) => message.device), stored);
    });
  }
});

Deno.test("after eight seconds the sender has its 202, and a late 2xx withdraws the stored copy", async () => {
  const world = new PagerWorld();
  world.device("bob", "sip:bob@203.0.113.1", PHONE);
  const received = world.message("hi");
  await world.pass(7_900);
  assert.deepEqual(received.statuses, []);
  await world.pass(200);
  assert.deepEqual(received.statuses, [202]);
  assert.equal(world.store.count, 1);
  world.sent[0].answer(200);
  await settle();
  assert.equal(world.store.count, 0);
  await world.pass(60_000);
  assert.equal(world.sent.length, 1, "it is not delivered again");
});

Deno.test("a 2xx that crosses the commit goes back as 200, and the copy is withdrawn once it is there", async () => {
  const world = new PagerWorld();
  world.store.manual = true;
  world.device("bob", "sip:bob@203.0.113.1", PHONE);
  const received = world.message("hi");
  await world.pass(8_000);
  world.sent[0].answer(200);
  assert.deepEqual(received.statuses, [200]);
  world.store.commit();
  world.store.commit();
  assert.deepEqual(received.statuses, [200]);
  assert.equal(world.store.count, 0);
});

Deno.test("a late 2xx of one device leaves copies for the silent ones", async () => {
  const world = new PagerWorld();
  world.device("bob", "sip:bob@203.0.113.1", PHONE);
  world.device("bob", "sip:bob@203.0.113.2", DESK);
  const received = world.message("hi");
  await world.pass(8_100);
  world.sent[0].answer(200);
  await settle();
  assert.deepEqual(received.statuses, [202]);
  assert.deepEqual([...world.store.messages.values()].map((message) => message.device), [DESK.instance]);
});

Deno.test("recipients who cannot be reached: stored, or refused with the reason", async (t) => {
  type Facts = { state?: "suspended"; deferral?: "never" | "always"; headers?: string; quota?: number; full?: boolean };
  const cases: [name: string, facts: Facts, status: number, reason: RegExp, stored: number][] = [
    ["offline", {}, 202, /Accepted/, 1],
    ["never stores", { deferral: "never" }, 480, /not logged in/, 0],
    ["sender wants no storing", { headers: "Expires: 0\r\n" }, 480, /not logged in/, 0],
    ["suspended", { state: "suspended" }, 480, /cannot receive/, 0],
    ["full", { quota: 0 }, 480, /Message store of recipient full \(0 messages\)/, 0],
    ["disk full", { full: true }, 503, /no space/, 0],
  ];
  for (const [name, { state, deferral, headers, quota, full }, status, reason, stored] of cases) {
    await t.step(name, async () => {
      const world = new PagerWorld();
      world.user("bob", { state: state ?? "active", deferral: deferral ?? "offline" });
      if (quota !== undefined) world.store.quota = quota;
      if (full) world.store.failure = new StorageError("full", "no space left on device");
      const received = world.message("hi", { headers });
      if (status === 202) assert.deepEqual(received.statuses, [], "not before the commit");
      await settle();
      assert.equal(received.last.status, status);
      assert.match(received.last.reason, reason);
      assert.equal(world.store.count, stored);
      if (status === 503) assert.equal(received.last.get("Retry-After"), "60");
    });
  }
});

Deno.test("a recipient who chose storing first has it stored, then pushed", async () => {
  const world = new PagerWorld();
  world.user("bob", { deferral: "always" });
  world.device("bob", "sip:bob@203.0.113.1");
  const received = world.message("hi");
  assert.equal(world.sent.length, 0);
  await settle();
  assert.deepEqual(received.statuses, [202]);
  assert.deepEqual(world.texts(), ["hi"]);
});

Deno.test("no device has the time: a recipient who never stores gives 480 after eight seconds", async () => {
  const world = new PagerWorld();
  world.user("bob", { deferral: "never" });
  world.device("bob", "sip:bob@203.0.113.1");
  const received = world.message("hi");
  await world.pass(8_100);
  assert.deepEqual(received.statuses, [480]);
});

Deno.test("a retransmission after a restart has its 202 again and makes no second copy", async () => {
  const world = new PagerWorld();
  const first = world.message("hi");
  await settle();
  const restarted = new PagerWorld({}, world.store);
  const retransmission = new Received(first.request, first.flow);
  restarted.core.onRequest(retransmission);
  await settle();
  assert.deepEqual(retransmission.statuses, [202]);
  assert.equal(world.store.count, 1);
});

Deno.test("the defaults are those of the plan", () => {
  assert.equal(DEFAULT_PAGER.limit_bytes, 1300);
  assert.equal(DEFAULT_PAGER.answerWithin_ms, 8000);
  assert.equal(DEFAULT_PAGER.requireLogin, true);
});

Deno.test("a bar that is over hinders neither sending nor receiving, whatever the record still says", () => {
  const world = new PagerWorld();
  const barredUntil = world.time.now() + 1000;
  for (const name of ["alice", "bob"]) world.user(name, { state: "barred", barredUntil });
  world.device("bob", "sip:bob@203.0.113.1", PHONE);
  assert.equal(world.message("too early").last.status, 403);
  world.user("alice");
  assert.equal(world.message("still too early").last.status, 480);
  world.user("alice", { state: "barred", barredUntil });
  world.time.jump(1000);
  world.message("free");
  assert.deepEqual(world.texts(), ["free"]);
});

Deno.test("what a recipient publishes about undelivered messages goes before the record", async (t) => {
  const cases: ["push" | "notify" | "reject" | null, "offline" | "never", number][] = [
    ["reject", "offline", 480],
    ["push", "never", 202],
    ["notify", "never", 202],
    [null, "never", 480],
    [null, "offline", 202],
  ];
  for (const [wished, record, status] of cases) {
    await t.step(`${wished} over ${record}`, async () => {
      const world = new PagerWorld({}, undefined, { user: () => ({ deferral: wished }) });
      world.user("bob", { deferral: record });
      const received = world.message("hi");
      await settle();
      assert.deepEqual(received.statuses, [status]);
    });
  }
});
