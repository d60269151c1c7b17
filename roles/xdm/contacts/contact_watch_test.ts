import assert from "node:assert/strict";
import { refusal } from "../testing/xdm_world.ts";
import { aorOf, ContactsWorld } from "./testing/contacts_world.ts";

const RL = "urn:ietf:params:xml:ns:resource-lists";
const document = (inner: string) =>
  `<?xml version="1.0"?>\n<resource-lists xmlns="${RL}">\n  <list name="oma_buddylist">${inner}</list>\n</resource-lists>\n`;
const entry = (uri: string, name = "") =>
  name === "" ? `<entry uri="${uri}"/>` : `<entry uri="${uri}"><display-name>${name}</display-name></entry>`;
const at = (uri: string) => `resource-lists/index/~~/resource-lists/list[@name="oma_buddylist"]/entry[@uri="${uri}"]`;
const ALICE = aorOf("alice"), BOB = aorOf("bob"), CAROL = aorOf("carol");

Deno.test("an entry that an XCAP client puts in makes both contacts of each other, and the other is told", async () => {
  const world = await ContactsWorld.open();
  await world.opens("bob", "carol");
  await world.put("alice", "resource-lists/index", document(entry(BOB, "Bobby")));
  assert.equal(await world.listOf("bob"), "alice=Alice");
  await world.put("alice", at(CAROL), entry(CAROL));
  assert.equal(await world.listOf("carol"), "alice=Alice");
  assert.equal(await world.listOf("alice"), "bob=Bobby carol=");
  assert.deepEqual(world.told.map((text) => text.split(":")[0]), ["bob", "carol"]);
  const writes = world.xdm.documents.writes;
  await world.put("alice", at(CAROL), entry(CAROL, "Carola"));
  assert.equal(world.xdm.documents.writes, writes + 1, "a new name has no effects on others");
});

Deno.test("who wants to be asked is taken out again, asked once, and the writer is told", async () => {
  const world = await ContactsWorld.open();
  await world.put("alice", "resource-lists/index", document(entry(BOB, "Bobby")));
  assert.equal(await world.listOf("alice"), "");
  assert.equal(await world.listOf("bob"), "");
  assert.deepEqual([await world.waitingOf("alice"), await world.waitingOf("bob")], [">bob", "<alice"]);
  assert.match(world.told[0], /^bob: Alice .* asks to have you/);
  assert.match(world.told[1], /^alice: Bobby \(sip:bob@example.test\) has been asked/);
  // A client that writes its own copy again and again asks nobody again.
  await world.put("alice", "resource-lists/index", document(entry(BOB, "Bobby")));
  await world.put("alice", at(BOB), entry(BOB, "Bobby"));
  assert.equal(world.told.length, 2);
  assert.equal(await world.listOf("alice"), "");
  const [{ id }] = await world.contacts.requests(BOB);
  await world.contacts.agree(BOB, id, `user:${BOB}`);
  assert.equal(await world.listOf("alice"), "bob=Bobby");
  assert.equal(await world.listOf("bob"), "alice=Alice");
});

Deno.test("who is asked and puts the asker in has agreed", async () => {
  const world = await ContactsWorld.open();
  await world.put("alice", "resource-lists/index", document(entry(BOB)));
  await world.put("bob", "resource-lists/index", document(entry(ALICE)));
  assert.equal(await world.listOf("alice"), "bob=Bob");
  assert.equal(await world.listOf("bob"), "alice=Alice");
  assert.equal(await world.waitingOf("alice"), "");
});

Deno.test("a number is replaced by the User-ID; one that nobody has is refused with the link to join", async () => {
  const world = await ContactsWorld.open();
  await world.opens("bob");
  await world.put("alice", "resource-lists/index", document(entry("tel:+1555-0002", "Bobby")));
  assert.equal(await world.listOf("alice"), "bob=Bobby");
  await world.put("alice", at("sip:+15550002@example.test"), entry("sip:+15550002@example.test"));
  assert.equal(await world.listOf("alice"), "bob=Bobby", "the same person in another writing");
  const unknown = world.put("alice", at("tel:+15559999"), entry("tel:+15559999"));
  await assert.rejects(unknown, /\+15559999.*https:\/\/im\.example\.test\/join/);
  assert.equal(
    await refusal(world.put("alice", at("tel:+15559999"), entry("tel:+15559999"))),
    "409 constraint-failure",
  );
});

