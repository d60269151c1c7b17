import assert from "node:assert/strict";
import { parsePresence, parsePresenceXml, WatchedPresence } from "../../../transport/presence/mod.ts";
import { ACCEPT, entries, ListWorld, noteOf, resourceLists, RLS, user } from "./testing/list_world.ts";

Deno.test("members whose rules must be read: the first NOTIFY waits for them, two seconds at most", async () => {
  const world = await ListWorld.open();
  await world.service(entries(user("bob"), user("carol")));
  world.show("bob", "here");
  world.show("carol", "here");
  let read = () => {};
  world.watches.unread.set(user("carol"), new Promise<void>((resolve) => read = resolve));
  await world.subscribe();
  assert.deepEqual(await world.notified(), [], "waits");
  world.sip.time.advance(2000);
  await world.notified();
  assert.deepEqual(world.known, ["bob: active here", "carol"], "what is known goes");
  read();
  await world.settle();
  world.sip.time.advance(5000);
  await world.notified();
  assert.deepEqual(world.known, ["bob: active here", "carol: active here"]);
});

Deno.test("rules that cannot be read, and no room: on probation, and tried again", async () => {
  const world = await ListWorld.open();
  await world.service(entries(user("bob")));
  world.show("bob", "here");
  world.watches.unread.set(user("bob"), Promise.reject(new Error("the disk is gone")));
  await world.subscribe();
  await world.notified();
  assert.deepEqual(world.known, ["bob: terminated probation"]);
  world.watches.isFull = true;
  world.sip.time.advance(60_000);
  await world.notified();
  assert.deepEqual(world.known, ["bob: terminated probation"]);
  world.watches.isFull = false;
  world.sip.time.advance(60_000);
  await world.notified();
  assert.deepEqual(world.known, ["bob: active here"]);
});

Deno.test("who is refused is told so and closed; rules that let him again are noticed, and so is another SUBSCRIBE", async () => {
  const world = await ListWorld.open();
  await world.service(entries(user("bob"), user("carol")));
  world.show("bob", "here");
  const { toTag } = await world.subscribe();
  await world.notified();
  world.sip.time.advance(5000);
  world.show("bob", "rejected");
  await world.notified();
  assert.deepEqual(world.known, ["bob: terminated rejected", "carol: terminated noresource"]);
  assert.equal(world.watches.size, 0);
  world.sip.time.advance(5000);
  world.show("bob", "back");
  world.presenceEvents.emit("rulesChanged", { presentity: user("bob") });
  await world.notified();
  assert.deepEqual(world.known, ["bob: active back", "carol: terminated noresource"]);
  // Somebody has that address by now.
  world.show("carol", "new");
  await world.subscribe({ toTag, cseq: 2 });
  const [full] = await world.notified();
  assert.equal(full.list!.rlmi.fullState, true);
  assert.deepEqual(world.known, ["bob: active back", "carol: active new"]);
  assert.ok(world.watches.log.includes(`refresh ${user("bob")} 600`));
});

Deno.test("the end of the subscription brings the state and closes every watch; asking once watches nobody any longer", async () => {
  const world = await ListWorld.open();
  await world.service(entries(user("bob"), user("carol")));
  world.show("bob", "here");
  world.show("carol", "pending");
  const { toTag } = await world.subscribe();
  await world.notified();
  await world.subscribe({ toTag, cseq: 2, expires: 0 });
  const [last] = await world.notified();
  assert.equal(last.head.get("Subscription-State"), "terminated;reason=timeout");
  assert.deepEqual([last.list!.rlmi.fullState, last.list!.parts.size], [true, 1]);
  assert.deepEqual([world.watches.size, world.sip.server.size], [0, 0]);

  const poll = await ListWorld.open();
  await poll.service(entries(user("bob")));
  poll.show("bob", "here");
  await poll.subscribe({ expires: 0 });
  const all = await poll.notified();
  assert.equal(all.length, 1);
  assert.deepEqual(poll.known, ["bob: active here"]);
  assert.equal(poll.watches.size, 0);
  assert.deepEqual(poll.watches.log, [`open ${user("bob")}`, `close ${user("bob")} timeout`]);
});

Deno.test("who does not answer is gone, and nobody is watched for him any longer", async () => {
  const world = await ListWorld.open();
  await world.service(entries(user("bob")));
  world.show("bob", "here");
  await world.subscribe();
  await world.settle();
  world.sip.time.advance(40_000);
  assert.deepEqual([world.watches.size, world.sip.server.size], [0, 0]);
});

