import assert from "node:assert/strict";
import { ConversationsWorld } from "../../../history/testing/conversations_world.ts";
import { PASSWORD, withEverybody } from "../../testing/fake_services.ts";
import { Visitor } from "../../testing/page_visitor.ts";

const ALICE = "/admin/users/sip%3Aalice%40example.test";
const alice = "sip:alice@example.test";
const etagIn = (text: string) => /name="etag" value="([^"]*)"/.exec(text)![1].replaceAll("&quot;", '"');

/** A form of the edit form's fields as the page has them. */
const EDIT = {
  do: "save",
  display_name: "Alice",
  e164: "",
  deferral: "offline",
  quota_messages: "",
  quota_octets: "",
  note: "",
};

Deno.test("users are searched, filtered and paged by the server", async () => {
  const world = await withEverybody();
  for (let i = 0; i < 120; i++) await world.addUser(`user${String(i).padStart(3, "0")}`);
  const visitor = await Visitor.as(world, "help-desk");
  const first = await visitor.get("/admin/users");
  assert.match(first.text, /122 entries/);
  assert.equal(first.text.match(/<th scope="row"/g)!.length, 50);
  const next = /href="([^"]+)"[^>]*>Next page/.exec(first.text)![1].replaceAll("&amp;", "&");
  const second = await visitor.get(next);
  assert.match(second.text, /user05\d/);
  assert.doesNotMatch(second.text, /user010/);
  assert.match((await visitor.get("/admin/users?online=true")).text, /1 entry/);
  assert.match((await visitor.get("/admin/users?state=suspended")).text, /Nobody found/);
  const odd = await visitor.get("/admin/users?state=%3Cscript%3E&online=maybe&columns=evil&search=%22%3E%3Cscript%3E");
  assert.equal(odd.status, 200);
  assert.doesNotMatch(odd.text, /<script>/);
});

Deno.test("a user is added with a generated address and password, shown once", async () => {
  const world = await withEverybody();
  const visitor = await Visitor.as(world, "operator");
  const made = await visitor.post("/admin/users/new", { display_name: "Nora Nilsen", uri: "", e164: "", password: "" });
  assert.equal(made.status, 200);
  assert.equal(made.headers.get("cache-control"), "no-store");
  const uri = /id="made-address"[^>]*>(sip:[^<]+)</.exec(made.text)![1];
  const password = /id="made-password"[^>]*>([^<]+)</.exec(made.text)![1];
  assert.ok(password.length >= 12);
  assert.equal(world.services.users.get(uri)!.display_name, "Nora Nilsen");
  const page = await visitor.get(`/admin/users/${encodeURIComponent(uri)}`);
  assert.ok(!page.text.includes(password));
});

Deno.test("a form that is wrong keeps what was typed but for the password, and says what is wrong beside the field", async () => {
  const visitor = await Visitor.as(await withEverybody(), "owner");
  const typed = { display_name: "Nora & <b>", uri: "sip:nora@example.test", e164: "12", password: "hunter2hunter2" };
  const page = await visitor.post("/admin/users/new", typed);
  assert.equal(page.status, 422);
  assert.match(page.text, /value="Nora &amp; &lt;b&gt;"/);
  assert.match(page.text, /value="sip:nora@example\.test"/);
  assert.match(page.text, /id="f-e164"[^>]*aria-invalid="true"/);
  assert.match(page.text, /id="f-e164-error"/);
  assert.doesNotMatch(page.text, /hunter2/);
});

Deno.test("a change is saved with the version that was seen; a stale one shows both values and saves nothing", async () => {
  const world = await withEverybody();
  const visitor = await Visitor.as(world, "operator");
  const etag = etagIn((await visitor.get(ALICE)).text);
  const saved = await visitor.post(ALICE, { ...EDIT, etag, note: "called", quota_messages: "5", quota_octets: "5000" });
  assert.equal(saved.status, 303);
  assert.match((await visitor.follow(saved)).text, /Saved\./);
  assert.deepEqual(world.services.users.get(alice)!.quota, { messages: 5, octets: 5000 });
  const stale = await visitor.post(ALICE, { ...EDIT, etag, note: "mine <i>" });
  assert.equal(stale.status, 412);
  assert.match(stale.text, /Changed meanwhile/);
  assert.match(stale.text, /<bdi>mine &lt;i&gt;<\/bdi>/);
  assert.match(stale.text, /<bdi>called<\/bdi>/);
  assert.equal(world.services.users.get(alice)!.note, "called");
  // What the page then carries is the version of now: to save again is to decide.
  const again = await visitor.post(ALICE, { ...EDIT, etag: etagIn(stale.text), note: "mine" });
  assert.equal(again.status, 303);
  assert.equal(world.services.users.get(alice)!.note, "mine");
});

