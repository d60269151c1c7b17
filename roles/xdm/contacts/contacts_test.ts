import assert from "node:assert/strict";
import { OperationError } from "../../../operations/mod.ts";
import { parseXml, SMALL_XML } from "../../../transport/xml/mod.ts";
import { hasBlockRule } from "./block_rule.ts";
import { ContactsWorld } from "./testing/contacts_world.ts";

const ALICE = "sip:alice@example.test", BOB = "sip:bob@example.test", CAROL = "sip:carol@example.test";
const ME = `user:${ALICE}`;

/** How a call was refused: `conflict: …`; fails where it was not. */
async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof OperationError) return `${error.kind}: ${error.message}`;
    throw error;
  }
  assert.fail("it was not refused");
}

const indexOf = async (world: ContactsWorld, owner: string) =>
  (await world.xdm.server.read({ auid: "resource-lists", owner, name: "index" }))!.document.text;

Deno.test("a contact is added by SIP URI, by user name and by number, which becomes the User-ID", async () => {
  const world = await ContactsWorld.open();
  await world.opens("bob", "carol", "dave");
  await world.add("alice", BOB);
  await world.add("alice", "carol");
  assert.equal((await world.add("alice", "+1 (555) 000-4", { name: "D." })).outcome, "added");
  assert.equal(await world.listOf("alice"), "bob=Bob carol=Carol dave=D.");
  assert.ok(!(await indexOf(world, ALICE)).includes("5550004"), "the number stands nowhere");
});

Deno.test("both are in each other's list, and the one who was added is told, once", async () => {
  const world = await ContactsWorld.open();
  await world.opens("bob");
  await world.add("alice", "bob");
  assert.equal(await world.listOf("bob"), "alice=Alice");
  assert.deepEqual(world.told, ["bob: Alice (sip:alice@example.test) has added you as a contact."]);
  await world.contacts.remove(ALICE, BOB, null, ME);
  await world.add("alice", "bob");
  assert.equal(world.told.length, 1, "adding and removing in turns is no way to make noise");
  world.xdm.time.advance(3_600_000);
  await world.contacts.remove(ALICE, BOB, null, ME);
  await world.add("alice", "bob");
  assert.equal(world.told.length, 2);
  world.settings.tell_added = false;
  await world.opens("carol");
  await world.add("alice", "carol");
  assert.equal(world.told.length, 2);
});

Deno.test("a number that nobody has is not put in; its owner gets a link to join", async () => {
  const world = await ContactsWorld.open();
  const added = await world.add("alice", "+15559999");
  assert.ok(added.outcome === "unknown-number");
  assert.equal(added.number, "+15559999");
  assert.equal(added.link, "https://im.example.test/join");
  assert.match(added.text, /\+15559999.*https:\/\/im\.example\.test\/join/);
  assert.equal(await world.listOf("alice"), "");
  world.signUpLink = "";
  const closed = await world.add("alice", "tel:+1-555-9999");
  assert.ok(closed.outcome === "unknown-number" && closed.link === "" && /service provider/.test(closed.text));
});

Deno.test("who can be no contact is refused with the reason", async () => {
  const world = await ContactsWorld.open();
  await world.opens("bob");
  assert.match(await refusal(world.add("alice", "nobody")), /^not-found: there is no user sip:nobody@example.test/);
  assert.match(await refusal(world.add("alice", "alice")), /^invalid: /);
  assert.match(
    await refusal(world.add("alice", "<script>")),
    /^invalid: .*allowed: a SIP URI, a user name, or a number/,
  );
  assert.match(await refusal(world.add("alice", "0301234567")), /^invalid: .*is not a number/);
  assert.match(await refusal(world.add("alice", "bob", { list: "friends" })), /^not-found: there is no list "friends"/);
  await world.add("alice", "bob");
  assert.match(await refusal(world.add("alice", "tel:+15550002")), /^conflict: .*bob.* is a contact already/);
  await world.add("alice", "sip:zoe@elsewhere.test");
  assert.equal(await world.listOf("alice"), "bob=Bob zoe@elsewhere.test=");
});

