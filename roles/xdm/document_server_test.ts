import { equal, match, ok, rejects } from "node:assert/strict";
import { StorageError } from "../../storage/mod.ts";
import { FakeDocuments } from "./testing/fake_documents.ts";
import { ALICE, BOB, refusal, XdmWorld } from "./testing/xdm_world.ts";

const INDEX = "resource-lists/users/sip:alice@example.test/index";
const LIST = `<?xml version="1.0" encoding="UTF-8"?>
<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists">
  <list name="friends">
    <entry uri="sip:bob@example.test"/>
  </list>
</resource-lists>
`;
const entry = (uri: string) => `<entry uri="${uri}"/>`;
const at = (uri: string) => `${INDEX}/~~/resource-lists/list[@name="friends"]/entry[@uri="${uri}"]`;

Deno.test("a document is written, read back octet for octet, and removed; each change has another tag", async () => {
  const world = await XdmWorld.open();
  const first = await world.put(INDEX, LIST);
  ok(first.created);
  equal(await world.get(INDEX), LIST);
  const second = await world.put(INDEX, LIST.replace("friends", "family"));
  ok(!second.created && second.etag !== first.etag);
  equal((await world.remove(INDEX)).etag, null);
  equal(await refusal(world.get(INDEX)), "404");
});

Deno.test("an element is put in and taken out, and what was not touched stays as it was", async () => {
  const world = await XdmWorld.open();
  await world.put(INDEX, LIST);
  ok((await world.put(at("sip:carol@example.test"), entry("sip:carol@example.test"))).created);
  match(await world.get(INDEX), /<entry uri="sip:bob@example.test"\/>\s*<entry uri="sip:carol@example.test"\/>/);
  equal(await world.get(at("sip:carol@example.test")), entry("sip:carol@example.test"));
  await world.remove(at("sip:carol@example.test"));
  equal((await world.get(INDEX)).replaceAll(/\s/g, ""), LIST.replaceAll(/\s/g, ""));
});

Deno.test("what breaks the grammar or a constraint is refused, and nothing is written", async () => {
  const world = await XdmWorld.open();
  equal(await refusal(world.put(INDEX, "<resource-lists")), "409 not-well-formed");
  equal(
    await refusal(world.put(INDEX, LIST.replace("<list ", "<lost ").replace("</list>", "</lost>"))),
    "409 schema-validation-error",
  );
  const profile = "org.openmobilealliance.user-profile/users/sip:alice@example.test/other";
  const empty = `<user-profiles xmlns="urn:oma:xml:xdm:user-profile"/>`;
  equal(await refusal(world.put(profile, empty)), "409 constraint-failure");
  await world.put(INDEX, LIST);
  const writes = world.documents.writes;
  const twice = LIST.replace(entry("sip:bob@example.test"), entry("sip:bob@example.test").repeat(2));
  equal(await refusal(world.put(INDEX, twice)), "409 uniqueness-failure");
  equal(world.documents.writes, writes);
  equal(await world.get(INDEX), LIST);
});

Deno.test("nobody reads or changes another user's tree, whether there is something or not", async () => {
  const world = await XdmWorld.open();
  await world.put(INDEX, LIST);
  const empty = INDEX.replace("index", "nothing");
  for (const path of [INDEX, empty, INDEX.replace("alice", "nobody")]) {
    equal(await refusal(world.get(path, BOB)), "403");
    equal(await refusal(world.put(path, LIST, BOB)), "403");
    equal(await refusal(world.remove(path, BOB)), "403");
  }
});

Deno.test("conditions: the tag is the document's; `*` asks for the node", async () => {
  const world = await XdmWorld.open();
  const { etag } = await world.put(INDEX, LIST);
  const only = (tag: string) => ({ ifMatch: [tag], ifNoneMatch: null });
  const unless = (tag: string) => ({ ifMatch: null, ifNoneMatch: [tag] });
  equal(await refusal(world.put(INDEX, LIST, ALICE, only("other"))), "412");
  equal(await refusal(world.put(INDEX, LIST, ALICE, unless("*"))), "412");
  equal(await refusal(world.put(at("sip:bob@example.test"), entry("sip:bob@example.test"), ALICE, unless("*"))), "412");
  const carol = [at("sip:carol@example.test"), entry("sip:carol@example.test"), ALICE] as const;
  equal(await refusal(world.put(...carol, unless("*"))), "412", "a new node has the document's tag, too (§8.2.6)");
  const next = await world.put(...carol, only(etag!));
  equal(await refusal(world.remove(at("sip:carol@example.test"), ALICE, only(etag!))), "412");
  await world.remove(at("sip:carol@example.test"), ALICE, only(next.etag!));
  equal(await refusal(world.remove(INDEX.replace("index", "index"), ALICE, only("*"))), "");
});