Deno.test("a quota is two whole numbers or none", async () => {
  const visitor = await Visitor.as(await withEverybody(), "owner");
  for (
    const [messages, octets, field] of [["5", "", "quota_octets"], ["x", "5", "quota_messages"], [
      "5",
      "-1",
      "quota_octets",
    ]]
  ) {
    const page = await visitor.post(ALICE, { ...EDIT, etag: "", quota_messages: messages, quota_octets: octets });
    assert.equal(page.status, 422);
    assert.match(page.text, new RegExp(`id="f-${field}-error"`), `${messages} ${octets}`);
  }
});

Deno.test("suspend, resume, bar until a day, remove", async () => {
  const world = await withEverybody();
  const visitor = await Visitor.as(world, "operator");
  const state = () => world.services.users.get(alice)?.state;
  await visitor.post(ALICE, { do: "suspend", etag: "" });
  assert.equal(state(), "suspended");
  await visitor.post(ALICE, { do: "resume", etag: "" });
  assert.equal(state(), "active");
  const past = await visitor.post(ALICE, { do: "bar", etag: "", until: "2020-01-01" });
  assert.equal(past.status, 422);
  assert.match(past.text, /still to come/);
  assert.equal(state(), "active");
  await visitor.post(ALICE, { do: "bar", etag: "", until: "2030-06-01" });
  assert.equal(state(), "barred");
  assert.equal(new Date(world.services.users.get(alice)!.barred_until).getUTCFullYear(), 2030);
  assert.match((await visitor.get(ALICE)).text, /Barred until/);
  const removed = await visitor.post(ALICE, { do: "remove", etag: "" });
  assert.equal(removed.location, "/admin/users");
  assert.equal(world.services.users.get(alice), null);
  assert.equal((await visitor.get(ALICE)).status, 404);
});

Deno.test("help-desk: devices, passwords and invites, but no change of the user", async () => {
  const world = await withEverybody();
  const visitor = await Visitor.as(world, "help-desk");
  const page = await visitor.get(ALICE);
  assert.match(page.text, /Linphone\/5\.2/);
  assert.doesNotMatch(page.text, /value="save"|value="remove"|value="suspend"/);
  for (const what of ["save", "suspend", "bar", "remove", "resume"]) {
    assert.equal((await visitor.post(ALICE, { ...EDIT, do: what })).status, 403, what);
  }
  const reset = await visitor.post(ALICE, { do: "reset" });
  assert.match(reset.text, /id="made-password"/);
  const invite = await visitor.post(ALICE, { do: "invite", days: "3", max_uses: "2" });
  assert.match(invite.text, /https:\/\/im\.example\.test\/join\/token-of-invite-1/);
  assert.match(invite.text, /<svg class="qr"/);
  assert.doesNotMatch((await visitor.get(ALICE)).text, /token-of-invite/);
  assert.equal((await visitor.post(ALICE, { do: "invite", days: "99", max_uses: "2" })).status, 422);
  await visitor.post(ALICE, { do: "withdraw", id: "invite-1" });
  assert.equal(world.provisioning.invites.length, 0);
  await visitor.post(ALICE, { do: "revoke", id: "device-1" });
  assert.deepEqual(world.services.users.devices(alice), []);
  assert.match((await visitor.post(ALICE, { do: "reach" })).text, /role="status"/);
});

Deno.test("an auditor sees a user and can do nothing", async () => {
  const visitor = await Visitor.as(await withEverybody(), "auditor");
  assert.doesNotMatch((await visitor.get(ALICE)).text, /name="do"/);
  for (const what of ["save", "reset", "revoke", "revoke-all", "invite", "withdraw", "reach", "remove"]) {
    assert.equal((await visitor.post(ALICE, { ...EDIT, do: what })).status, 403, what);
  }
  assert.equal((await visitor.post(ALICE, { do: "constructor" })).status, 400);
});

