import assert from "node:assert/strict";
import { StorageError } from "../../../storage/mod.ts";
import type { RecordedIntake } from "../../deferred/mod.ts";
import { textOf } from "../../deferred/intake/testing/intake_world.ts";
import { EXPLODER, LargeWorld, TEAM } from "./testing/large_world.ts";

const LONG = "a long story ".repeat(3_000);

Deno.test("one large message becomes a copy for each, in the sender's name and marked, all with one content that nobody holds too long [SND-2] [MMD-2]", async () => {
  const world = new LargeWorld();
  const list = world.people(3, [0]);
  const told = await world.sends(LONG, { list, headers: "Subject: news\r\nX-Secret: for the server\r\n" });
  assert.deepEqual(told, ["m1xxxx sent"]);
  assert.equal(world.contents.writers.length, 1);
  for (const aor of list) {
    const { headers, sender, mode, messageId, content, body } = world.copyFor(aor);
    assert.deepEqual([sender, mode, messageId, body.length], ["sip:alice@example.test", "large", "m1xxxx", 0]);
    assert.equal(textOf(world.contents.octetsOf(content!)), LONG);
    assert.ok(
      headers.startsWith(`From: <sip:alice@example.test>\r\nTo: <${aor}>\r\nX-IM-Exploded-By: <${EXPLODER}>\r\n`),
    );
    assert.match(headers, /\r\nSubject: news\r\n/);
    assert.match(headers, /\r\nContent-Type: text\/plain\r\n$/);
    assert.ok(!headers.includes("X-Secret"));
  }
  assert.deepEqual([...world.contents.claims.values()], [0], "what the copies claim is the store's");
  assert.equal(new Set(world.post.messages.map(({ transaction }) => transaction)).size, 3);
});

Deno.test("sent again by the same names, over a restart too, it is the same: no second copy, no second report, no second event", async () => {
  const world = new LargeWorld();
  const list = world.people(3, [0, 1, 2]);
  await world.sends(LONG, { list });
  for (const aor of list) world.take(aor);
  assert.deepEqual(world.told, [
    `accepted sip:alice@example.test ${EXPLODER} 3 ${LONG.length}`,
    `done ${EXPLODER} 3 0 0`,
  ]);
  for (const restart of [false, true]) {
    if (restart) world.restart();
    assert.deepEqual(await world.sends(LONG, { list }), ["m1xxxx sent"]);
    assert.deepEqual([world.post.messages.length, world.told.length, world.reports.length], [3, 2, 0]);
  }
  await world.sends(LONG, { list }, { messageId: "m2xxxx" });
  assert.equal(world.post.messages.length, 6, "another message is another one");
});

Deno.test("a group's members get it, but for the sender", async () => {
  const world = new LargeWorld();
  world.policy.members = [...world.people(2), "sip:alice@example.test"];
  await world.sends("short", { uri: TEAM, list: null });
  assert.deepEqual(world.post.messages.map(({ recipient }) => recipient), world.policy.members.slice(0, 2));
  assert.match(world.copyFor("sip:u0@example.test").headers, new RegExp(`\r\nX-IM-Exploded-By: <${TEAM}>\r\n`));
  assert.equal(textOf(world.copyFor("sip:u0@example.test").body), "short");
});

Deno.test("rules, states and wishes of recipients decide as for a MESSAGE; rules that have to be read first are waited for", async () => {
  const world = new LargeWorld();
  world.list.list_size = 20;
  world.unread = true;
  const list = world.people(10, [0, 5, 6, 7, 8]);
  world.rules.set(list[1], { verdict: "refuse", reason: "rules of the recipient" });
  world.rules.set(list[2], { verdict: "drop" });
  world.user("u3", { state: "suspended" });
  world.user("u4", { deferral: "never" });
  world.user("u5", { deferral: "never" });
  world.unwilling.set(list[6], "busy");
  world.unwilling.set(list[7], "defer");
  world.rules.set(list[9], { verdict: "allow", overrides: false, stores: false });
  await world.sends("short", { list: [...list, TEAM, "sip:nobody@example.test", "tel:+491701", "tel:+491702"] });
  world.user("u0", { e164: "+491701" });
  assert.deepEqual(world.post.messages.map(({ recipient }) => recipient).sort(), [list[0], list[5], list[7], list[8]]);
  const { arrivedAt, expiresAt } = world.copyFor(list[5]);
  assert.equal(expiresAt - arrivedAt, 120_000, "for who is here, and not to be kept");
  assert.equal(world.copyFor(list[0]).expiresAt - arrivedAt, 7 * 86_400_000);
  for (const index of [0, 5, 8]) world.take(list[index]);
  assert.match(world.reports[0], /to 14 recipients: 4 delivered, 1 kept until they are back, 9 refused/);
  assert.match(world.reports[0], /lists and groups in lists are not allowed: team@example\.test/);
  assert.deepEqual(
    new Set(world.asked.map(({ kind, from }) => `${kind} ${from}`)),
    new Set(["large sip:alice@example.test"]),
  );
});

Deno.test("one user by several names gets one copy", async () => {
  const world = new LargeWorld();
  world.user("bob", { e164: "+491701" });
  await world.sends("short", { list: ["sip:bob@example.test", "tel:+491701"] });
  assert.equal(world.post.messages.length, 1);
});

