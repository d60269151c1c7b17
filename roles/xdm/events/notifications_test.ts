import assert from "node:assert/strict";
import { applyPatch } from "../../../transport/xcap/mod.ts";
import { canonical } from "../../../transport/xcap/testing.ts";
import { parseXml, SMALL_XML } from "../../../transport/xml/mod.ts";
import { inShort, WatchWorld } from "./testing/watch_world.ts";

const ALICE = "resource-lists/users/sip:alice@example.test";
const INDEX = `${ALICE}/index`;
const NS = "urn:ietf:params:xml:ns:resource-lists";
const list = (entries: string) => `<resource-lists xmlns="${NS}"><list name="l">${entries}</list></resource-lists>`;
const entry = (name: string) => `<entry uri="sip:${name}@example.test"/>`;
const at = (name: string) => `${INDEX}/~~/resource-lists/list/entry[@uri="sip:${name}@example.test"]`;
const PATCHING = "xcap-diff;diff-processing=xcap-patching";
const AGGREGATE = "xcap-diff;diff-processing=aggregate";

async function watching(uris: readonly string[], event = "xcap-diff"): Promise<WatchWorld> {
  const world = await WatchWorld.open();
  await world.put(INDEX, list(entry("bob")));
  assert.equal(world.subscribe(uris, { event }).status, 200);
  await world.after();
  return world;
}

const said = async (world: WatchWorld, ms = 6000) => (await world.after(ms)).map(({ changes }) => inShort(changes));
const own = (text: string) => text.replaceAll("sip:alice@example.test/", "");

Deno.test("a document is changed, removed, made anew: each is told, without content by default", async () => {
  const world = await watching([INDEX]);
  await world.put(at("carol"), entry("carol"));
  assert.deepEqual((await said(world)).flat().map(own), ["index t1 t2"]);
  await world.remove(INDEX);
  assert.deepEqual((await said(world)).flat().map(own), ["index t2 -"]);
  await world.put(INDEX, list(entry("dave")));
  assert.deepEqual((await said(world)).flat().map(own), ["index - t3"]);
});

Deno.test("what came and went between two NOTIFYs is told of nobody; what was there before is told as it is in the end", async () => {
  for (const event of ["xcap-diff", AGGREGATE]) {
    const world = await watching([`${ALICE}/`], event);
    await world.put(`${ALICE}/other`, list(""));
    await world.remove(`${ALICE}/other`);
    assert.deepEqual(await said(world), []);
    await world.remove(INDEX);
    const { etag } = await world.put(INDEX, list(entry("zoe")));
    assert.deepEqual((await said(world)).flat().map((text) => own(text).replace(" +", "")), [`index t1 ${etag}`]);
  }
});

Deno.test("with xcap-patching a removal and a new document are steps of the chain", async () => {
  const world = await watching([INDEX], PATCHING);
  await world.put(at("carol"), entry("carol"));
  await world.remove(INDEX);
  const anew = await world.put(INDEX, list(""));
  const last = await world.put(at("dave"), entry("dave"));
  assert.deepEqual((await said(world)).flat().map(own), [
    "index t1 t2 +",
    "index t2 -",
    `index - ${anew.etag}`,
    `index ${anew.etag} ${last.etag} +`,
  ]);
});

Deno.test("a new entity tag for the same text is said to change nothing", async () => {
  const world = await watching([INDEX], AGGREGATE);
  await world.put(INDEX, list(entry("bob")));
  assert.deepEqual((await said(world)).flat().map(own), ["index t1 t2 ="]);
});

Deno.test("a patch that is too long, or makes more of a NOTIFY than fits, is left out; the next one is told again", async () => {
  const world = await watching([INDEX], PATCHING);
  const long = "x".repeat(20_000);
  await world.put(at("carol"), `<entry uri="sip:carol@example.test"><display-name>${long}</display-name></entry>`);
  assert.deepEqual((await said(world)).flat().map(own), ["index t1 t2"]);
  await world.put(at("dave"), entry("dave"));
  assert.deepEqual((await said(world)).flat().map(own), ["index t2 t3 +"], "it goes on with patches (§4.7)");
  for (let i = 0; i < 4; i++) {
    const name = `u${i}`;
    const display = `<display-name>${"y".repeat(12_000)}</display-name>`;
    await world.put(at(name), `<entry uri="sip:${name}@example.test">${display}</entry>`);
  }
  assert.deepEqual((await said(world)).flat().map((text) => own(text).replace(/t\d+ t\d+/, "")), [
    "index  +",
    "index  +",
    "index  +",
    "index ",
  ]);
});

Deno.test("too much history: one reference with the entity tags, and the chain goes on from there", async () => {
  const world = await watching([INDEX], PATCHING);
  for (let i = 0; i < 80; i++) {
    await world.put(at("carol"), `<entry uri="sip:carol@example.test"><display-name>${i}</display-name></entry>`);
  }
  assert.deepEqual((await said(world)).flat().map(own), ["index t1 t81"]);
  await world.put(at("dave"), entry("dave"));
  assert.deepEqual((await said(world)).flat().map(own), ["index t81 t82 +"]);
});

