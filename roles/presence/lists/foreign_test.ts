import assert from "node:assert/strict";
import { EMPTY, Metrics, silentLog, utf8 } from "../../../foundation/mod.ts";
import { FakeTime } from "../../../foundation/testing.ts";
import { type ClientSubscription, responseHead } from "../../../transport/sip/mod.ts";
import { to } from "../../../transport/sip/testing/agent_world.ts";
import { ForeignWatch } from "./foreign_watch.ts";
import { ALICE_AOR, entries, ListWorld, resourceLists, RLS, user } from "./testing/list_world.ts";
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

Deno.test("a domain that ends each subscription at once is asked ever more seldom, whatever it says", async () => {
  for (const end of ["terminated;reason=timeout", "terminated;reason=deactivated", "active;expires=1"]) {
    const world = await ListWorld.open();
    await world.service(entries(ED));
    world.sip.locator.table.set(ED, [to("192.0.2.77")]);
    await world.subscribe({ expires: 7200 });
    await world.notified();
    let asked = 0, answered = "";
    for (let second = 0; second < 600; second += 15) {
      world.sip.time.advance(15_000);
      await world.notified();
      const last = world.sip.sent("SUBSCRIBE").at(-1)?.message;
      if (last === undefined || last.callId === answered) continue;
      answered = last.callId;
      asked++;
      const flow = world.sip.flow("udp");
      world.sip.wires.receive(
        flow,
        `NOTIFY sip:w@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.77;branch=z9hG4bKr${asked}${end.length}\r\n` +
          `Max-Forwards: 70\r\nFrom: <${ED}>;tag=r\r\nTo: <${ALICE_AOR}>;tag=${last.from.tag}\r\n` +
          `Call-ID: ${last.callId}\r\nCSeq: 1 NOTIFY\r\nContact: <sip:r@192.0.2.77>\r\nEvent: presence\r\n` +
          `Subscription-State: ${end}\r\nContent-Length: 0\r\n\r\n`,
        EMPTY,
      );
    }
    assert.ok(asked >= 3 && asked <= 6, `${end}: ${asked}`);
  }
});

Deno.test("a domain tells of its own people only", async () => {
  const { world, other } = await open(ED);
  const document = (entity: string, note: string) =>
    `<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="${entity}"><tuple id="t"><status><basic>open</basic>` +
    `</status><note>${note}</note></tuple></presence>`;
  other.show("ed", document("pres:Edward@OTHER.test", "here"));
  await world.subscribe({ expires: 7200 });
  await world.notified();
  const say = async (body: string) => {
    other.show("ed", body);
    await other.pass();
    world.sip.time.advance(5000);
    await world.notified();
    return world.known[0];
  };
  assert.equal(await say(document("pres:Edward@OTHER.test", "here")), "ed@other.test: active here");
  assert.equal(await say(document(user("bob"), "forged")), "ed@other.test: active here");
  assert.equal(await say(document("tel:+15550100", "forged")), "ed@other.test: active here");
  assert.equal(await say(document(ED, "there")), "ed@other.test: active there");
});

Deno.test("what all notifiers of one watch say is bounded together", () => {
  const time = new FakeTime();
  const made = {} as ClientSubscription;
  const watch = new ForeignWatch(user("alice"), ED, {
    subscriber: { subscribe: () => made },
    clock: time,
    timers: time.timers,
    random: () => 0,
    log: silentLog,
    metrics: new Metrics(),
    settings: { other_domains: 1 },
    limits: { otherDomains: 1 },
    asserted: (from) => ({ from, headers: [] }),
  });
  watch.start();
  const say = (notifier: string, octets: number) => {
    const head = `<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="${ED}"><note>`, end = "</note></presence>";
    const body = utf8(head + "x".repeat(octets - head.length - end.length) + end);
    watch.onNotification(made, { notifier, state: "active", contentType: "application/pidf+xml", body });
    return [...watch.instances].map(({ body }) => body?.length ?? 0);
  };
  assert.deepEqual(say("a", 10_000), [10_000]);
  assert.deepEqual(say("a", 16_384), [16_384], "in the place of what it said before");
  assert.deepEqual(say("b", 200), [16_384, 0]);
  assert.deepEqual(say("a", 8000), [8000, 0]);
  assert.deepEqual(say("b", 8384), [8000, 8384]);
  assert.deepEqual(say("a", 8001), [8000, 8384]);
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

Deno.test("whoever puts others on his list all the time asks other domains only so often", async () => {
  const { world, other } = await open("sip:x0@other.test");
  world.settings.other_domains = 5;
  other.show("x0", "here");
  await world.subscribe({ expires: 7200 });
  await world.notified();
  for (let n = 1; n < 40; n++) {
    const uri = `sip:x${n}@other.test`;
    other.show(`x${n}`, "here");
    await world.service(entries(uri));
    await world.settle();
    assert.ok(world.subscriber.size <= 10, `${world.subscriber.size} after ${n}`);
  }
  assert.equal(world.subscriber.size, 10, "nobody of those is over yet, and there was no room for another");
  for (let n = 0; n < 8; n++) {
    await other.pass(5000);
    await world.notified();
  }
  assert.equal(world.subscriber.size, 0);
  other.show("x40", "here");
  await world.service(entries("sip:x40@other.test"));
  await world.settle();
  assert.equal(world.subscriber.size, 1);
});
