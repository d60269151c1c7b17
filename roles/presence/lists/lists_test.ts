import assert from "node:assert/strict";
import { BOB } from "../../xdm/testing/xdm_world.ts";
import { entries, FRIENDS, ListWorld, user } from "./testing/list_world.ts";

Deno.test("RFC 4662: the owner subscribes once, has all members at first and then those who changed [rp:PRS-3]", async () => {
  const world = await ListWorld.open();
  await world.service(
    `<display-name>Friends</display-name><entry uri="${user("bob")}"><display-name>Bob</display-name></entry>` +
      entries(user("carol"), user("dave"), user("nobody")),
  );
  world.show("bob", "here");
  world.show("carol", "pending");
  world.show("dave", "rejected");
  const answer = await world.subscribe();
  assert.deepEqual([answer.status, answer.header("Require")], [200, "eventlist"]);
  const [first, ...rest] = await world.notified();
  assert.equal(rest.length, 0);
  assert.equal(first.head.get("Require"), "eventlist");
  assert.match(
    first.head.get("Content-Type")!,
    /^multipart\/related;(?=.*type="application\/rlmi\+xml").*start="<[^"]+@example\.test>"/,
  );
  const { rlmi } = first.list!;
  assert.deepEqual([rlmi.uri, rlmi.version, rlmi.fullState, rlmi.names], [FRIENDS, 0, true, [{
    text: "Friends",
    language: "",
  }]]);
  assert.deepEqual(rlmi.resources[0].names, [{ text: "Bob", language: "" }]);
  assert.deepEqual(world.known, [
    "bob: active here",
    "carol: pending",
    "dave: terminated rejected",
    "nobody: terminated noresource",
  ]);

  world.show("bob", "away");
  world.show("carol", "lunch");
  assert.deepEqual(await world.notified(), [], "5 s between two");
  world.sip.time.advance(5000);
  const [second] = await world.notified();
  assert.deepEqual([second.list!.rlmi.version, second.list!.rlmi.fullState, second.list!.rlmi.resources.length], [
    1,
    false,
    2,
  ]);
  assert.deepEqual(world.known.slice(0, 2), ["bob: active away", "carol: active lunch"]);
});

Deno.test("200 contacts: full state in bodies of limited size, at once; then one member alone", async () => {
  const world = await ListWorld.open();
  const names = Array.from({ length: 200 }, (_, number) => `contact${number}`);
  await world.service(entries(...names.map(user)));
  for (const name of names) world.show(name, "here");
  assert.equal((await world.subscribe()).status, 200);
  const bodies = await world.notified();
  assert.deepEqual(bodies.map(({ list }) => list!.rlmi.fullState), [true, ...bodies.slice(1).map(() => false)]);
  assert.deepEqual(bodies.map(({ list }) => list!.rlmi.version), bodies.map((_, index) => index));
  assert.ok(bodies.every(({ octets }) => octets <= world.limits.octets));
  assert.equal(bodies[0].list!.rlmi.resources.length, 200, "the first names all of them");
  assert.equal(bodies.reduce((sum, { list }) => sum + list!.parts.size, 0), 200, "each is told once");
  assert.ok(world.known.every((line) => line.endsWith("active here")));
  const octets = bodies.reduce((sum, body) => sum + body.octets, 0);
  assert.ok(octets < 200 * 800, `${octets} octets in ${bodies.length} bodies`);

  world.sip.time.advance(5000);
  assert.deepEqual(await world.notified(), [], "nothing is told twice");
  world.show("contact7", "away");
  const [one, ...more] = await world.notified();
  assert.deepEqual([one.list!.rlmi.resources.length, one.list!.parts.size, more.length], [1, 1, 0]);
  assert.ok(one.octets < 1300, `${one.octets} octets`);
  assert.equal(world.known[7], "contact7: active away");
});

Deno.test("changes within the pace go in one NOTIFY, the last state counts, and what came to the same is not told", async () => {
  const world = await ListWorld.open();
  await world.service(entries(user("bob"), user("carol")));
  world.show("bob", "one");
  world.show("carol", "one");
  await world.subscribe();
  await world.notified();
  for (const note of ["two", "three"]) for (const name of ["bob", "carol"]) world.show(name, note);
  world.show("carol", "one");
  world.sip.time.advance(5000);
  const told = await world.notified();
  assert.deepEqual(told.map(({ list }) => list!.rlmi.resources.map(({ uri }) => uri)), [[user("bob")]]);
  assert.deepEqual(world.known, ["bob: active three", "carol: active one"]);
});

Deno.test("an edited list: who came, who left, who has another name", async () => {
  const world = await ListWorld.open();
  await world.service(entries(user("bob"), user("carol")));
  for (const name of ["bob", "carol", "dave"]) world.show(name, "here");
  await world.subscribe();
  await world.notified();
  world.sip.time.advance(5000);
  await world.service(
    `<entry uri="${user("bob")}"><display-name>Bobby</display-name></entry>` + entries(user("carol"), user("dave")),
  );
  const [added] = await world.notified();
  assert.equal(added.list!.rlmi.fullState, false);
  assert.deepEqual(world.known, ["bob: active here", "carol: active here", "dave: active here"]);
  assert.deepEqual(world.table.find(user("bob"))!.names, [{ text: "Bobby", language: "" }]);
  world.sip.time.advance(5000);
  await world.service(entries(user("carol"), user("dave")));
  const [removed] = await world.notified();
  assert.equal(removed.list!.rlmi.fullState, true, "only full state takes a member away");
  assert.deepEqual(world.known, ["carol: active here", "dave: active here"]);
  assert.ok(world.watches.log.includes(`close ${user("bob")} timeout`));
  assert.equal(world.watches.size, 2);
});