Deno.test("at most one NOTIFY in five seconds, two after a quiet time (§4.10)", async () => {
  const world = await watching([INDEX]);
  const times: number[] = [];
  const start = world.time.monotonic();
  for (let i = 0; i < 300; i++) {
    await world.put(at("carol"), `<entry uri="sip:carol@example.test"><display-name>${i}</display-name></entry>`);
    for (const _ of await world.after(100)) times.push(world.time.monotonic() - start);
  }
  assert.ok(times[0] <= 200, String(times));
  const gaps = times.slice(1).map((time, i) => time - times[i]);
  assert.ok(gaps.every((gap) => gap >= 4800), String(gaps));
  assert.equal(times.length, 7);
});

Deno.test("an element: its content when it is there, gone when it or its document goes, nothing when something else changes", async () => {
  const element = at("carol").replaceAll('"', "'");
  const world = await watching([element]);
  assert.deepEqual(await said(world), [], "not there yet");
  await world.put(at("carol"), entry("carol"));
  assert.deepEqual((await said(world)).flat().map((text) => text.split(" ").slice(-2).join(" ")), [
    `<entry uri="sip:carol@example.test"/>`,
  ]);
  await world.put(at("dave"), entry("dave"));
  assert.deepEqual(await said(world), []);
  await world.put(at("carol"), `<entry uri="sip:carol@example.test"><display-name>C</display-name></entry>`);
  const [[changed]] = await said(world);
  assert.match(changed, /<display-name>C<\/display-name>/);
  await world.remove(INDEX);
  const [[gone]] = await said(world);
  assert.match(gone, /entry\[@uri='sip:carol@example.test'\] gone$/);
});

Deno.test("an element that is too long is said to be there, without its content", async () => {
  const world = await watching([`${INDEX}/~~/resource-lists/list`]);
  const long = `<entry uri="sip:x@example.test"><display-name>${"z".repeat(17_000)}</display-name></entry>`;
  await world.put(INDEX, list(long));
  const [{ changes: [change] }] = await world.after(6000);
  assert.ok(change.kind === "element" && change.exists && change.content === null);
});

Deno.test("an element with namespaces from around it stands for itself in the NOTIFY", async () => {
  const world = await watching([`${INDEX}/~~/resource-lists/list`]);
  await world.put(
    INDEX,
    `<rl:resource-lists xmlns:rl="${NS}" xmlns:d="urn:d"><rl:list d:x="1"><rl:entry uri="sip:a@b.test"/></rl:list></rl:resource-lists>`,
  );
  const [{ changes: [change], body }] = await world.after(6000);
  assert.ok(change.kind === "element");
  assert.deepEqual([change.namespaces.get("rl"), change.namespaces.get("d")], [NS, "urn:d"]);
  assert.match(new TextDecoder().decode(body), /><rl:list d:x="1"><rl:entry/);
  await world.put(INDEX, (await world.text(INDEX)).replace("urn:d", "urn:e"));
  const [{ changes: [again] }] = await world.after(6000);
  assert.ok(again.kind === "element" && again.namespaces.get("d") === "urn:e", "the same text says something else");
});

Deno.test("a document in a collection and by name is told of once, by the name that was asked for", async () => {
  const asked = INDEX.replace("sip:", "sip%3A");
  const world = await WatchWorld.open();
  await world.put(INDEX, list(""));
  await world.put(`${ALICE}/a b`, list(""));
  world.subscribe([`${ALICE}/`, asked, asked, "resource-lists/"]);
  const [{ changes }] = await world.after();
  assert.deepEqual(changes.map(({ sel }) => sel).sort(), [`${ALICE}/a%20b`, asked].sort());
});

Deno.test("other users' documents: not told whether they are there; those that everybody may read are", async () => {
  const profile = "org.openmobilealliance.user-profile/users/sip:bob@example.test/user-profile";
  const bobs = INDEX.replace("alice", "bob");
  const world = await WatchWorld.open();
  await world.put(bobs, list(""), "bob");
  await world.put(
    profile,
    `<user-profiles xmlns="urn:oma:xml:xdm:user-profile"><user-profile uri="sip:bob@example.test"/></user-profiles>`,
    "bob",
  );
  world.subscribe([
    bobs,
    `${bobs}/~~/resource-lists/list`,
    profile,
    "nosuch/users/sip:alice@example.test/index",
    INDEX,
  ]);
  const [{ changes }] = await world.after();
  assert.deepEqual(changes.map(({ sel }) => sel), [profile]);
  await world.put(bobs, list(entry("alice")), "bob");
  assert.deepEqual(await said(world), []);
});

const GROUP = "org.openmobilealliance.groups/users/sip:bob@example.test/team";
const group = (members: string) =>
  `<group xmlns="urn:oma:xml:poc:list-service"><list-service uri="sip:team@example.test"><list>${members}</list></list-service></group>`;

