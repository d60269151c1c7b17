import { deepEqual, equal, ok } from "node:assert/strict";
import { MemoryStore } from "../memory_store.ts";
import { People } from "./people.ts";
import { EngineWorld, FakeRest, refusal } from "./testing/engine_world.ts";

const ME = "/users/sip:alice@home.test";
const BOB = "sip:bob@home.test", CAROL = "sip:carol@home.test";
const PRIVACY = { locatable: false, invisible: false, contacts_only: null };
const contact = (uri: string, name = "", lists: readonly string[] = [""], blocked = false) => ({
  uri,
  name,
  lists,
  blocked,
});

interface Facts {
  contacts: ReturnType<typeof contact>[];
  lists: { name: string; display_name: string }[];
  blocked: { uri: string; name: string }[];
  requests: unknown[];
}

/** A service with these facts. */
function service(facts: Partial<Facts> = {}): { rest: FakeRest; facts: Facts } {
  const all: Facts = { contacts: [], lists: [], blocked: [], requests: [], ...facts };
  const rest = new FakeRest()
    .on(`GET ${ME}/contacts`, () => ({ ...all, next: "" }))
    .on(`GET ${ME}/contact-requests`, () => ({ requests: all.requests }))
    .on(`GET ${ME}/privacy`, () => PRIVACY)
    .on("XCAP GET", () => {
      throw refusal(404);
    });
  return { rest, facts: all };
}

const asking = (id: string, uri: string, direction = "incoming") => ({
  id,
  uri,
  direction,
  requested_at: 1000,
  name: "",
  message: "It is me",
});

Deno.test("contacts have names and lists as they are shown; who has not agreed stands behind them", async () => {
  const world = new EngineWorld({
    rest: service({
      contacts: [contact(BOB, "Bobby", ["l1"]), contact("sip:Dan@home.test", "", ["", "work"], true)],
      lists: [{ name: "l1", display_name: "Friends" }, { name: "work", display_name: "" }],
      blocked: [{ uri: "sip:dan@home.test", name: "" }],
      requests: [asking("r1", CAROL, "outgoing"), asking("r2", "sip:eve@home.test")],
    }).rest,
  });
  const people = new People(world.parts);
  equal(people.state.value, "loading");
  await world.settled();
  deepEqual(people.contacts.value.map(({ name, lists, blocked, pending }) => ({ name, lists, blocked, pending })), [
    { name: "Bobby", lists: ["Friends"], blocked: false, pending: false },
    { name: "Dan@home.test", lists: ["work"], blocked: true, pending: false },
    { name: "carol@home.test", lists: [], blocked: false, pending: true },
  ]);
  deepEqual(people.lists.value, ["Friends", "work"]);
  deepEqual(people.requests.value.map(({ id, incoming }) => [id, incoming]), [["r1", false], ["r2", true]]);
  equal(people.nameOf("<sips:BOB@home.test;transport=ws>", "Robert"), "Bobby");
  equal(people.nameOf("sip:mallory@home.test", "Mal"), "Mal");
  equal(people.nameOf("sip:mallory@home.test"), "mallory@home.test");
  ok(people.isBlocked("sip:DAN@home.test") && !people.isBlocked(BOB));
});

Deno.test("a long contact list is read to its end", async () => {
  const { rest } = service();
  const pages = [[contact(BOB)], [contact(CAROL)]];
  rest.on(`GET ${ME}/contacts`, () => {
    const contacts = pages.shift()!;
    return { contacts, lists: [], blocked: [], next: pages.length > 0 ? contacts[0].uri : "" };
  });
  const world = new EngineWorld({ rest });
  const people = new People(world.parts);
  await world.settled();
  deepEqual(people.contacts.value.map(({ uri }) => uri), [BOB, CAROL]);
});

Deno.test("while the service cannot be asked contacts are as they were known last, and it is tried again", async () => {
  const store = new MemoryStore();
  const { rest } = service({ contacts: [contact(BOB, "Bobby")], blocked: [{ uri: CAROL, name: "" }] });
  const first = new EngineWorld({ store, rest });
  const before = new People(first.parts);
  await first.settled();
  equal(before.state.value, "ready");

  rest.down = 503;
  const world = new EngineWorld({ store, rest });
  const people = new People(world.parts);
  equal(people.nameOf(BOB), "Bobby");
  await world.settled();
  deepEqual([people.state.value, people.problem.value?.status], ["failed", 503]);
  deepEqual(people.contacts.value.map(({ name }) => name), ["Bobby"]);
  ok(people.isBlocked(CAROL));
  const tries = rest.asked.length;
  await world.pass(1000);
  equal(rest.asked.length, tries, "with back-off");
  rest.down = -1;
  await world.pass(2000);
  deepEqual([people.state.value, people.problem.value], ["ready", null]);
});

Deno.test("what the store has is not trusted", async () => {
  for (const text of ["{", "[]", '{"contacts":1}']) {
    const store = new MemoryStore();
    store.set("people.book", text);
    store.set("people.own", text);
    const { rest } = service();
    rest.down = 0;
    const world = new EngineWorld({ store, rest });
    const people = new People(world.parts);
    await world.settled();
    deepEqual([people.contacts.value, people.own.value.status], [[], "available"]);
  }
});

