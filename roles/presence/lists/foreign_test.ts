import assert from "node:assert/strict";
import { EMPTY } from "../../../foundation/mod.ts";
import { responseHead } from "../../../transport/sip/mod.ts";
import { entries, ListWorld, resourceLists, RLS, user } from "./testing/list_world.ts";
import { OtherDomain } from "./testing/other_domain.ts";
import eventExamples from "../../../transport/presence/testdata/event_examples.json" with { type: "json" };

const ED = "sip:ed@other.test", FAY = "sip:fay@other.test";

async function open(...members: string[]): Promise<{ world: ListWorld; other: OtherDomain }> {
  const world = await ListWorld.open();
  const other = new OtherDomain(world);
  await world.service(entries(...members));
  return { world, other };
}

Deno.test("RFC 4662 §6: two members here are told at once, one at another domain when it is known", async () => {
  const { world, other } = await open(user("bob"), user("dave"), ED, "sip:adam-friends@other.test");
  world.show("bob", "here");
  world.show("dave", "away");
  other.show("ed", "pending");
  const { status } = await world.subscribe({ expires: 7200 });
  assert.equal(status, 200);
  // Steps 3 and 4.
  const [first] = await world.notified();
  assert.deepEqual([first.list!.rlmi.version, first.list!.rlmi.fullState, first.list!.parts.size], [0, true, 2]);
  assert.deepEqual(world.known, ["bob: active here", "dave: active away", ED.slice(4), "adam-friends@other.test"]);
  // Steps 5 to 8: as Adam, and without asking for lists.
  await other.pass();
  const [subscribe] = other.came;
  assert.equal(subscribe.uri, ED);
  assert.equal(subscribe.from.uriText, user("alice"));
  assert.equal(subscribe.get("P-Asserted-Identity"), `<${user("alice")}>`);
  assert.deepEqual([subscribe.get("Event"), subscribe.get("Accept"), subscribe.has("Supported")], [
    "presence",
    "application/pidf+xml",
    false,
  ]);
  // Step 13.
  world.sip.time.advance(5000);
  const [second] = await world.notified();
  assert.deepEqual([second.list!.rlmi.version, second.list!.rlmi.fullState], [1, false]);
  assert.deepEqual(second.list!.rlmi.resources.map(({ uri }) => uri).sort(), ["sip:adam-friends@other.test", ED]);
  assert.deepEqual(world.known.slice(2), [`${ED.slice(4)}: pending`, "adam-friends@other.test: terminated probation"]);
  other.show("ed", "lunch");
  await other.pass();
  world.sip.time.advance(5000);
  await world.notified();
  assert.equal(world.known[2], "ed@other.test: active lunch");
});

Deno.test("RFC 5367 §7: the example's list, all of other domains; its Accept will do", async () => {
  const world = await ListWorld.open();
  const body = eventExamples.find(({ from, root }) => from === "RFC 5367" && root === "resource-lists")!.text;
  const answer = await world.subscribe({
    uri: RLS,
    body,
    expires: 7200,
    more: "Require: recipient-list-subscribe\r\nContent-Disposition: recipient-list\r\n",
    accept: "Accept: application/cpim-pidf+xml\r\nAccept: application/rlmi+xml\r\nAccept: multipart/related\r\n" +
      "Accept: multipart/signed\r\nAccept: multipart/encrypted\r\n",
  });
  assert.deepEqual([answer.status, answer.header("Require"), answer.header("Expires")], [200, "eventlist", "7200"]);
  const [{ list }] = await world.notified();
  assert.deepEqual(list!.rlmi.resources.map(({ uri }) => uri), [
    "sip:bill@example.com",
    "sip:joe@example.org",
    "sip:ted@example.net",
  ]);
});