Deno.test("who wants to be asked is asked; until they agree they are in nobody's list", async () => {
  const world = await ContactsWorld.open();
  const added = await world.add("alice", "bob", { name: "Bobby", message: "We met on Monday." });
  assert.ok(added.outcome === "asked");
  assert.equal(added.request.uri, BOB);
  assert.equal(await world.listOf("alice"), "");
  assert.equal(await world.listOf("bob"), "");
  assert.deepEqual([await world.waitingOf("alice"), await world.waitingOf("bob")], [">bob", "<alice"]);
  assert.match(world.told[0], /^bob: Alice \(sip:alice@example.test\) asks .* They write: "We met on Monday\."/);
  await world.add("alice", "bob");
  assert.equal(world.told.length, 1, "asked twice is asked once");
  assert.match(await refusal(world.contacts.agree(ALICE, added.request.id, ME)), /^not-found: /, "not by who asks");
  await world.contacts.agree(BOB, added.request.id, `user:${BOB}`);
  assert.equal(await world.listOf("alice"), "bob=Bobby");
  assert.equal(await world.listOf("bob"), "alice=Alice");
  assert.deepEqual([await world.waitingOf("alice"), await world.waitingOf("bob")], ["", ""]);
  assert.match(world.told[1], /^alice: Bob .* has agreed/);
});

Deno.test("a refusal takes the request away and is told; taken back it is as if never made", async () => {
  const world = await ContactsWorld.open();
  const asked = await world.add("alice", "bob");
  assert.ok(asked.outcome === "asked");
  await world.contacts.dismiss(BOB, asked.request.id, `user:${BOB}`);
  assert.deepEqual([await world.waitingOf("alice"), await world.waitingOf("bob")], ["", ""]);
  assert.match(world.told.at(-1)!, /^alice: sip:bob@example.test does not want/);
  const again = await world.add("alice", "bob");
  assert.ok(again.outcome === "asked");
  const before = world.told.length;
  await world.contacts.dismiss(ALICE, again.request.id, ME);
  assert.deepEqual([await world.waitingOf("alice"), await world.waitingOf("bob")], ["", ""]);
  assert.equal(world.told.length, before);
});

Deno.test("who asks each other has agreed", async () => {
  const world = await ContactsWorld.open();
  await world.add("alice", "bob", { name: "Bobby" });
  assert.equal((await world.add("bob", "alice")).outcome, "added");
  assert.equal(await world.listOf("alice"), "bob=Bobby");
  assert.equal(await world.listOf("bob"), "alice=Alice");
});

Deno.test("the operator may have everybody asked, or nobody", async () => {
  const world = await ContactsWorld.open();
  world.settings.authorisation = "never";
  assert.equal((await world.add("alice", "bob")).outcome, "added");
  world.settings.authorisation = "always";
  await world.opens("carol");
  assert.equal((await world.add("alice", "carol")).outcome, "asked");
});

Deno.test("whom one may not find by number is asked, and stays that number until they agree", async () => {
  const world = await ContactsWorld.open();
  await world.profiles.changePrivacy(BOB, { ask_before_added: false }, null, "test");
  const asked = await world.add("alice", "+15550002");
  assert.ok(asked.outcome === "asked" && asked.request.uri === "tel:+15550002");
  assert.equal(await world.waitingOf("alice"), ">tel:+15550002");
  assert.ok(!JSON.stringify(asked).includes("bob"), "the number's owner is not told");
  await world.contacts.agree(BOB, asked.request.id, `user:${BOB}`);
  assert.equal(await world.listOf("alice"), "bob=Bob");
  const again = await world.add("carol", "tel:+15550002");
  assert.ok(again.outcome === "asked");
  await world.contacts.dismiss(CAROL, again.request.id, `user:${CAROL}`);
  assert.equal(await world.waitingOf("bob"), "", "taken back by the number alone");
});

Deno.test("who is blocked learns nothing: they wait, and nobody hears of it", async () => {
  const world = await ContactsWorld.open();
  await world.contacts.block(BOB, ALICE, null, `user:${BOB}`);
  assert.equal((await world.add("alice", "bob")).outcome, "asked");
  assert.deepEqual([await world.waitingOf("alice"), await world.waitingOf("bob")], [">bob", ""]);
  await world.opens("bob");
  await world.contacts.dismiss(ALICE, (await world.contacts.requests(ALICE))[0].id, ME);
  assert.equal((await world.add("alice", "bob")).outcome, "added");
  assert.equal(await world.listOf("bob"), "", "but not in the list of who blocks");
  assert.deepEqual(world.told, []);
});