Deno.test("a change that is refused changes nothing and says why; one that is done is seen when it is told done", async () => {
  const { rest, facts } = service({ contacts: [contact(BOB, "Bobby")] });
  rest.on(`PATCH ${ME}/contacts`, () => {
    throw refusal(422, "The name is taken.", { name: "is taken" });
  });
  const world = new EngineWorld({ rest });
  const people = new People(world.parts);
  await world.settled();
  const refused = await people.rename(BOB, "Carol");
  deepEqual([refused?.status, refused?.text, refused?.fields], [422, "The name is taken.", { name: "is taken" }]);
  equal(people.nameOf(BOB), "Bobby");
  rest.on(`PUT ${ME}/blocked/${BOB}`, () => void facts.blocked.push({ uri: BOB, name: "" }));
  equal(await people.block(BOB), null);
  ok(people.isBlocked(BOB));
  deepEqual(people.blocked.value, [{ uri: BOB, name: "Bobby" }]);
});

Deno.test("nobody has that number: who asks is told in the service's words", async () => {
  const { rest } = service();
  rest.on(`POST ${ME}/contacts`, () => ({ outcome: "unknown-number", number: "+1", text: "Nobody has +1.", link: "" }));
  const world = new EngineWorld({ rest });
  const outcome = await new People(world.parts).add("+1", "", []);
  deepEqual([outcome?.status, outcome?.text], [404, "Nobody has +1."]);
});

Deno.test("a contact in several lists: REST has the first, the document gets the others", async () => {
  const { rest } = service({ contacts: [contact(BOB, 'B<o"b')], lists: [{ name: "a/b", display_name: "" }] });
  rest.on(`PATCH ${ME}/contacts`, () => contact(BOB, 'B<o"b', ["work"])).on("XCAP PUT", () => ({ status: 201 }));
  const world = new EngineWorld({ rest });
  const people = new People(world.parts);
  await world.settled();
  equal(await people.move(BOB, ["work", "a/b"]), null);
  const put = rest.asked.findIndex((what) => what.startsWith("XCAP PUT"));
  equal(
    rest.asked[put],
    "XCAP PUT /resource-lists/users/sip:alice@home.test/index/~~/resource-lists" +
      `/list[@name="oma_buddylist"]/list[@name="a"]/list[@name="b"]/entry[@uri="${BOB}"]`,
  );
  ok((rest.bodies[put] as { body: string }).body.includes("<display-name>B&#60;o"));
});

Deno.test("words of the service are known as those of a request that waits, also where it is read only then", async () => {
  const { rest, facts } = service({ requests: [asking("r1", CAROL, "outgoing")] });
  const world = new EngineWorld({ rest });
  const people = new People(world.parts);
  await world.settled();
  equal(await people.asksIn(`Carol (${CAROL}) has agreed`), false);
  facts.requests.push(asking("r2", BOB));
  equal(await people.asksIn(`Bob (${BOB}) asks to have you as a contact.`), true);
  deepEqual(world.alerts.map(({ kind }) => kind), ["request"]);
  rest.down = 503;
  equal(await people.asksIn("There is cake."), false);
});

Deno.test("who asks is told of once, over reloads, and again for another request", async () => {
  const store = new MemoryStore();
  const { rest, facts } = service({ requests: [asking("r1", BOB)] });
  const world = new EngineWorld({ store, rest });
  new People(world.parts);
  await world.settled();
  deepEqual(world.alerts.map(({ kind, title, text }) => [kind, title, text]), [[
    "request",
    "bob@home.test",
    "It is me",
  ]]);
  facts.requests.push(asking("r2", CAROL), asking("r3", CAROL, "outgoing"));
  world.tell("onDocuments", ["org.parley.contact-requests/users/sip:alice@home.test/index"]);
  await world.settled();
  equal(world.alerts.length, 2);
  const again = new EngineWorld({ store, rest });
  new People(again.parts);
  await again.settled();
  equal(again.alerts.length, 0);
});

Deno.test("who is taken off the contact list is taken off the location list first; who only was asked is asked no longer", async () => {
  const { rest, facts } = service({ contacts: [contact(BOB)], requests: [asking("r1", CAROL, "outgoing")] });
  rest.on(`GET ${ME}/privacy`, () => ({ ...PRIVACY, locatable: true }))
    .on("XCAP GET", () => ({
      body:
        `<list xmlns="urn:ietf:params:xml:ns:resource-lists" name="oma_locationlist"><entry uri="sip:Bob@home.test"/></list>`,
    }))
    .on("XCAP DELETE", () => ({ status: 200 }))
    .on(`DELETE ${ME}`, () => void (facts.contacts = []));
  const world = new EngineWorld({ rest });
  const people = new People(world.parts);
  await world.settled();
  ok(people.mayLocate(BOB));
  equal(await people.remove(BOB), null);
  equal(await people.remove(CAROL), null);
  const removals = rest.asked.filter((what) => /DELETE/.test(what)).map((what) => what.slice(-36));
  deepEqual(
    removals,
    [
      `XCAP DELETE /resource-lists/users/sip:alice@home.test/index/~~/resource-lists` +
      `/list[@name="oma_locationlist"]/entry[@uri="sip:Bob@home.test"]`,
      `DELETE ${ME}/contacts/${BOB}`,
      `DELETE ${ME}/contact-requests/r1`,
    ].map((what) => what.slice(-36)),
  );
});
