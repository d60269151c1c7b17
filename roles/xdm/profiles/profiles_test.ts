import assert from "node:assert/strict";
import { OperationError } from "../../../operations/mod.ts";
import { aorOf, ContactsWorld } from "../contacts/testing/contacts_world.ts";
import { refusal } from "../testing/xdm_world.ts";

const ALICE = aorOf("alice"), ME = `user:${ALICE}`;
const PROFILE = "org.openmobilealliance.user-profile/user-profile";
const profileOf = (name: string) => `org.openmobilealliance.user-profile/users/${aorOf(name)}/user-profile`;
const privacyOf = (name: string) => `org.parley.privacy/users/${aorOf(name)}/index`;
const asBob = { kind: "user", aor: aorOf("bob") } as const;
const document = (inner: string, uri = ALICE) =>
  `<user-profiles xmlns="urn:oma:xml:xdm:user-profile"><user-profile uri="${uri}">${inner}</user-profile></user-profiles>`;

Deno.test("who comes for the first time gets a profile and the most private settings; who joins is told", async () => {
  const world = await ContactsWorld.open();
  await world.profiles.came(ALICE);
  const { profile, etag } = await world.profiles.profile(ALICE);
  assert.notEqual(etag, "");
  assert.equal(profile.display_name, "Alice");
  assert.deepEqual([profile.birth_date, profile.gender, profile.freetext], ["", "", ""]);
  const text = await world.xdm.get(profileOf("alice"));
  assert.ok(!text.includes("5550001"), "the number is nobody's business");
  const { etag: _etag, uri: _uri, ...flags } = await world.profiles.privacy(ALICE);
  assert.deepEqual(flags, {
    searchable_by_number: false,
    show_status: false,
    locatable: false,
    invisible: false,
    ask_before_added: true,
    contacts_only: null,
    polite_block: false,
  });
  assert.deepEqual(world.welcomed, []);
  const writes = world.xdm.documents.writes;
  await world.profiles.came(ALICE);
  assert.equal(world.xdm.documents.writes, writes, "one that is there costs nothing");
  await world.profiles.joined(aorOf("bob"));
  assert.deepEqual(world.welcomed, [aorOf("bob")]);
});

Deno.test("new users begin with what the operator has set, and keep it when that changes", async () => {
  const world = await ContactsWorld.open();
  Object.assign(world.privacy, { show_status: true, ask_before_added: false });
  await world.profiles.came(ALICE);
  Object.assign(world.privacy, { show_status: false, ask_before_added: true });
  const alice = await world.profiles.privacy(ALICE);
  assert.deepEqual([alice.show_status, alice.ask_before_added], [true, false]);
  const bob = await world.profiles.privacy(aorOf("bob"));
  assert.deepEqual([bob.show_status, bob.ask_before_added], [false, true]);
});

Deno.test("a hundred who come at once get their profiles, a few at a time", async () => {
  const world = await ContactsWorld.open();
  const names = Array.from({ length: 100 }, (_, n) => `u${n}`);
  for (const name of names) world.setUser(name, {});
  await Promise.all(names.map((name) => world.profiles.came(aorOf(name))));
  for (const name of names) assert.notEqual((await world.profiles.profile(aorOf(name))).etag, "");
});

Deno.test("the public profile is read, changed and cleared; User-ID and friendly name stay", async () => {
  const world = await ContactsWorld.open();
  const changed = await world.profiles.update(
    ALICE,
    {
      freetext: "Hello <all> & 'you'",
      hobbies: ["chess", "go"],
      gender: "female",
      country: "NL",
      birth_date: "1990-05-01",
    },
    null,
    ME,
  );
  assert.deepEqual(changed.profile.hobbies, ["chess", "go"]);
  assert.equal(changed.profile.freetext, "Hello <all> & 'you'");
  assert.equal(changed.profile.country, "NL");
  const less = await world.profiles.update(ALICE, { hobbies: [], locality: "Delft" }, changed.etag, ME);
  assert.deepEqual([less.profile.hobbies, less.profile.country, less.profile.locality], [[], "NL", "Delft"]);
  await assert.rejects(world.profiles.update(ALICE, { hobbies: ["x"] }, changed.etag, ME), /changed since/);
  const { profile, uri } = await world.profiles.clear(ALICE, less.etag, ME);
  assert.deepEqual([uri, profile.display_name, profile.freetext, profile.gender, profile.birth_date, profile.country], [
    ALICE,
    "Alice",
    "",
    "",
    "",
    "",
  ]);
});

Deno.test("elements of others and the owner's own writing stay where a field is changed", async () => {
  const world = await ContactsWorld.open();
  const text = `<u:user-profiles xmlns:u="urn:oma:xml:xdm:user-profile"><u:user-profile uri="${ALICE}">` +
    `<u:display-name>Alice</u:display-name><u:freetext>old</u:freetext><x:mine xmlns:x="urn:x">1</x:mine></u:user-profile></u:user-profiles>`;
  await world.put("alice", PROFILE, text);
  await world.profiles.update(
    ALICE,
    { freetext: "new", gender: "female", family_name: "A", hobbies: ["go"] },
    null,
    ME,
  );
  const now = await world.xdm.get(profileOf("alice"));
  assert.match(now, /<u:display-name>Alice<\/u:display-name>.*<x:mine xmlns:x="urn:x">1<\/x:mine>/);
  const { profile } = await world.profiles.profile(ALICE);
  assert.deepEqual([profile.freetext, profile.gender, profile.family_name, profile.hobbies], ["new", "female", "A", [
    "go",
  ]]);
});