Deno.test("lists in lists, references, lists of other documents, and lists of lists that come back to themselves", async () => {
  const world = await ListWorld.open();
  const root = "https://example.test/xcap/resource-lists/users/sip:alice@example.test/index/~~";
  const at = (name: string) => `${root}/resource-lists/list%5B@name=%22${name}%22%5D`;
  await world.xdm.put(
    "resource-lists/users/sip:alice@example.test/index",
    `<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list name="work">${
      entries(user("carol"), user("bob"))
    }<list>${entries(user("dave"))}</list></list><list name="home">${entries(user("eve"))}</list></resource-lists>`,
  );
  const first =
    `<service uri="${FRIENDS}"><list xmlns:r="urn:ietf:params:xml:ns:resource-lists"><r:entry uri="${user("bob")}"/>` +
    `<r:external anchor="${at("work")}"/><r:entry uri="sip:alice-more@example.test"/>` +
    `<r:entry-ref ref="resource-lists/users/sip:alice@example.test/index/~~/resource-lists/list%5B@name=%22home%22%5D/entry"/>` +
    `</list><packages><package>presence</package></packages></service>`;
  const second =
    `<service uri="sip:alice-more@example.test"><list xmlns:r="urn:ietf:params:xml:ns:resource-lists"><r:entry uri="${
      user("frank")
    }"/><r:entry uri="${FRIENDS}"/></list></service>`;
  await world.xdm.put(
    "rls-services/users/sip:alice@example.test/index",
    `<rls-services xmlns="urn:ietf:params:xml:ns:rls-services">${first}${second}</rls-services>`,
  );
  for (const name of ["bob", "carol", "dave", "eve", "frank"]) world.show(name, "here");
  await world.subscribe();
  await world.notified();
  assert.deepEqual(world.known, [
    "bob: active here",
    "carol: active here",
    "dave: active here",
    "frank: active here",
    "alice-friends: terminated noresource",
    "eve: active here",
  ]);
  world.sip.time.advance(5000);
  // A document that only an external leads to.
  await world.xdm.put(
    "resource-lists/users/sip:alice@example.test/index",
    `<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list name="work">${
      entries(user("grace"))
    }</list></resource-lists>`,
  );
  world.show("grace", "here");
  await world.notified();
  assert.equal(
    world.known.join(),
    "bob: active here,grace: active here,frank: active here,alice-friends: terminated noresource",
  );
});

Deno.test("somebody else's list, or one for other events, is nobody there", async () => {
  const world = await ListWorld.open();
  await world.service(entries(user("carol")), { uri: "sip:bobs@example.test", by: BOB });
  await world.service(entries(user("carol")), { uri: "sip:dialogs@example.test", document: "two", packages: "dialog" });
  await world.service(entries("sip:bobs@example.test", "sip:dialogs@example.test", user("dave")));
  for (const name of ["carol", "dave"]) world.show(name, "here");
  await world.subscribe();
  await world.notified();
  assert.deepEqual(world.known, ["bobs: terminated noresource", "dialogs: terminated noresource", "dave: active here"]);
});

Deno.test("a list that is edited while it is read is told as it is in the end", async () => {
  const world = await ListWorld.open();
  await world.service(entries(user("bob")));
  for (const name of ["bob", "carol"]) world.show(name, "here");
  const editing = world.service(entries(user("bob"), user("carol")));
  await world.subscribe();
  await editing;
  await world.notified();
  world.sip.time.advance(5000);
  await world.notified();
  assert.deepEqual(world.known, ["bob: active here", "carol: active here"]);
});

Deno.test("a list by reference; numbers and other schemes are the people behind them; longer lists are cut", async () => {
  const world = await ListWorld.open();
  const list =
    "https://example.test/xcap/resource-lists/users/sip:alice@example.test/index/~~/resource-lists/list%5B1%5D";
  await world.xdm.put(
    "resource-lists/users/sip:alice@example.test/index",
    `<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list><display-name>All</display-name>${
      entries("tel:+1-555-0100", "pres:carol@example.test", "tel:+1", "http://x.test/", user("dave"))
    }</list></resource-lists>`,
  );
  await world.xdm.put(
    "rls-services/users/sip:alice@example.test/index",
    `<rls-services xmlns="urn:ietf:params:xml:ns:rls-services"><service uri="${FRIENDS}"><resource-list>${list}</resource-list></service></rls-services>`,
  );
  world.settings.list_size = 4;
  for (const name of ["bob", "carol", "dave"]) world.show(name, "here");
  await world.subscribe();
  const [{ list: told }] = await world.notified();
  assert.deepEqual(told!.rlmi.names, [{ text: "All", language: "" }]);
  assert.deepEqual(world.known, [
    "tel:+1-555-0100: active here",
    "pres:carol: active here",
    "tel:+1: terminated noresource",
    "http://x.test/: terminated noresource",
  ]);
});
