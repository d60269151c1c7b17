/** What a watcher is told of one user, through SUBSCRIBE and NOTIFY. */
import assert from "node:assert/strict";
import { inShort, person, PresenceWorld, tuple } from "../testing/presence_world.ts";

const PIDF = "application/pidf+xml";

async function watching(options: ConstructorParameters<typeof PresenceWorld>[0] = {}) {
  const world = new PresenceWorld(options);
  world.publish("bob", tuple("open"));
  const answer = world.ask();
  assert.equal(answer.status, 200, answer.head);
  const [first] = await world.after();
  return { world, toTag: answer.toTag, first };
}

Deno.test("a watcher is told what there is, then each change, the last one always", async () => {
  const { world, first } = await watching();
  assert.equal(first.type, PIDF);
  assert.match(first.state, /^active;expires=600$/);
  assert.deepEqual(inShort([first]), ["d1 active open"]);
  world.publish("bob", tuple("closed"));
  world.publish("bob", tuple("open") + person("busy"));
  assert.deepEqual(await world.after(4000), []);
  world.publish("bob", tuple("closed") + person("away"));
  assert.deepEqual(inShort(await world.after(1100)), ["d1 active closed away"]);
  assert.deepEqual(await world.after(20_000), []);
});

Deno.test("the pace is that of the setting, read each time", async () => {
  const { world } = await watching();
  world.settings.notify_interval = 1;
  await world.after(5000);
  world.publish("bob", tuple("closed"));
  assert.equal((await world.after()).length, 1);
  world.publish("bob", tuple("open"));
  assert.deepEqual(inShort(await world.after(1100)), ["d1 active open"]);
});

Deno.test("who learns nothing new is told nothing: the same again, or another time", async () => {
  const { world } = await watching();
  await world.after(6000);
  world.publish("bob", tuple("open"));
  world.publish("bob", tuple("open", "<timestamp>2026-01-01T00:00:01Z</timestamp>"));
  assert.deepEqual(await world.after(6000), []);
  world.publish("bob", tuple("open", "<timestamp>2026-01-01T00:00:09Z</timestamp>") + person("away"));
  assert.equal((await world.after(6000)).length, 1);
});

Deno.test("who may not, is not there, or says what nobody knows is refused", async () => {
  const world = new PresenceWorld({ users: ["bob", "carol"] });
  world.rule("bob", "mallory", "block");
  world.rule("bob", "", "block");
  const filter = (text: string) => ["application/simple-filter+xml", text] as const;
  const cases: [Parameters<PresenceWorld["ask"]>[0], number, RegExp?][] = [
    [{ to: "nobody" }, 404, /No Such User/],
    [{ watcher: "mallory" }, 403, /You May Not Watch/],
    [{ watcher: "" }, 403],
    [{ watcher: "", to: "carol" }, 200],
    [{ accept: "text/plain" }, 406],
    [{ body: ["text/plain", "x"] }, 415],
    [{ body: filter("<x/>") }, 488, /Filter: line 1/],
    [{ body: filter("<x") }, 400],
    [{ expires: 5 }, 423],
    [{ event: "presence.winfo.winfo", watcher: "bob" }, 489],
    [{ event: "presence;max-rate=x" }, 400],
    [{ more: "Require: eventlist\r\n" }, 420],
  ];
  for (const [asking, status, reason] of cases) {
    const answer = world.ask(asking);
    assert.equal(answer.status, status, answer.head);
    if (reason !== undefined) assert.match(answer.head.split("\r\n")[0], reason);
    if (status === 415) assert.equal(answer.header("Accept"), "application/simple-filter+xml");
  }
  assert.equal(world.watches.size, 1);
});

Deno.test("rules are read before the answer; where they cannot be, it is 503", async () => {
  const world = new PresenceWorld();
  world.publish("bob", tuple("open"));
  world.rule("bob", "alice", "block");
  await world.after();
  world.decisions.unread.add("sip:bob@example.test");
  assert.throws(() => world.ask(), /no answer/);
  await world.settle();
  assert.match(world.sip.flow().sent.at(-1) ?? "", /^SIP\/2.0 403 /);
  world.decisions.unread.add("sip:bob@example.test");
  world.decisions.failures = 1;
  assert.throws(() => world.ask({ watcher: "dave" }), /no answer/);
  await world.settle();
  assert.match(world.sip.flow().sent.at(-1) ?? "", /^SIP\/2.0 503 /);
  assert.equal(world.watches.size, 0);
});

Deno.test("who waits is told nothing; approved he sees all at once; approval taken back, nothing again", async () => {
  const world = new PresenceWorld();
  world.publish("bob", tuple("open"));
  world.rule("bob", "*", "confirm");
  assert.equal(world.ask().status, 200);
  const [pending] = await world.after();
  assert.match(pending.state, /^pending;expires=600$/);
  assert.equal(pending.text, "");
  assert.equal(pending.etag, "");
  world.publish("bob", tuple("closed"));
  assert.deepEqual(await world.after(6000), []);
  world.rule("bob", "alice", "allow");
  assert.deepEqual(inShort(await world.after()), ["d1 active closed"]);
  world.rule("bob", "alice", "confirm");
  assert.deepEqual(inShort(await world.after(6000)), ["d1 pending"]);
  world.rule("bob", "alice", "block");
  assert.deepEqual(inShort(await world.after(6000)), ["d1 terminated;reason=rejected"]);
  assert.equal(world.watches.size, 0);
  assert.equal(world.sip.server.size, 0);
});