Deno.test("a list in the request: sent to the server or to oneself, read anew with each body, kept without one", async () => {
  const world = await ListWorld.open();
  for (const name of ["bob", "carol", "dave"]) world.show(name, "here");
  const require = "Require: recipient-list-subscribe\r\nContent-Disposition: recipient-list\r\n";
  const first = await world.subscribe({
    uri: RLS,
    body: resourceLists(user("bob"), user("carol"), RLS),
    more: require,
  });
  assert.equal(first.status, 200);
  const [told] = await world.notified();
  assert.equal(told.list!.rlmi.uri, RLS);
  assert.deepEqual(world.known, ["bob: active here", "carol: active here", "rls: terminated noresource"]);
  const { toTag } = first;
  await world.subscribe({ uri: RLS, toTag, cseq: 2 });
  await world.notified();
  assert.equal(world.known.length, 3);
  await world.subscribe({ uri: RLS, toTag, cseq: 3, body: resourceLists(user("carol"), user("dave")), more: require });
  const all = await world.notified();
  assert.deepEqual(all.map(({ list }) => list!.rlmi.fullState), [true]);
  assert.deepEqual(world.known, ["carol: active here", "dave: active here"]);
  assert.equal(world.watches.size, 2);

  const own = await world.subscribe({ uri: user("alice"), callId: "own", body: resourceLists(user("bob")) });
  assert.deepEqual([own.status, own.header("Require")], [200, "eventlist"]);
  const box = await world.subscribe({ uri: "sip:example.test", callId: "box", body: resourceLists(user("bob")) });
  assert.equal(box.status, 200);
});

Deno.test("filters beside a list: for all members, and for one", async () => {
  const world = await ListWorld.open();
  world.show("bob", "here");
  world.show("carol", "here");
  const filter = (uri: string) =>
    `<filter id="${uri === "" ? "all" : "bob"}"${
      uri === "" ? "" : ` uri="${uri}"`
    }><what><exclude>/p:presence/p:tuple/p:note</exclude></what></filter>`;
  const filters = (uri: string) =>
    `<filter-set xmlns="urn:ietf:params:xml:ns:simple-filter"><ns-bindings><ns-binding prefix="p" urn="urn:ietf:params:xml:ns:pidf"/>` +
    `</ns-bindings>${filter(uri)}</filter-set>`;
  const part = (type: string, body: string) => `--b\r\nContent-Type: ${type}\r\n\r\n${body}\r\n`;
  const body = part("application/resource-lists+xml", resourceLists(user("bob"), user("carol"))) +
    part("application/simple-filter+xml", filters(user("bob"))) + "--b--\r\n";
  const { toTag, status } = await world.subscribe({ uri: RLS, body, type: 'multipart/mixed;boundary="b"' });
  assert.equal(status, 200);
  const [{ list }] = await world.notified();
  const notes = () =>
    [...world.table.resources].map(({ instances }) => noteOf([...instances.values()][0].part!.body).slice(0, 5));
  assert.deepEqual(notes(), ["(<?xml".slice(0, 5), "here"]);
  assert.equal(parsePresence([...list!.parts.values()][0].body).entity, user("bob"));
  world.sip.time.advance(5000);
  // Nothing of it is left by the filter.
  world.show("bob", "lunch");
  assert.deepEqual(await world.notified(), []);
  await world.subscribe({ uri: RLS, toTag, cseq: 2, body: filters(""), type: "application/simple-filter+xml" });
  await world.notified();
  assert.deepEqual(notes(), ["(<?xml".slice(0, 5), "(<?xml".slice(0, 5)]);
});

Deno.test("RFC 5263 in a list: who takes differences gets them, whole again after each SUBSCRIBE", async () => {
  const world = await ListWorld.open();
  await world.service(entries(user("bob")));
  world.show("bob", "a note that is long enough for a difference to be the shorter one of the two");
  const accept = ACCEPT.replace("\r\n", ", application/pidf-diff+xml\r\n");
  const { toTag } = await world.subscribe({ accept });
  const seen = new WatchedPresence();
  const take = async () => {
    const [{ list }] = await world.notified();
    const { contentType, body } = [...list!.parts.values()][0];
    return [
      contentType,
      seen.receive(parsePresenceXml(body)),
      new TextDecoder().decode(body).match(/version="(\d+)"/)![1],
    ];
  };
  assert.deepEqual(await take(), ["application/pidf-diff+xml", "replaced", "1"]);
  world.sip.time.advance(5000);
  world.show("bob", "away");
  assert.deepEqual(await take(), ["application/pidf-diff+xml", "changed", "2"]);
  assert.match(seen.document!.text, /away/);
  await world.subscribe({ accept, toTag, cseq: 2 });
  assert.deepEqual(await take(), ["application/pidf-diff+xml", "replaced", "3"]);
});

Deno.test("two devices of one user: each its own list, each closed for itself", async () => {
  const world = await ListWorld.open();
  await world.service(entries(user("bob")));
  world.show("bob", "here");
  await world.subscribe({ callId: "a" });
  const { toTag } = await world.subscribe({ callId: "b" });
  assert.equal((await world.notified()).length, 2);
  assert.equal(world.watches.size, 2);
  await world.subscribe({ callId: "b", toTag, cseq: 2, expires: 0 });
  await world.notified();
  assert.equal(world.watches.size, 1);
  world.sip.time.advance(5000);
  world.show("bob", "away");
  assert.equal((await world.notified()).length, 1);
});