Deno.test("a consent lasts until its giver erases the contact", async () => {
  const world = await ContactsWorld.open();
  const asked = await world.add("alice", "bob");
  assert.ok(asked.outcome === "asked");
  await world.contacts.agree(BOB, asked.request.id, `user:${BOB}`);
  await world.contacts.remove(ALICE, BOB, null, ME);
  assert.equal((await world.add("alice", "bob")).outcome, "added");
  await world.contacts.remove(BOB, ALICE, null, `user:${BOB}`);
  await world.contacts.remove(ALICE, BOB, null, ME);
  assert.equal((await world.add("alice", "bob")).outcome, "asked");
});

Deno.test("names are unique in a contact list, unless the operator lets them be the same", async () => {
  const world = await ContactsWorld.open();
  await world.opens("bob", "carol", "dave");
  await world.add("alice", "bob");
  assert.match(
    await refusal(world.add("alice", "carol", { name: "Bob" })),
    /^conflict: .*"sip:bob@example.test" is called "Bob"/,
  );
  world.setUser("carol", { displayName: "Bob" });
  await world.add("alice", "carol");
  assert.equal(await world.listOf("alice"), "bob=Bob carol=Bob (2)", "who only brings the name gets another one");
  assert.match(await refusal(world.contacts.change(ALICE, CAROL, { name: " Bob " }, null, ME)), /^conflict: /);
  await world.contacts.change(ALICE, CAROL, { name: "Carola" }, null, ME);
  assert.equal(await world.listOf("alice"), "bob=Bob carol=Carola");
  world.settings.same_names = true;
  await world.contacts.change(ALICE, CAROL, { name: "Bob" }, null, ME);
  assert.equal(await world.listOf("alice"), "bob=Bob carol=Bob");
});

Deno.test("contacts stand in lists: made, renamed, filled, emptied, removed", async () => {
  const world = await ContactsWorld.open();
  await world.opens("bob", "carol");
  const made = await world.contacts.createList(ALICE, { name: "friends", display_name: "My friends" }, null, ME);
  assert.deepEqual(made, { name: "friends", display_name: "My friends", contacts: 0 });
  assert.match(
    await refusal(world.contacts.createList(ALICE, { name: "friends", display_name: "" }, null, ME)),
    /^conflict/,
  );
  await world.add("alice", "bob", { list: "friends" });
  await world.add("alice", "carol");
  assert.equal(await world.listOf("alice"), "bob=Bob@friends carol=Carol");
  assert.deepEqual((await world.contacts.change(ALICE, CAROL, { list: "friends" }, null, ME)).lists, ["friends"]);
  await world.contacts.change(ALICE, BOB, { list: "", name: "Bobby" }, null, ME);
  assert.equal(await world.listOf("alice"), "carol=Carol@friends bob=Bobby");
  const renamed = await world.contacts.changeList(ALICE, "friends", { name: "work", display_name: "" }, null, ME);
  assert.deepEqual(renamed, { name: "work", display_name: "", contacts: 1 });
  await world.contacts.removeList(ALICE, "work", null, ME);
  assert.equal(await world.listOf("alice"), "bob=Bobby carol=Carol", "who stood in it stays a contact");
  assert.match(await refusal(world.contacts.removeList(ALICE, "work", null, ME)), /^not-found/);
});

Deno.test("blocking: in the list that rules know, with a rule for it, until unblocked", async () => {
  const world = await ContactsWorld.open();
  await world.opens("bob");
  await world.add("alice", "bob");
  await world.contacts.block(ALICE, "bob", null, ME);
  await world.contacts.block(ALICE, "bob", null, ME);
  const { contacts, blocked } = await world.contacts.book(ALICE);
  assert.deepEqual(blocked, [{ uri: BOB, name: "Bob" }]);
  assert.equal(contacts[0].blocked, true);
  const rules = { auid: "org.openmobilealliance.access-rules", owner: ALICE, name: "access-rules" };
  const version = await world.xdm.server.read(rules);
  assert.ok(hasBlockRule(version!.document, ALICE));
  assert.equal(version!.document.text.match(/<rule /g)!.length, 1);
  await world.contacts.unblock(ALICE, BOB, null, ME);
  assert.deepEqual((await world.contacts.book(ALICE)).blocked, []);
  assert.match(await refusal(world.contacts.unblock(ALICE, BOB, null, ME)), /^not-found: .* is not blocked/);
  assert.match(await refusal(world.contacts.block(ALICE, ALICE, null, ME)), /^invalid/);
});

