import assert from "node:assert/strict";
import { PagerWorld } from "./testing/pager_world.ts";
import type { UnwillingPolicy } from "./unwilling.ts";
import { offer, SessionWorld } from "./sessions/testing/session_world.ts";

const BOB = "sip:bob@example.test";
const DEVICE = "sip:bob@203.0.113.1";
const RECEIPT = '<imdn xmlns="urn:ietf:params:xml:ns:imdn"/>';

Deno.test("what comes for who does not want any now waits, is not pushed meanwhile, and goes out when it may", async () => {
  const world = new PagerWorld();
  world.register("bob", DEVICE, { instance: "<urn:uuid:phone>" });
  const why: string[] = [];
  world.pagerEvents.on("messageDeferred", (facts) => why.push(facts.why));
  world.unwilling.set(BOB, "defer");
  const first = world.message("one");
  const second = world.message("two");
  // Longer than any retry waits, and another device comes.
  await world.pass(60_000);
  world.register("bob", "sip:bob@203.0.113.2", { instance: "<urn:uuid:desk>" });
  await world.pass(20 * 60_000);
  assert.deepEqual([first.answer.status, second.answer.status], [202, 202]);
  assert.deepEqual(why, ["setting", "setting"]);
  assert.equal(world.store.count, 2);
  assert.deepEqual(world.texts(), []);
  world.unwilling.clear();
  world.deferred.kick(BOB, false);
  await world.pass(100);
  assert.deepEqual(world.texts(), ["one", "one"]);
  for (const sent of world.sent.slice(0, 2)) sent.answer(200);
  await world.pass(100);
  assert.deepEqual(world.texts(2), ["two", "two"]);
});

Deno.test("while it is held nobody looks for it again and again", async () => {
  const world = new PagerWorld();
  world.register("bob", DEVICE);
  world.unwilling.set(BOB, "defer");
  world.message("one");
  await world.pass(1000);
  const reads = world.store.reads;
  await world.pass(60 * 60_000);
  assert.equal(world.store.reads, reads);
});

Deno.test("what may not be stored, and everything where the operator wants it so, is answered with 486", async (t) => {
  const cases: [string, "defer" | "busy", string, "offline" | "never"][] = [
    ["busy", "busy", "", "offline"],
    ["the recipient wants nothing stored", "defer", "", "never"],
    ["the sender wants nothing stored", "defer", "Expires: 0\r\n", "offline"],
  ];
  for (const [name, policy, headers, deferral] of cases) {
    await t.step(name, () => {
      const world = new PagerWorld();
      world.user("bob", { deferral });
      world.device("bob", DEVICE);
      const refused: string[] = [];
      world.pagerEvents.on("messageRefused", ({ status, by }) => refused.push(`${status} ${by}`));
      world.unwilling.set(BOB, policy);
      const { answer } = world.message("hi", { headers });
      assert.equal(answer.status, 486);
      assert.match(answer.reason, /not want to be disturbed/);
      assert.deepEqual(refused, ["486 recipient rules"]);
      assert.deepEqual([world.texts(), world.store.count], [[], 0]);
    });
  }
});

Deno.test("notifications about own messages arrive all the same; so does all that is for others", () => {
  const world = new PagerWorld();
  world.user("carol");
  world.device("bob", DEVICE);
  world.device("carol", "sip:carol@203.0.113.7");
  world.unwilling.set(BOB, "busy");
  world.message(RECEIPT, { headers: "Content-Type: message/imdn+xml\r\n" });
  world.message("hi", { uri: "sip:carol@example.test" });
  assert.deepEqual(world.texts(), [RECEIPT, "hi"]);
});

Deno.test("chats: stored first where that may be, else 486; no device rings", async (t) => {
  const worldOf = (unwilling: ReturnType<UnwillingPolicy>, deferral: "offline" | "never" = "offline") => {
    const untaken: string[] = [];
    const world = new SessionWorld({
      unwilling: (aor) => aor === BOB ? unwilling : null,
      deferralOf: () => deferral,
      fallbacks: [{
        take: (call, { to, status, asked }) => {
          untaken.push(`${to} ${status} ${asked}`);
          call.refuse(404, { reason: "Taken in" });
          return true;
        },
      }],
    });
    world.device("bob", DEVICE);
    return { world, untaken };
  };
  await t.step("defer", () => {
    const { world, untaken } = worldOf("defer");
    assert.equal(world.invite().last.reason, "Taken in");
    assert.deepEqual(untaken, [`${BOB} 480 false`]);
    assert.equal(world.requests("INVITE").length, 0);
  });
  await t.step("defer, and nothing may be stored", () => {
    const { world, untaken } = worldOf("defer", "never");
    assert.equal(world.invite().last.status, 486);
    const other = worldOf("defer");
    const now = other.world.invite(offer(), { headers: "Expires: 0\r\n" });
    assert.match(now.last.reason, /not want to be disturbed/);
    assert.deepEqual([...untaken, ...other.untaken], []);
  });
  await t.step("busy", () => {
    const { world, untaken } = worldOf("busy");
    assert.equal(world.invite().last.status, 486);
    assert.deepEqual(untaken, []);
    assert.deepEqual(world.happened, ["sessionRefused 486 recipient rules"]);
  });
  await t.step("closed: as if no device were there, also where nothing may be stored", () => {
    for (const deferral of ["offline", "never"] as const) {
      const { world, untaken } = worldOf("closed", deferral);
      world.invite();
      assert.deepEqual(untaken, [`${BOB} 480 false`]);
      assert.equal(world.requests("INVITE").length, 0);
    }
    const bare = new SessionWorld({ unwilling: (aor) => aor === BOB ? "closed" : null });
    bare.device("bob", DEVICE);
    assert.equal(bare.invite().last.status, 480);
  });
  await t.step("who is closed out while rules are read begins none", () => {
    const world = new SessionWorld({ unwilling: (aor) => aor === BOB ? null : "closed" });
    world.device("bob", DEVICE);
    const { last } = world.invite();
    assert.deepEqual([last.status, last.reason], [403, "The service is closed to the sender"]);
  });
  await t.step("a chat that stands goes on", () => {
    let busy = false;
    const world = new SessionWorld({ unwilling: () => busy ? "busy" : null });
    const { invited } = world.session();
    busy = true;
    assert.equal(world.within(invited, "UPDATE").last.status, 200);
    assert.equal(world.sessions.size, 1);
  });
  await t.step("who is willing is asked", () => {
    const { world } = worldOf(null);
    world.invite();
    assert.equal(world.requests("INVITE").length, 1);
  });
});

Deno.test("whom the service is closed to is as if away: what comes is kept, or answered 480; receipts, too", async () => {
  for (const deferral of ["offline", "never"] as const) {
    const world = new PagerWorld();
    world.user("bob", { deferral });
    world.device("bob", DEVICE);
    world.unwilling.set(BOB, "closed");
    const asked = [
      world.message("hi"),
      world.message(RECEIPT, { headers: "Content-Type: message/imdn+xml\r\n" }),
    ];
    await world.pass(100);
    assert.deepEqual(asked.map(({ answer }) => answer.status), deferral === "never" ? [480, 480] : [202, 202]);
    assert.equal(world.store.count, deferral === "never" ? 0 : 2);
  }
});