Deno.test("a right that comes is told of as a new document; one that ends, not at all", async () => {
  const world = await WatchWorld.open();
  await world.put(GROUP, group(entry("carol")), "bob");
  world.subscribe([GROUP, `${GROUP}/~~/group/list-service`]);
  assert.deepEqual((await said(world, 0)).flat(), []);
  const { etag } = await world.put(GROUP, group(entry("carol") + entry("alice")), "bob");
  const [[created, element]] = await said(world);
  assert.equal(created, `sip:bob@example.test/team - ${etag}`);
  assert.match(element, /<list-service/);
  await world.put(GROUP, group(entry("carol")), "bob");
  await world.put(GROUP, group(""), "bob");
  assert.deepEqual(await said(world), [], "neither changed nor gone");
});

Deno.test("what is no longer in memory is read before the NOTIFY; one that cannot be read is tried again", async () => {
  const world = await WatchWorld.open();
  await world.put(INDEX, list(entry("bob")));
  const { server } = world;
  const { peek, read } = server;
  server.peek = (key) => peek.call(server, key) === null ? null : undefined;
  let fails = true;
  server.read = (key) => fails ? Promise.reject(new Error("the store is away")) : read.call(server, key);
  world.subscribe([at("bob")]);
  assert.deepEqual(await world.after(1000), []);
  fails = false;
  const [[told]] = await said(world, 5000);
  assert.match(told, /<entry uri="sip:bob/);
});

Deno.test("a refresh brings everything again, and may name other resources and another mode", async () => {
  const world = await WatchWorld.open();
  await world.put(INDEX, list(""));
  const { toTag } = world.subscribe([INDEX], { event: PATCHING });
  await world.after();
  world.subscribe([`${ALICE}/other`], { event: "xcap-diff", toTag, cseq: 2 });
  assert.deepEqual(await said(world, 0), [[]]);
  await world.put(at("carol"), entry("carol"));
  assert.deepEqual(await said(world), [], "not watched any more");
  await world.put(`${ALICE}/other`, list(""));
  assert.equal((await said(world)).length, 1);
  world.ask({ event: AGGREGATE, toTag, cseq: 3 });
  assert.equal((await said(world, 0)).flat().length, 1, "the list of before");
  await world.put(`${ALICE}/other/~~/resource-lists/list`, `<list/>`);
  const [{ changes: [change] }] = await world.after(6000);
  assert.ok(change.kind === "document" && Array.isArray(change.body));
  const before = parseXml(list(""), SMALL_XML);
  const after = parseXml(await world.text(`${ALICE}/other`), SMALL_XML);
  assert.equal(canonical(applyPatch(before, change.body)), canonical(after));
  assert.equal(world.ask({ toTag, cseq: 4, expires: 0 }).status, 200);
  const [last] = await world.after();
  assert.equal(last.state, "terminated;reason=timeout");
  assert.equal(world.sip.server.size, 0);
});

Deno.test("the directory is a document, too: it changes with every other one", async () => {
  const directory = "org.openmobilealliance.xcap-directory/users/sip:alice@example.test/directory.xml";
  const world = await WatchWorld.open();
  world.subscribe([directory, "xcap-caps/global/"]);
  const [{ changes }] = await world.after();
  assert.deepEqual(changes.map(({ sel }) => sel), [directory, "xcap-caps/global/index"]);
  await world.put(INDEX, list(""));
  const [{ changes: [change] }] = await world.after(6000);
  assert.ok(change.kind === "document" && change.sel === directory && change.previousEtag !== null);
  assert.notEqual(change.newEtag, change.previousEtag);
});

Deno.test("who is removed, suspended or has another password loses all subscriptions; others learn that the documents are gone", async () => {
  const profile = "org.openmobilealliance.user-profile/users/sip:bob@example.test/user-profile";
  const world = await WatchWorld.open();
  await world.put(
    profile,
    `<user-profiles xmlns="urn:oma:xml:xdm:user-profile"><user-profile uri="sip:bob@example.test"/></user-profiles>`,
    "bob",
  );
  world.subscribe([profile], { user: "alice" });
  world.subscribe(["resource-lists/"], { user: "bob", callId: "bob1" });
  world.subscribe(["rls-services/"], { user: "bob", callId: "bob2", resource: "sip:example.test" });
  await world.after();
  await world.server.forget("sip:bob@example.test");
  world.events.treeRemoved("sip:bob@example.test");
  world.events.end("sip:bob@example.test", "noresource");
  const told = await world.after(6000);
  assert.deepEqual(told.map(({ state, changes }) => `${state.replace(/=\d+/, "")} ${inShort(changes)}`), [
    "terminated;reason=noresource ",
    "terminated;reason=noresource ",
    "active;expires sip:bob@example.test/user-profile t1 -",
  ]);
  assert.equal(world.sip.server.size, 1);
});

Deno.test("nothing goes to a user who is suspended, even before the subscription has ended", async () => {
  const world = await watching([INDEX]);
  const user = world.subscribers.get("sip:alice@example.test")!;
  await world.subscribers.put([{ ...user, state: "suspended" }]);
  await world.put(at("carol"), entry("carol"));
  assert.deepEqual(await world.after(6000), []);
  assert.equal(world.subscribe([INDEX], { callId: "next" }).status, 403);
});