Deno.test("other rights are another view, told when it is; equal ones are not told", async () => {
  const world = new PresenceWorld();
  world.publish("bob", tuple("open") + person("busy"));
  world.ask();
  world.ask({ watcher: "bob" });
  assert.deepEqual(inShort(await world.after()), ["d1 active open busy", "d2 active open busy"]);
  world.rule("bob", "alice", "allow", { persons: [] });
  assert.deepEqual(inShort(await world.after(6000)), ["d1 active open"]);
  world.publish("bob", tuple("open") + person("away"));
  assert.deepEqual(inShort(await world.after(6000)), ["d2 active open away"]);
  world.rule("bob", "alice", "allow", { devices: [], persons: [] });
  assert.deepEqual(await world.after(6000), []);
});

Deno.test("the politely blocked see somebody who is not there, and no change, for good", async () => {
  const world = new PresenceWorld();
  world.publish("bob", tuple("open", "<note>here</note>") + person("busy"));
  world.rule("bob", "alice", "polite-block");
  const { toTag } = world.ask();
  const [first] = await world.after();
  assert.deepEqual(inShort([first]), ["d1 active closed"]);
  assert.doesNotMatch(first.text, /here|timestamp|person/);
  world.publish("bob", tuple("closed") + person("away"));
  assert.deepEqual(await world.after(10_000), []);
  world.ask({ callId: "d1", toTag, cseq: 2 });
  const [again] = await world.after();
  assert.equal(again.text, first.text);
  assert.equal(again.etag, first.etag);
});

Deno.test("while a user is invisible others see him gone, he sees himself", async () => {
  const world = new PresenceWorld();
  world.publish("bob", tuple("open"));
  world.ask();
  world.ask({ watcher: "bob" });
  await world.after(6000);
  world.hide("bob", true);
  assert.deepEqual(inShort(await world.after(6000)), ["d1 active closed"]);
  world.publish("bob", tuple("open") + person("busy"));
  assert.deepEqual(inShort(await world.after(6000)), ["d2 active open busy"]);
  world.hide("bob", false);
  assert.deepEqual(inShort(await world.after(6000)), ["d1 active open busy"]);
});

Deno.test("a refresh tells all, an end tells all for the last time, and leaves nobody behind", async () => {
  const { world, toTag } = await watching();
  assert.equal(world.ask({ callId: "d1", toTag, cseq: 2 }).status, 200);
  assert.deepEqual(inShort(await world.after()), ["d1 active open"]);
  assert.equal(world.ask({ callId: "d1", toTag, cseq: 3, expires: 0 }).status, 200);
  assert.deepEqual(inShort(await world.after()), ["d1 terminated;reason=timeout open"]);
  assert.equal(world.watches.size, 0);
  world.publish("bob", tuple("closed"));
  assert.deepEqual(await world.after(6000), []);
});

Deno.test("a poll is told the state, and leaves nobody behind", async () => {
  const world = new PresenceWorld();
  world.publish("bob", tuple("open"));
  assert.equal(world.ask({ expires: 0 }).status, 200);
  assert.deepEqual(inShort(await world.after()), ["d1 terminated;reason=timeout open"]);
  assert.equal(world.watches.size, 0);
});

Deno.test("when a subscription runs out, is not reached or its user is gone, it is over", async () => {
  const world = new PresenceWorld();
  world.publish("bob", tuple("open"));
  world.ask({ expires: 60 });
  await world.after(59_000);
  assert.equal(world.watches.size, 1);
  assert.deepEqual(inShort(await world.after(3000)), ["d1 terminated;reason=timeout open"]);
  world.ask();
  await world.after(0, 481);
  assert.equal(world.watches.size, 0);
  world.ask();
  world.ask({ watcher: "bob", event: "presence.winfo" });
  await world.after(6000);
  world.users.delete("sip:bob@example.test");
  world.watches.remove("sip:bob@example.test");
  assert.deepEqual(inShort(await world.after(6000)).sort(), [
    "d3 terminated;reason=noresource",
    "d4 terminated;reason=noresource",
  ]);
  assert.equal(world.watches.size, 0);
  assert.equal(world.ask().status, 404);
});

Deno.test("the package for lists is asked first", async () => {
  const world = new PresenceWorld({
    lists: ({ resource }) =>
      resource === "sip:list@example.test" ? { status: 421, reason: "Extension Required" } : null,
  });
  assert.equal(world.ask({ to: "list" }).status, 421);
  assert.equal(world.ask().status, 200);
  await world.after();
});