Deno.test("writers of one document take turns: each stands on what the one before has written", async () => {
  const world = await XdmWorld.open();
  await world.put(INDEX, LIST);
  const uris = Array.from({ length: 50 }, (_, n) => `sip:user${n}@example.test`);
  await Promise.all(uris.map((uri) => world.put(at(uri), entry(uri))));
  const text = await world.get(INDEX);
  for (const uri of uris) ok(text.includes(entry(uri)), uri);
});

Deno.test("of 64 writers who stand on one version one wins, the others get 412", async () => {
  const world = await XdmWorld.open();
  const { etag } = await world.put(INDEX, LIST);
  const only = { ifMatch: [etag!], ifNoneMatch: null };
  const uris = Array.from({ length: 64 }, (_, n) => `sip:user${n}@example.test`);
  const outcomes = await Promise.all(uris.map((uri) => refusal(world.put(at(uri), entry(uri), ALICE, only))));
  equal(outcomes.filter((outcome) => outcome === "").length, 1);
  equal(outcomes.filter((outcome) => outcome === "412").length, 63);
});

Deno.test("the store's trouble is 503, and the old version holds", async () => {
  const world = await XdmWorld.open();
  await world.put(INDEX, LIST);
  world.documents.trouble = new StorageError("full", "no space");
  equal(await refusal(world.put(INDEX, LIST.replace("friends", "family"))), "503");
  equal(await world.get(INDEX), LIST);
  world.documents.trouble = null;
  await world.put(INDEX, LIST.replace("friends", "family"));
});

Deno.test("sizes and counts are limited for users, and what grows smaller always passes", async () => {
  const world = await XdmWorld.open();
  await world.put(INDEX, LIST);
  world.settings.max_total = LIST.length + 10;
  equal(await refusal(world.put(at("sip:carol@example.test"), entry("sip:carol@example.test"))), "409 local");
  await world.remove(at("sip:bob@example.test"));
  world.settings.max_document = 100;
  equal(await refusal(world.put(INDEX, LIST)), "413");
  world.settings.max_document = 524_288;
  world.settings.max_documents = 1;
  const groups = "rls-services/users/sip:alice@example.test/index";
  equal(await refusal(world.put(groups, `<rls-services xmlns="urn:ietf:params:xml:ns:rls-services"/>`)), "409 local");
});

Deno.test("changes are told after the commit, with both versions", async () => {
  const world = await XdmWorld.open();
  await world.put(INDEX, LIST);
  await world.put(at("sip:carol@example.test"), entry("sip:carol@example.test"));
  await world.remove(INDEX);
  equal(world.changes.length, 3);
  equal(world.changes[0].before, null);
  equal(world.changes[1].before!.document.text, LIST);
  equal(world.changes[1].before!.etag, world.changes[0].after!.etag);
  equal(world.changes[2].after, null);
});

Deno.test("a service makes a document anew in turn with others; null leaves it", async () => {
  const world = await XdmWorld.open();
  const by = { kind: "service", name: "test" } as const;
  const key = { auid: "resource-lists", owner: "sip:alice@example.test", name: "index" };
  equal(await world.server.update(by, key, () => null), "unchanged");
  await world.server.update(by, key, (now) => now === null ? LIST : null);
  await Promise.all([
    world.server.update(by, key, (now) => now!.text.replace("friends", "family")),
    world.server.update(by, key, (now) => now!.text.replace("bob", "carol")),
  ]);
  equal(await world.get(INDEX), LIST.replace("friends", "family").replace("bob", "carol"));
  await rejects(world.server.update(by, key, () => "<a/>"), /./);
});

Deno.test("what the server can do and a user's directory are documents that nobody writes", async () => {
  const world = await XdmWorld.open();
  await world.put(INDEX, LIST);
  match(await world.get("xcap-caps/global/index"), /<auid>resource-lists<\/auid>/);
  const directory = "org.openmobilealliance.xcap-directory/users/sip:alice@example.test/directory.xml";
  match(
    await world.get(directory),
    new RegExp(`<folder auid="resource-lists">\\s*<entry uri="[^"]*index" etag="t1"[^>]* size="${LIST.length}"/>`),
  );
  equal(await refusal(world.get(directory, BOB)), "403");
  equal(await refusal(world.put("xcap-caps/global/index", "<a/>")), "403");
});

Deno.test("service URIs are unique over all users, also for a server that starts on what is there", async () => {
  const world = await XdmWorld.open();
  const service = (uri: string) =>
    `<rls-services xmlns="urn:ietf:params:xml:ns:rls-services"><service uri="${uri}"><list name="x" xmlns="urn:ietf:params:xml:ns:rls-services"/></service></rls-services>`;
  const path = (user: string) => `rls-services/users/sip:${user}@example.test/index`;
  await world.put(path("alice"), service("sip:team@example.test"));
  equal(world.server.byServiceUri("sip:team@example.test")?.owner, "sip:alice@example.test");
  const again = await XdmWorld.open(world.documents);
  equal(await refusal(again.put(path("bob"), service("sip:team@example.test"), BOB)), "409 uniqueness-failure");
  await again.remove(path("alice"));
  await again.put(path("bob"), service("sip:team@example.test"), BOB);
  equal(again.server.byServiceUri("sip:team@example.test")?.owner, "sip:bob@example.test");
});