Deno.test("for another domain a copy is stored to go out at once, without our mark; not where that is not wanted, nor for a stranger", async () => {
  const world = new LargeWorld();
  const zoe = "sip:zoe@other.test";
  await world.sends("short", { list: [zoe] });
  assert.deepEqual(world.soon, [zoe]);
  assert.ok(!world.copyFor(zoe).headers.includes("X-IM-Exploded-By"));
  world.away.stores = false;
  await world.sends("short", { list: [zoe], callId: "second" });
  world.away.stores = true;
  await world.sends("short", { list: [zoe], callId: "third", from: "sip:yves@elsewhere.test" });
  assert.equal(world.post.messages.length, 1);
  assert.equal(world.reports.filter((text) => text.includes("1 refused")).length, 2);
});

Deno.test("a store that takes none of the copies: the sender hears it, and may send it again; one that does not take some: the report says so", async () => {
  const world = new LargeWorld();
  const list = world.people(2);
  world.post.failure = new StorageError("full", "disk full");
  assert.deepEqual(
    await world.sends(LONG, { list }),
    ["m1xxxx 408 Message store has no space left"],
  );
  assert.deepEqual([world.told, world.reports], [[], []]);
  assert.deepEqual([...world.contents.claims.values()], [0]);
  world.post.failure = null;
  assert.deepEqual(await world.sends(LONG, { list }), ["m1xxxx sent"]);
  assert.equal(world.post.messages.length, 2);

  const other = new LargeWorld();
  const people = other.people(2);
  other.post.quota = 50;
  await other.sends("x".repeat(30), { list: [people[0]], callId: "first" });
  other.reports.length = 0;
  await other.sends("y".repeat(30), { list: people, callId: "second" });
  assert.match(other.reports[0], /to 2 recipients: 0 delivered, 1 kept until they are back, 1 refused/);
});

Deno.test("where everybody is refused nothing is stored, and the content goes", async () => {
  const world = new LargeWorld();
  const list = world.people(1);
  world.rules.set(list[0], { verdict: "refuse", reason: "rules of the recipient" });
  assert.deepEqual(await world.sends(LONG, { list }), ["m1xxxx sent"]);
  assert.deepEqual([world.post.messages.length, [...world.contents.claims.values()]], [0, [0]]);
  assert.match(world.reports[0], /to 1 recipient: 0 delivered, 0 kept until they are back, 1 refused/);
});

Deno.test("Expires: 0 is for who is here now", async () => {
  const world = new LargeWorld();
  const list = world.people(2, [0]);
  await world.sends("short", { list, headers: "Expires: 0\r\n" });
  assert.deepEqual(world.post.messages.map(({ recipient }) => recipient), [list[0]]);
  assert.ok(world.copyFor(list[0]).expiresAt > world.time.now());
});

Deno.test("hundreds of recipients get one copy each, some at a time", async () => {
  const world = new LargeWorld();
  world.list.list_size = 500;
  const list = world.people(500);
  assert.deepEqual(await world.sends(LONG, { list }), ["m1xxxx sent"]);
  assert.deepEqual(world.post.messages.map(({ recipient }) => recipient), list);
  assert.equal(world.contents.writers.length, 1);
  assert.match(world.reports[0], /to 500 recipients: 0 delivered, 500 kept .* and \d+ more$/s);
  assert.ok(world.reports[0].length <= 1300);
});

Deno.test("a copy that cannot be made stops none of the others", async () => {
  const world = new LargeWorld();
  const list = world.people(3);
  world.broken = list[1];
  assert.deepEqual(await world.sends("short", { list }), ["m1xxxx sent"]);
  assert.deepEqual(world.post.messages.map(({ recipient }) => recipient), [list[0], list[2]]);
  assert.match(world.reports[0], /0 delivered, 2 kept until they are back, 1 refused/);
});

Deno.test("a sender who is no longer in the service before it is complete: nothing is stored", async () => {
  const world = new LargeWorld();
  const received = await world.invites({ list: world.people(2) });
  const sender = world.join({ received });
  await world.quiet();
  world.intake.endOf("sip:alice@example.test");
  sender.say("short");
  await world.quiet();
  assert.equal(world.post.messages.length, 0);
  assert.match(world.byes[0], /User not in service/);
});

Deno.test("the recording of a session for many has the message once, as it is stored; sent again it is not recorded again", async () => {
  const said: string[] = [];
  const begin = ({ to }: { readonly to: string }) => ({
    said: ({ contentType, headers }: RecordedIntake, done: () => void) => {
      said.push(`${to} ${contentType} ${headers}`);
      queueMicrotask(done);
    },
    close() {},
  });
  const world = new LargeWorld(undefined, { recorder: { begin } });
  const list = world.people(2);
  for (let i = 0; i < 2; i++) assert.deepEqual(await world.sends("short", { list }), ["m1xxxx sent"]);
  assert.deepEqual(said, [`${EXPLODER} text/plain `]);
});

Deno.test("a copy for a recipient of ours is recorded before its sender is told, and before it counts as stored", async () => {
  const world = new LargeWorld();
  const recorded: string[] = [];
  const waiting: (() => void)[] = [];
  world.copies = {
    copy: ({ message, sender, group, callId }, done) => {
      recorded.push(`${message.recipient} ${sender.aor} ${group} ${callId !== ""}`);
      waiting.push(done);
    },
  };
  const list = world.people(2, [0]);
  let told: readonly string[] | null = null;
  const sending = world.sends(LONG, { list: [...list, "sip:zoe@elsewhere.test"] }).then((answers) => told = answers);
  await world.quiet(20);
  assert.deepEqual(recorded.sort(), list.map((aor) => `${aor} sip:alice@example.test  true`));
  assert.deepEqual(told ?? [], []);
  for (const done of waiting.splice(0)) done();
  await world.quiet(20);
  await sending;
  assert.equal(world.told.length, 1);
});