Deno.test("what the other domain says becomes the member's state", async () => {
  const { world, other } = await open(ED, FAY, "sip:gus@other.test", "sip:hal@other.test");
  other.show("ed", "here");
  other.show("fay", "rejected");
  other.show("hal", "no XML");
  world.sip.locator.table.set("sip:gus@other.test", world.sip.locator.table.get(ED)!);
  await world.subscribe();
  await world.notified();
  await other.pass();
  world.sip.time.advance(5000);
  await world.notified();
  assert.deepEqual(world.known, [
    "ed@other.test: active here",
    "fay@other.test: terminated rejected",
    "gus@other.test: terminated noresource",
    "hal@other.test: pending",
  ]);
  world.sip.time.advance(5000);
  other.show("ed", "here");
  await other.pass();
  assert.deepEqual(await world.notified(), [], "nothing new is not told");
  // Who ended for good is asked for again with the next SUBSCRIBE.
  const before = other.came.length;
  other.show("fay", "there");
  const { toTag } = await world.subscribe({ callId: "b" });
  await world.notified();
  assert.equal(other.came.length, before);
  await world.subscribe({ callId: "b", toTag, cseq: 2 });
  await world.notified();
  await other.pass();
  assert.deepEqual(other.came.slice(before).map(({ uri }) => uri), [FAY, "sip:gus@other.test"]);
  world.sip.time.advance(5000);
  await world.notified();
  assert.equal(world.known[1], "fay@other.test: active there");
});

Deno.test("one subscription for all lists of a user; it ends with the last, and with the member", async () => {
  const { world, other } = await open(ED);
  other.show("ed", "here");
  await world.subscribe({ callId: "a" });
  const { toTag } = await world.subscribe({ callId: "b" });
  await other.pass();
  assert.deepEqual([other.came.length, world.subscriber.size], [1, 1]);
  await world.notified();
  await world.subscribe({ callId: "b", toTag, cseq: 2, expires: 0 });
  await world.notified();
  await other.pass();
  assert.equal(world.subscriber.size, 1);
  await world.service(entries(user("bob")));
  world.sip.time.advance(5000);
  await world.settle();
  await other.pass();
  // Until then another notifier might come (RFC 6665 §4.1.2.4).
  await other.pass(33_000);
  assert.deepEqual([world.subscriber.size, other.sip.server.size], [0, 0]);
  assert.equal(other.came.at(-1)!.get("Expires"), "0");
});

Deno.test("ended by the other side: tried again, later each time", async () => {
  const { world, other } = await open(ED);
  other.show("ed", "here");
  const { toTag } = await world.subscribe({ expires: 7200 });
  await world.notified();
  await other.pass();
  const count = () => other.came.length;
  assert.equal(count(), 1);
  world.sip.time.advance(5000);
  await world.notified();
  await other.pass(33_000);
  other.sip.server.terminateAll("probation");
  other.sip.core.answer = (transaction) => {
    other.came.push(transaction.request);
    transaction.respond(480, responseHead(transaction.request, 480, { toTag: "x" }), EMPTY);
  };
  await other.pass();
  world.sip.time.advance(5000);
  await world.notified();
  assert.deepEqual(world.known, ["ed@other.test: terminated probation"]);
  const at: number[] = [];
  for (let second = 0; second < 600; second += 5) {
    const before = count();
    world.sip.time.advance(5000);
    if (count() > before) at.push(second);
    assert.deepEqual(await world.notified(), [], "what was told before is not told again");
  }
  assert.ok(at.length >= 3 && at.length <= 5, at.join());
  assert.ok(at[2] - at[1] > at[1] - at[0], at.join());
  await world.subscribe({ toTag, cseq: 2, expires: 0 });
  await world.notified();
  const before = count();
  world.sip.time.advance(600_000);
  assert.equal(count(), before, "nobody waits for it any more");
});

Deno.test("so many of one user, and of all", async () => {
  const world = await ListWorld.open();
  const other = new OtherDomain(world);
  world.settings.other_domains = 2;
  for (const name of ["a", "b", "c"]) other.show(name, "here");
  const uris = ["a", "b", "c"].map((name) => `sip:${name}@other.test`);
  const body = resourceLists(...uris);
  await world.subscribe({ uri: RLS, body });
  await world.notified();
  assert.equal(world.known[2], "c@other.test: terminated giveup");
  world.limits.otherDomains = 3;
  await world.subscribe({ uri: RLS, body: resourceLists(uris[2], uris[0]), as: user("bob"), callId: "bob" });
  await world.settle();
  assert.equal(world.subscriber.size, 3);
});
