/** What may be asked for, by whom, and how much of it. */
import assert from "node:assert/strict";
import { inShort, listOf, WatchWorld } from "./testing/watch_world.ts";

const INDEX = "resource-lists/users/sip:alice@example.test/index";
const TYPE = "application/resource-lists+xml";
const EMPTY_LIST = `<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"/>`;

Deno.test("what is wrong with a list gets its answer, and nothing is watched", async () => {
  const world = await WatchWorld.open();
  const entries = (...uris: string[]) => [TYPE, listOf(uris)] as const;
  const cases: [readonly [string, string] | undefined, number, RegExp][] = [
    [undefined, 400, /List The Resources/],
    [["text/plain", "x"], 415, /application\/resource-lists\+xml/],
    [[TYPE, "<resource-lists"], 400, /line 1, column/],
    [[TYPE, "<list/>"], 400, /<list>, not <resource-lists>/],
    [[TYPE, EMPTY_LIST], 400, /names no resource/],
    [[TYPE, listOf([""])], 400, /Entry 1 has no uri/],
    [entries(INDEX, "resource-lists"), 400, /Entry 2: URI: there is no document selector/],
    [entries(`${INDEX}/~~/resource-lists/namespace::*`), 400, /namespaces cannot be watched/],
    [entries(`${INDEX}/~~/p:list`), 400, /Entry 1/],
    [entries("https://elsewhere.test/xcap/resource-lists/"), 400, /on another server/],
    [entries("https://example.test/other/resource-lists/"), 400, /not below \/xcap\//],
    [entries("resource-lists/users/%20/index"), 400, /no address/],
    [[TYPE, listOf(Array.from({ length: 101 }, (_, i) => `${INDEX}${i}`))], 403, /More Than 100 Resources/],
    [[TYPE, `<!DOCTYPE a [<!ENTITY b "c">]><resource-lists/>`], 400, /Resource list/],
    [[TYPE, "<a>".repeat(10_000)], 400, /Resource list/],
  ];
  for (const [i, [body, status, reason]] of cases.entries()) {
    const answer = world.ask({ callId: `c${i}`, ...(body === undefined ? {} : { body }) });
    assert.equal(answer.status, status, answer.head);
    assert.match(answer.head.split("\r\n")[0], reason);
    if (status === 415) assert.equal(answer.header("Accept"), TYPE);
  }
  assert.equal(world.sip.server.size, 0);
  assert.deepEqual(await world.after(1000), []);
});

Deno.test("a refresh with a bad list is refused, and the subscription stays as it was", async () => {
  const world = await WatchWorld.open();
  const { toTag } = world.subscribe([INDEX]);
  await world.after();
  assert.equal(world.ask({ toTag, cseq: 2, body: [TYPE, "<x/>"] }).status, 400);
  await world.put(INDEX, EMPTY_LIST);
  assert.equal((await world.after(6000)).length, 1);
});

Deno.test("what a list says beyond flat entries is left out (§4.4)", async () => {
  const world = await WatchWorld.open();
  await world.put(INDEX, EMPTY_LIST);
  const body = `<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists" xmlns:x="urn:x" x:y="1">
    <x:more/><list name="a"><display-name>n</display-name><entry uri="${INDEX}" x:z="2"><display-name>d</display-name></entry>
    <entry-ref ref="resource-lists/users/sip:alice@example.test/other"/><list><entry uri="${INDEX}2"/></list></list></resource-lists>`;
  assert.equal(world.ask({ body: [TYPE, body] }).status, 200);
  const [{ changes }] = await world.after();
  assert.deepEqual(changes.map(({ sel }) => sel), [INDEX]);
});

Deno.test("absolute URIs below the root, under any name of ours; what they are called is what stands behind the root", async () => {
  const world = await WatchWorld.open();
  await world.put(INDEX, EMPTY_LIST);
  for (const [i, root] of ["https://example.test/xcap", "http://EXAMPLE.test:8080/xcap", "/xcap", ""].entries()) {
    world.subscribe([`${root}/${INDEX}`], { callId: `c${i}` });
    const [{ changes }] = await world.after();
    assert.deepEqual(changes.map(({ sel }) => sel), [INDEX], root);
  }
});

Deno.test("users of this service alone, at their own address or that of the box, by any of their names", async () => {
  const world = await WatchWorld.open();
  const cases: [string, string | undefined, number][] = [
    ["alice", undefined, 200],
    ["alice", "sip:example.test", 200],
    ["alice", "sip:bob@example.test", 403],
    ["alice", "sip:other.test", 403],
    ["sip:alice@other.test", "sip:alice@example.test", 403],
    ["sip:nobody@example.test", "sip:nobody@example.test", 403],
    ["sip:anonymous@anonymous.invalid", "sip:alice@example.test", 403],
  ];
  for (const [i, [user, resource, status]] of cases.entries()) {
    const answer = world.subscribe([INDEX], { user, callId: `c${i}`, ...(resource === undefined ? {} : { resource }) });
    assert.equal(answer.status, status, `${user} at ${resource}`);
  }
  assert.equal(world.sip.server.size, 2);
});

Deno.test("Accept has to admit xcap-diff (§4.4)", async () => {
  const world = await WatchWorld.open();
  assert.equal(world.subscribe([INDEX], { more: "Accept: application/pidf+xml\r\n" }).status, 406);
  const more = "Accept: application/xcap-diff+xml, text/plain\r\n";
  assert.equal(world.subscribe([INDEX], { more, callId: "b" }).status, 200);
});

Deno.test("subscriptions of one user are bounded, and so are the documents of one subscription", async () => {
  const world = await WatchWorld.open();
  for (let i = 0; i < 32; i++) assert.equal(world.subscribe([INDEX], { callId: `c${i}` }).status, 200);
  const one = world.subscribe([INDEX], { callId: "more" });
  assert.match(one.head, /^SIP\/2\.0 403 More Than 32 Subscriptions/);
  assert.equal(world.subscribe([INDEX], { callId: "poll", expires: 0 }).status, 200, "a look is none");
  assert.equal(world.subscribe([INDEX], { callId: "bobs", user: "bob" }).status, 200);
  for (let i = 0; i < 300; i++) {
    await world.documents.put(
      { auid: "resource-lists", owner: "sip:bob@example.test", name: `n${i}` },
      EMPTY_LIST,
      null,
    );
  }
  assert.match(
    world.subscribe(["resource-lists/"], { callId: "all", user: "bob" }).head,
    /403 More Than 256 Documents/,
  );
});

Deno.test("who unsubscribes makes room, and nothing is left", async () => {
  const world = await WatchWorld.open();
  for (let round = 0; round < 3; round++) {
    const tags = Array.from({ length: 32 }, (_, i) => world.subscribe([INDEX], { callId: `r${round}c${i}` }).toTag);
    await world.after();
    for (const [i, toTag] of tags.entries()) {
      assert.equal(world.ask({ callId: `r${round}c${i}`, toTag, cseq: 2, expires: 0 }).status, 200);
    }
    await world.after();
  }
  assert.equal(world.sip.server.size, 0);
  assert.match(world.metrics.render(), /parley_xcap_watched_resources 0\n/);
});

Deno.test("who does not answer loses the subscription (§4.7)", async () => {
  const world = await WatchWorld.open();
  world.subscribe([INDEX]);
  await world.settle();
  world.time.advance(33_000);
  assert.equal(world.sip.server.size, 0);
  assert.match(world.metrics.render(), /parley_xcap_watched_resources 0\n/);
});

Deno.test("ua-profile of OMA XDM 1.x: a usage, a document, or both, from the Event header", async () => {
  const world = await WatchWorld.open();
  await world.put(INDEX, EMPTY_LIST);
  const cases: [string, number, string[]][] = [
    [`ua-profile;profile-type="application";auid="resource-lists"`, 200, [INDEX]],
    ["ua-profile;profile-type=application;app-id=resource-lists", 200, [INDEX]],
    [`ua-profile;profile-type=application;document="${INDEX}"`, 200, [INDEX]],
    [`ua-profile;profile-type=application;auid="resource-lists";document="index"`, 200, [INDEX]],
    [`ua-profile;profile-type=application;auid="resource-lists";document="${INDEX}"`, 200, [INDEX]],
    [`ua-profile;profile-type=application;document="resource-lists/users/sip:bob@example.test/index"`, 200, []],
    ["ua-profile;profile-type=device", 404, []],
    ["ua-profile", 404, []],
    ["ua-profile;profile-type=application", 400, []],
    [`ua-profile;profile-type=application;document="resource-lists"`, 400, []],
  ];
  for (const [i, [event, status, sels]] of cases.entries()) {
    const answer = world.ask({ event, callId: `c${i}` });
    assert.equal(answer.status, status, `${event}: ${answer.head}`);
    const told = await world.after();
    assert.deepEqual(told.flatMap(({ changes }) => changes.map(({ sel }) => sel)), sels, event);
    if (status === 200) assert.equal(told[0].request.get("Event"), "ua-profile");
  }
  const { etag } = await world.put(INDEX, EMPTY_LIST.replace("/>", "><list/></resource-lists>"));
  const told = await world.after(6000);
  assert.equal(told.length, 5);
  for (const { changes } of told) assert.deepEqual(inShort(changes), [`sip:alice@example.test/index t1 ${etag}`]);
});

Deno.test("a hundred devices are told of one change with one body, which is made once", async () => {
  const users = Array.from({ length: 100 }, (_, i) => `user${i}`);
  const world = await WatchWorld.open({ users: ["owner", ...users] });
  const group = "org.openmobilealliance.groups/users/sip:owner@example.test/team";
  const members = (more: string) =>
    `<group xmlns="urn:oma:xml:poc:list-service"><list-service uri="sip:team@example.test"><list>${
      users.map((user) => `<entry uri="sip:${user}@example.test"/>`).join("")
    }${more}</list></list-service></group>`;
  await world.put(group, members(""), "owner");
  for (const user of users) {
    world.subscribe([group], { user, callId: user, event: "xcap-diff;diff-processing=aggregate" });
  }
  await world.after();
  const made = () => Number(/bodies_total\{body="made"\} (\d+)/.exec(world.metrics.render())?.[1]);
  const before = made();
  await world.put(group, members(`<entry uri="sip:new@example.test"/>`), "owner");
  const told = await world.after(1000);
  assert.equal(told.length, 100);
  assert.equal(made() - before, 1);
  assert.equal(new Set(told.map(({ body }) => new TextDecoder().decode(body))).size, 1);
  const [{ changes: [change] }] = told;
  assert.ok(change.kind === "document" && Array.isArray(change.body));
});