Deno.test("a document that is larger than is allowed now can be read, made smaller and removed", async () => {
  const documents = new FakeDocuments();
  const before = await XdmWorld.open(documents);
  const long = LIST.replace("friends", "f".repeat(5_000));
  await before.put(INDEX, long);
  const world = await XdmWorld.open(documents);
  world.settings.max_document = 4_096;
  equal(await world.get(INDEX), long);
  equal(await refusal(world.put(INDEX, long)), "413");
  equal(
    await refusal(
      world.put(at("sip:carol@example.test").replace("friends", "f".repeat(5_000)), entry("sip:carol@example.test")),
    ),
    "413",
  );
  await world.remove(at("sip:bob@example.test").replace("friends", "f".repeat(5_000)));
  const list = `${INDEX}/~~/resource-lists/list/@name`;
  await world.put(list, '"short"');
  match(await world.get(INDEX), /<list name="short">\s*<\/list>/);
});

Deno.test("conditions count only where there is something: what is not there is 404", async () => {
  const world = await XdmWorld.open();
  const only = { ifMatch: ["old"], ifNoneMatch: null };
  const { key, selector } = world.target(INDEX);
  equal(await refusal(world.server.get(ALICE, key, selector, only)), "404");
  equal(await refusal(world.remove(INDEX, ALICE, only)), "404");
  equal(await refusal(world.put(INDEX, LIST, ALICE, only)), "412");
  await world.put(INDEX, LIST);
  equal(await refusal(world.server.get(ALICE, key, selector, only)), "412");
  const nobody = world.target(at("sip:nobody@example.test"));
  equal(await refusal(world.server.get(ALICE, nobody.key, nobody.selector, only)), "404");
});

Deno.test("a usage without a global tree has nothing there for anybody; the index of all services is for servers alone", async () => {
  const world = await XdmWorld.open();
  for (const auid of ["resource-lists", "pres-rules", "pidf-manipulation", "org.openmobilealliance.pres-rules"]) {
    equal(await refusal(world.get(`${auid}/global/index`)), "404", auid);
    equal(await refusal(world.put(`${auid}/global/index`, LIST)), "403", auid);
  }
  equal(await refusal(world.get("rls-services/global/index")), "403");
});

Deno.test("documents written at the same time do not pass the limits together", async () => {
  const world = await XdmWorld.open();
  world.settings.max_documents = 3;
  const names = Array.from({ length: 10 }, (_, n) => INDEX.replace("index", `list${n}`));
  const outcomes = await Promise.all(names.map((name) => refusal(world.put(name, LIST))));
  equal(outcomes.filter((outcome) => outcome === "").length, 3);
  equal(outcomes.filter((outcome) => outcome === "409 local").length, 7);
  equal(world.documents.count, 3);
});

Deno.test("two documents written at the same time do not get one service URI; a write that fails keeps none", async () => {
  const world = await XdmWorld.open();
  const service = (uri: string) =>
    `<rls-services xmlns="urn:ietf:params:xml:ns:rls-services"><service uri="${uri}"><list name="x"/></service></rls-services>`;
  const path = (user: string) => `rls-services/users/sip:${user}@example.test/index`;
  const team = service("sip:team@example.test"), crew = service("sip:crew@example.test");
  const outcomes = await Promise.all([
    refusal(world.put(path("alice"), team)),
    refusal(world.put(path("bob"), team, BOB)),
  ]);
  equal(outcomes.join(), ",409 uniqueness-failure");
  world.documents.trouble = new StorageError("full", "no space");
  equal(await refusal(world.put(path("alice"), crew)), "503");
  equal(world.server.byServiceUri("sip:crew@example.test"), undefined);
  equal(world.server.byServiceUri("sip:team@example.test")?.owner, "sip:alice@example.test");
  world.documents.trouble = null;
  await world.put(path("bob"), crew, BOB);
  await world.put(path("alice"), service("sip:band@example.test"));
  await world.put(path("bob"), team, BOB);
  equal(world.server.byServiceUri("sip:team@example.test")?.owner, "sip:bob@example.test");
});

Deno.test("what was on its way when its owner was removed is removed, too", async () => {
  const world = await XdmWorld.open();
  await world.put(INDEX, LIST);
  let open = () => {};
  world.documents.gate = new Promise((resolve) => open = resolve);
  const writes = ["a", "b", "c"].map((name) => world.put(INDEX.replace("index", name), LIST));
  const gone = world.server.forget("sip:alice@example.test");
  open();
  await Promise.all([...writes, gone]);
  equal(world.documents.count, 0);
  equal(await refusal(world.get(INDEX)), "404");
});