Deno.test("an import is checked first, lists each line's fault, and imports all or nothing", async () => {
  const world = await withEverybody();
  const visitor = await Visitor.as(world, "owner");
  const path = "/admin/users/import";
  const before = world.subscribers.size;
  const bad =
    "uri,password,display_name,e164\nsip:new1@example.test,,N,\nnonsense,,<script>,\nsip:alice@example.test,,A,";
  const faults = await visitor.post(path, { text: bad });
  assert.equal(faults.status, 422);
  assert.match(faults.text, /2 lines have faults/);
  assert.match(faults.text, /<div>3<\/div>/);
  assert.match(faults.text, /<div>4<\/div>/);
  assert.ok(faults.text.includes("sip:new1@example.test"), "what was pasted is still there");
  assert.doesNotMatch(faults.text, /<script>/);
  const form = new FormData();
  form.set(
    "file",
    new File(["uri,password,display_name,e164\nsip:new1@example.test,,One,\nsip:new2@example.test,,Two,"], "u.csv"),
  );
  const good = await visitor.post(path, form);
  assert.match(good.text, /2 will be added and 0 replaced/);
  assert.equal(world.subscribers.size, before, "only checked so far");
  const ticket = /name="ticket" value="([\w-]+)"/.exec(good.text)![1];
  const other = await Visitor.as(world, "operator");
  assert.equal((await other.post(path, { ticket })).status, 409, "another admin's ticket");
  const done = await visitor.post(path, { ticket });
  assert.match(done.text, /2 added, 0 replaced/);
  assert.equal(world.subscribers.size, before + 2);
  const passwords = /name="ticket" value="([\w-]+)"/.exec(done.text)![1];
  const file = await visitor.post(`${path}/passwords`, { ticket: passwords });
  assert.match(file.headers.get("content-disposition")!, /attachment/);
  assert.match(file.text, /^uri,password\r\nsip:new1@example\.test,\S{8,}\r\nsip:new2@example\.test,\S{8,}\r\n$/);
  assert.equal((await visitor.post(`${path}/passwords`, { ticket: passwords })).status, 404);
  assert.equal((await visitor.post(path, { ticket })).status, 409);
  assert.equal((await visitor.post(path, { text: "" })).status, 422);
});

Deno.test("an import that is too large is refused before it is read", async () => {
  const visitor = await Visitor.as(await withEverybody(), "owner");
  visitor.headers = { "content-length": String(100 * 1_048_576) };
  const page = await visitor.post("/admin/users/import", { text: "x" });
  assert.equal(page.status, 413);
  assert.match(page.text, /larger than this page takes/);
});

Deno.test("sign-ups are approved or refused by who may", async () => {
  const world = await withEverybody();
  world.provisioning.signUps.push({ ...world.provisioning.signUps[0], id: "sign-up-2", uri: "sip:dave@example.test" });
  const looking = await Visitor.as(world, "auditor");
  const page = await looking.get("/admin/sign-ups");
  assert.match(page.text, /sip:carol@example\.test/);
  assert.doesNotMatch(page.text, /Approve/);
  assert.equal((await looking.post("/admin/sign-ups", { id: "sign-up-1", do: "approve" })).status, 403);
  const visitor = await Visitor.as(world, "operator");
  const done = await visitor.follow(await visitor.post("/admin/sign-ups", { id: "sign-up-1", do: "approve" }));
  assert.match(done.text, /sip:carol@example\.test is a user now/);
  await visitor.post("/admin/sign-ups", { id: "sign-up-2", do: "refuse" });
  assert.match((await visitor.get("/admin/sign-ups")).text, /Nobody waits/);
  const late = await visitor.follow(await visitor.post("/admin/sign-ups", { id: "sign-up-2", do: "approve" }));
  assert.match(late.text, /role="alert"/);
});

Deno.test("the export is REST's", async () => {
  const file = await (await Visitor.as(await withEverybody(), "auditor")).get("/admin/users/export");
  assert.match(file.headers.get("content-type")!, /text\/csv/);
  assert.match(file.text, /sip:alice@example\.test/);
  assert.ok(!file.text.includes(PASSWORD));
});

Deno.test("a user's page tells how much the user has recorded, and nothing of what", async () => {
  const world = await withEverybody();
  await using recorded = await ConversationsWorld.open();
  const visitor = await Visitor.as(
    { ...world, services: { ...world.services, conversations: recorded.conversations } },
    "help-desk",
  );
  assert.doesNotMatch((await visitor.get(ALICE)).text, /Recorded by the user/);
  await recorded.record(["a secret"], { subject: "secret" });
  const { text } = await visitor.get(ALICE);
  assert.match(text, /Recorded by the user[^]*1 conversation, 8 bytes/);
  assert.doesNotMatch(text, /secret/);
});