Deno.test("whom one may not find by number is asked, and their User-ID is not told", async () => {
  const world = await ContactsWorld.open();
  await world.put("alice", "resource-lists/index", document(entry("tel:+15550002", "Mum")));
  assert.equal(await world.listOf("alice"), "");
  assert.equal(await world.waitingOf("alice"), ">tel:+15550002");
  assert.ok(!world.told.filter((text) => text.startsWith("alice:")).join().includes("bob"));
});

Deno.test("what is no contact list, what is removed, and oneself, has no effects", async () => {
  const world = await ContactsWorld.open();
  await world.opens("bob");
  const writes = () => world.xdm.documents.writes;
  const team = `<resource-lists xmlns="${RL}"><list name="team">${entry(BOB)}</list></resource-lists>`;
  let before = writes();
  await world.put("alice", "resource-lists/index", team);
  await world.put("alice", "resource-lists/other", document(entry(CAROL)));
  await world.put("alice", "resource-lists/index", document(entry(ALICE) + entry("sip:zoe@elsewhere.test")));
  assert.equal(writes(), before + 3);
  await world.put("alice", at(BOB), entry(BOB));
  before = writes();
  await world.xdm.remove(`resource-lists/users/${ALICE}/index`);
  await world.watch.idle;
  assert.equal(writes(), before + 1);
});

Deno.test("a name is the same however it is composed, and in a comment it stands for nobody", async () => {
  const world = await ContactsWorld.open();
  await world.opens("bob", "carol", "dave");
  const decomposed = "Rene\u0301";
  await world.put("alice", "resource-lists/index", document(entry(BOB, decomposed)));
  assert.equal(await refusal(world.put("alice", at(CAROL), entry(CAROL, "Ren\u00e9"))), "409 uniqueness-failure");
  await world.put("alice", "resource-lists/index", document(`<!-- Zoe -->${entry(BOB, "Bob")}`));
  await world.put("alice", at(CAROL), entry(CAROL, "Zoe"));
});

Deno.test("names, numbers and how many there may be are checked for XCAP clients too, in what they change", async () => {
  const world = await ContactsWorld.open();
  await world.opens("bob", "carol", "dave");
  await world.put("alice", "resource-lists/index", document(entry(BOB, "Bob")));
  assert.equal(await refusal(world.put("alice", at(CAROL), entry(CAROL, "Bob"))), "409 uniqueness-failure");
  assert.equal(
    await refusal(
      world.put("alice", "resource-lists/index", document(entry(BOB, "B&amp;b") + entry(CAROL, "B&#38;b"))),
    ),
    "409 uniqueness-failure",
  );
  world.settings.same_names = true;
  await world.put("alice", at(CAROL), entry(CAROL, "Bob"));
  world.settings.same_names = false;
  await world.put("alice", at(aorOf("dave")), entry(aorOf("dave"), "Dave"));
  world.settings.max_contacts = 2;
  assert.equal(await refusal(world.put("alice", at("sip:z@else.test"), entry("sip:z@else.test"))), "409 local");
  await world.put("alice", at(BOB), entry(BOB, "Robert"));
  assert.equal(await world.listOf("alice"), "bob=Robert carol=Bob dave=Dave");
});

Deno.test("many at once: each has its effects, and the users take turns", async () => {
  const world = await ContactsWorld.open();
  const names = Array.from({ length: 60 }, (_, n) => `u${n}`);
  for (const name of names) world.setUser(name, { displayName: name });
  world.settings.authorisation = "never";
  await world.put("alice", "resource-lists/index", document(names.map((name) => entry(aorOf(name))).join("")));
  for (const name of names) assert.equal(await world.listOf(name), "alice=Alice");
  assert.equal(world.xdm.metrics.value("parley_contacts_waiting"), 0);
});
