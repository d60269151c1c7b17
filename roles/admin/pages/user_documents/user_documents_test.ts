import assert from "node:assert/strict";
import { LOCALES } from "../../../../web/ui/mod.ts";
import { type FakeWorld, withEverybody } from "../../testing/fake_services.ts";
import { PageReader } from "../../testing/page_reader.ts";

const ALICE = "sip:alice@example.test", BOB = "sip:bob@example.test";
const HERE = `/admin/users/${encodeURIComponent(ALICE)}`;

async function withContacts(): Promise<FakeWorld> {
  const world = await withEverybody();
  const { contacts, profiles, settings } = world.people;
  settings.authorisation = "never";
  await profiles.came(ALICE);
  await contacts.createList(ALICE, { name: "friends", display_name: "" }, null, "test");
  await contacts.add(ALICE, { contact: "bob", name: "<b>Bobby", list: "friends", message: "" }, null, "test");
  await contacts.block(ALICE, "sip:mallory@elsewhere.test", null, "test");
  return world;
}

Deno.test("a user's page shows contacts, who is blocked and which documents there are, and never what they say", async () => {
  const auditor = await PageReader.of(await withContacts(), "auditor");
  const { text, html } = await auditor.get(HERE);
  assert.match(text, /Contacts and documents/);
  assert.match(text, /XCAP root .*https:\/\/example\.test\/xcap/);
  assert.match(text, /<b>Bobby ?sip:bob@example\.test ?friends/);
  assert.ok(!html.includes("<b>Bobby"));
  assert.match(text, /Privacy settings ?org\.parley\.privacy\/index/);
  assert.ok(!text.includes("add-contact-authorisation"));
  assert.doesNotMatch(html, /value="unblock"|value="remove-document"/);
  assert.equal((await auditor.post(HERE, { do: "unblock", contact: BOB })).status, 403);
  assert.equal((await auditor.post(HERE, { do: "remove-document", id: "org.parley.privacy/index" })).status, 403);
});

Deno.test("the help-desk unblocks, by a button that says whom", async () => {
  const world = await withContacts();
  const helper = await PageReader.of(world, "help-desk");
  const { html } = await helper.get(HERE);
  assert.match(html, /aria-label="Unblock sip:mallory@elsewhere\.test"/);
  assert.doesNotMatch(html, /value="remove-document"/);
  const done = await helper.done(HERE, { do: "unblock", contact: "sip:mallory@elsewhere.test" });
  assert.match(done.text, /sip:mallory@elsewhere\.test is not blocked any more\./);
  assert.deepEqual((await world.people.contacts.book(ALICE)).blocked, []);
  const again = await helper.done(HERE, { do: "unblock", contact: "sip:mallory@elsewhere.test" });
  assert.match(again.text, /is not blocked/);
});

Deno.test("a document is removed after a second look, as it was seen", async () => {
  const world = await withContacts();
  const operator = await PageReader.of(world, "operator");
  const { html } = await operator.get(HERE);
  assert.match(
    html,
    /<details class="confirm" *>[\s\S]*?What stands in it is lost[\s\S]*?Remove resource-lists\/index/,
  );
  const id = "resource-lists/index";
  const etag = world.people.documents.list(ALICE).find((one) => one.id === id)!.etag;
  await world.people.contacts.unblock(ALICE, "sip:mallory@elsewhere.test", null, "test");
  const stale = await operator.done(HERE, { do: "remove-document", id, etag });
  assert.ok(world.people.documents.list(ALICE).some((one) => one.id === id), stale.text);
  const now = world.people.documents.list(ALICE).find((one) => one.id === id)!.etag;
  assert.match(
    (await operator.done(HERE, { do: "remove-document", id, etag: now })).text,
    /resource-lists\/index was removed/,
  );
  assert.ok(!world.people.documents.list(ALICE).some((one) => one.id === id));
});

Deno.test("a user who has nothing is told so, in every language", async () => {
  const world = await withEverybody();
  for (const locale of LOCALES) {
    const { status, text } = await (await PageReader.of(world, "owner", locale)).get(HERE);
    assert.equal(status, 200);
    assert.ok(text.includes("https://example.test/xcap"));
  }
});