Deno.test("the friendly name is the display name, whoever changes it and wherever", async () => {
  const world = await ContactsWorld.open();
  await world.profiles.came(ALICE);
  await world.put("alice", PROFILE, document("<display-name>Al</display-name>"));
  assert.equal(world.people.get(ALICE)!.displayName, "Al");
  await world.profiles.update(ALICE, { display_name: "Ally" }, null, ME);
  assert.equal(world.people.get(ALICE)!.displayName, "Ally");
  world.setUser("alice", { displayName: "Alice" });
  await world.profiles.renamed(ALICE);
  assert.equal((await world.profiles.profile(ALICE)).profile.display_name, "Alice");
});

Deno.test("an XCAP client clears by replacing: the friendly name comes back by itself", async () => {
  const world = await ContactsWorld.open();
  await world.put("alice", PROFILE, document("<display-name>Alice</display-name><freetext>x</freetext>"));
  await world.put("alice", PROFILE, document(""));
  // The change that was heard of is followed by another one.
  await world.profiles.renamed(ALICE);
  assert.match(await world.xdm.get(profileOf("alice")), /<display-name>Alice<\/display-name>/);
  assert.equal(await refusal(world.xdm.remove(profileOf("alice"))), "409 constraint-failure");
});

Deno.test("others read the profile and nothing else", async () => {
  const world = await ContactsWorld.open();
  await world.profiles.came(ALICE);
  await world.add("alice", "bob");
  assert.match(await world.xdm.get(profileOf("alice"), asBob), /Alice/);
  for (
    const path of [
      privacyOf("alice"),
      `resource-lists/users/${ALICE}/index`,
      `org.parley.contact-requests/users/${ALICE}/index`,
      `org.openmobilealliance.access-rules/users/${ALICE}/access-rules`,
      `org.openmobilealliance.locked-user-profile/users/${ALICE}/locked-user-profile`,
    ]
  ) assert.equal(await refusal(world.xdm.get(path, asBob)), "403", path);
  assert.equal(await refusal(world.put("alice", "org.parley.contact-requests/index", "<a/>")), "403");
});

Deno.test("what the operator vouches for is the operator's to write, and the user's to read", async () => {
  const world = await ContactsWorld.open();
  const locked = `org.openmobilealliance.locked-user-profile/users/${ALICE}/locked-user-profile`;
  const { locked: view } = await world.profiles.lock(
    ALICE,
    { birth_date: "2012-01-31", gender: "female" },
    "admin:ada",
  );
  assert.deepEqual([view!.birth_date, view!.gender], ["2012-01-31", "female"]);
  assert.match(await world.xdm.get(locked), /2012-01-31/);
  const own = `org.openmobilealliance.locked-user-profile/locked-user-profile`;
  assert.equal(await refusal(world.put("alice", own, document(""))), "403");
  assert.equal((await world.profiles.lock(ALICE, null, "admin:ada")).locked, null);
  assert.deepEqual(world.audited.map(({ event, by }) => `${event} ${by}`), [
    "profile.lock admin:ada",
    "profile.lock admin:ada",
  ]);
});

Deno.test("privacy settings: what is absent stays, what was never said follows the operator", async () => {
  const world = await ContactsWorld.open();
  const first = await world.profiles.changePrivacy(ALICE, { invisible: true }, "", ME);
  assert.deepEqual([first.invisible, first.ask_before_added, first.contacts_only], [true, true, null]);
  const next = await world.profiles.changePrivacy(ALICE, { contacts_only: true, polite_block: true }, first.etag, ME);
  assert.deepEqual([next.invisible, next.contacts_only, next.polite_block], [true, true, true]);
  const error = await world.profiles.changePrivacy(ALICE, { invisible: false }, first.etag, ME).catch((error) => error);
  assert.ok(error instanceof OperationError && error.kind === "stale");
  assert.equal((await world.profiles.changePrivacy(ALICE, { contacts_only: null }, null, ME)).contacts_only, null);
});

Deno.test("an operator sees which documents there are, removes them, and leaves a trace where one is read", async () => {
  const world = await ContactsWorld.open();
  await world.profiles.came(ALICE);
  const list = world.documents.list(ALICE);
  assert.deepEqual(list.map(({ id }) => id), [
    "org.openmobilealliance.user-profile/user-profile",
    "org.parley.privacy/index",
  ]);
  const content = await world.documents.content(ALICE, list[1].id, "admin:ada");
  assert.match(content.text, /ask|authorisation/);
  assert.equal(world.audited.at(-1)!.event, "document.read");
  const stale = await world.documents.remove(ALICE, list[1].id, "other", "admin:ada").catch((error) => error);
  assert.ok(stale instanceof OperationError && stale.kind === "stale");
  await world.documents.remove(ALICE, list[0].id, list[0].etag, "admin:ada");
  assert.deepEqual(world.documents.list(ALICE).map(({ id }) => id), ["org.parley.privacy/index"]);
  const none = await world.documents.remove(ALICE, "a/../b", null, "admin:ada").catch((error) => error);
  assert.ok(none instanceof OperationError && none.kind === "not-found");
});