Deno.test("a rule of the owner's own with another prefix and an older name of the box is known again", () => {
  const rule = (anchor: string) =>
    parseXml(
      `<cp:ruleset xmlns:cp="urn:ietf:params:xml:ns:common-policy" xmlns:o="urn:oma:xml:xdm:common-policy" ` +
        `xmlns:x="urn:oma:xml:xdm:extensions"><cp:rule id="mine"><cp:conditions><o:external-list><o:entry anc="${anchor}"/>` +
        `</o:external-list></cp:conditions><cp:actions><x:allow-reject-invite>true</x:allow-reject-invite></cp:actions>` +
        `</cp:rule></cp:ruleset>`,
      SMALL_XML,
    );
  const list = "~~/resource-lists/list%5B@name=%22oma_blockedcontacts%22%5D";
  assert.ok(hasBlockRule(rule(`https://old.test/xcap/resource-lists/users/${ALICE}/index/${list}`), ALICE));
  assert.ok(!hasBlockRule(rule(`https://old.test/xcap/resource-lists/users/${BOB}/index/${list}`), ALICE));
  assert.ok(!hasBlockRule(rule(`https://old.test/xcap/resource-lists/users/${ALICE}/other/${list}`), ALICE));
  assert.ok(!hasBlockRule(rule("https://old.test/xcap/%zz"), ALICE));
});

Deno.test("a version that has been overtaken is refused, and nothing is written", async () => {
  const world = await ContactsWorld.open();
  await world.opens("bob", "carol");
  await world.add("alice", "bob");
  const { etag } = await world.contacts.book(ALICE);
  await world.contacts.change(ALICE, BOB, { name: "Bobby" }, etag, ME);
  assert.match(await refusal(world.contacts.change(ALICE, BOB, { name: "B." }, etag, ME)), /^stale/);
  assert.match(
    await refusal(world.contacts.add(ALICE, { contact: "carol", name: "", list: "", message: "" }, etag, ME)),
    /^stale/,
  );
  assert.equal(await world.listOf("carol"), "", "nobody is asked for what is refused");
  assert.equal(await world.listOf("alice"), "bob=Bobby");
});

Deno.test("there are no more contacts than the operator lets be; a full list of the other keeps nobody out", async () => {
  const world = await ContactsWorld.open();
  await world.opens("alice", "bob", "carol", "dave");
  world.settings.max_contacts = 1;
  await world.add("alice", "bob");
  assert.match(await refusal(world.add("alice", "carol")), /^conflict: .*1 contacts/);
  await world.add("dave", "bob");
  assert.equal(await world.listOf("dave"), "bob=Bob");
  assert.equal(await world.listOf("bob"), "alice=Alice");
});

Deno.test("what somebody else does with a contact list stands in the audit log, what its owner does is nobody's business", async () => {
  const world = await ContactsWorld.open();
  await world.opens("bob");
  await world.add("alice", "bob");
  assert.deepEqual(world.audited.filter(({ by }) => by === ME), []);
  await world.contacts.block(ALICE, BOB, null, "admin:ada");
  assert.deepEqual(world.audited.at(-1), {
    event: "contact.block",
    by: "admin:ada",
    facts: { user: ALICE, contact: BOB },
  });
});

Deno.test("a request of somebody who is gone cannot be agreed to, and goes", async () => {
  const world = await ContactsWorld.open();
  const asked = await world.add("alice", "bob");
  assert.ok(asked.outcome === "asked");
  world.removeUser("alice");
  assert.match(
    await refusal(world.contacts.agree(BOB, asked.request.id, `user:${BOB}`)),
    /^not-found: .* no user any more/,
  );
  assert.equal(await world.waitingOf("bob"), "");
  assert.equal(await world.listOf("bob"), "");
});

Deno.test("nobody asks without end: who waits for 200 answers waits first", async () => {
  const world = await ContactsWorld.open();
  for (let n = 0; n <= 200; n++) world.setUser(`u${n}`, {});
  for (let n = 0; n < 200; n++) await world.add("alice", `u${n}`);
  assert.match(await refusal(world.add("alice", "u200")), /^conflict: 200 requests wait/);
  assert.equal(await world.waitingOf("u200"), "");
  const [{ id }] = await world.contacts.requests(ALICE);
  await world.contacts.dismiss(ALICE, id, ME);
  const last = await world.add("alice", "u200");
  assert.equal(last.outcome, "asked");
});
