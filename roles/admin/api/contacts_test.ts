import assert from "node:assert/strict";
import { apiOver, ask } from "../testing/api_client.ts";
import { withEverybody } from "../testing/fake_services.ts";

const ALICE = "/users/sip:alice@example.test", BOB = "/users/sip:bob@example.test";
const contact = (uri: string) => `${ALICE}/contacts/${encodeURIComponent(uri)}`;

async function box() {
  const world = await withEverybody();
  const api = apiOver(world);
  const alice = await world.logInUser("sip:alice@example.test");
  const bob = await world.logInUser("sip:bob@example.test");
  await ask(api, "PATCH", `${BOB}/privacy`, { token: bob, body: { ask_before_added: false } });
  return { world, api, alice, bob, owner: await world.logIn("owner"), helper: await world.logIn("help-desk") };
}

Deno.test("the ETag is the document's: another version is 412, whether by REST or XCAP", async () => {
  const { world, api, alice } = await box();
  const none = await ask(api, "GET", `${ALICE}/contacts`, { token: alice });
  assert.equal(none.headers.get("etag"), '""', "there is no document yet");
  const create = { token: alice, headers: { "if-match": '""' }, body: { contact: "bob" } };
  assert.equal((await ask(api, "POST", `${ALICE}/contacts`, create)).json.outcome, "added");
  assert.equal((await ask(api, "POST", `${ALICE}/contacts`, create)).status, 412);
  const seen = (await ask(api, "GET", `${ALICE}/contacts`, { token: alice })).headers.get("etag")!;
  const stored = await world.people.xdm.server.read({
    auid: "resource-lists",
    owner: "sip:alice@example.test",
    name: "index",
  });
  assert.equal(seen, `"${stored!.etag}"`);
  const rename = (etag: string) =>
    ask(api, "PATCH", contact("sip:bob@example.test"), {
      token: alice,
      headers: { "if-match": etag },
      body: { name: "B" },
    });
  assert.equal((await rename(seen)).status, 200);
  const stale = await rename(seen);
  assert.equal(stale.status, 412);
  assert.ok(stale.json.type.endsWith("/stale"));
  assert.equal((await rename("B")).status, 400);
  assert.equal((await rename(`W/${seen}`)).status, 412);
  assert.equal((await rename("*")).status, 200);
});

Deno.test("refusals name the field and the reason", async () => {
  const { api, alice } = await box();
  const add = (body: unknown) => ask(api, "POST", `${ALICE}/contacts`, { token: alice, body });
  assert.equal((await add({ contact: "nobody" })).status, 404);
  const nonsense = await add({ contact: "0301234567" });
  assert.equal(nonsense.status, 422);
  assert.equal(nonsense.json.errors[0].field, "contact");
  assert.equal((await add({ contact: "bob", name: "x\u0007" })).json.errors[0].field, "name");
  assert.equal((await add({ contact: "bob", list: "none" })).status, 404);
  assert.equal((await add({ contact: "bob" })).status, 200);
  assert.equal((await add({ contact: "bob" })).status, 409);
  assert.equal((await ask(api, "PATCH", contact("sip:no@example.test"), { token: alice, body: {} })).status, 404);
  assert.equal((await ask(api, "DELETE", `${ALICE}/blocked/bob`, { token: alice })).status, 404);
  assert.equal(
    (await ask(api, "POST", `${ALICE}/lists`, { token: alice, body: { name: "a/b" } })).json.errors[0].field,
    "name",
  );
});

Deno.test("pages go from contact to contact", async () => {
  const { world, api, owner } = await box();
  world.people.settings.authorisation = "never";
  for (const name of ["a1", "a2", "a3"]) {
    await world.addUser(name);
    await ask(api, "POST", `${ALICE}/contacts`, { token: owner, body: { contact: name } });
  }
  const seen: string[] = [];
  for (let after = "", pages = 0; pages < 3; pages++) {
    const { json, headers } = await ask(api, "GET", `${ALICE}/contacts?limit=2&after=${encodeURIComponent(after)}`, {
      token: owner,
    });
    assert.equal(json.total, 3);
    for (const { uri } of json.contacts) seen.push(uri);
    assert.equal(headers.has("link"), json.next !== "");
    if ((after = json.next) === "") break;
  }
  assert.deepEqual(seen, ["sip:a1@example.test", "sip:a2@example.test", "sip:a3@example.test"]);
});

Deno.test("only the user consents; the help-desk unblocks; what documents say is for owners alone", async () => {
  const { world, api, alice, owner, helper } = await box();
  await world.addUser("dora");
  const asked = await ask(api, "POST", `${ALICE}/contacts`, { token: alice, body: { contact: "dora" } });
  const path = `/users/sip:dora@example.test/contact-requests/${asked.json.request.id}/agree`;
  for (const token of [owner, helper, alice]) assert.equal((await ask(api, "POST", path, { token })).status, 403);
  assert.equal((await ask(api, "POST", path, { token: await world.logInUser("sip:dora@example.test") })).status, 204);
  await ask(api, "PUT", `${ALICE}/blocked/bob`, { token: alice });
  assert.equal((await ask(api, "DELETE", `${ALICE}/blocked/bob`, { token: helper })).status, 204);
  assert.equal((await ask(api, "POST", `${ALICE}/contacts`, { token: helper, body: { contact: "bob" } })).status, 403);
  const { json } = await ask(api, "GET", `${ALICE}/documents`, { token: helper });
  assert.deepEqual(json.documents.map(({ id }: { id: string }) => id), [
    "org.openmobilealliance.access-rules/access-rules",
    "org.parley.contact-requests/index",
    "resource-lists/index",
  ]);
  const document = `${ALICE}/documents/${encodeURIComponent("resource-lists/index")}`;
  for (const role of ["operator", "help-desk", "auditor"]) {
    assert.equal((await ask(api, "GET", document, { token: await world.logIn(role) })).status, 403, role);
  }
  const read = await ask(api, "GET", document, { token: owner });
  assert.equal(read.headers.get("content-type"), "application/resource-lists+xml; charset=utf-8");
  assert.match(read.text, /<resource-lists/);
  assert.equal(world.people.audited.at(-1)!.event, "document.read");
  const etag = read.headers.get("etag")!;
  assert.equal((await ask(api, "DELETE", document, { token: owner, headers: { "if-match": '"x"' } })).status, 412);
  assert.equal((await ask(api, "DELETE", document, { token: owner, headers: { "if-match": etag } })).status, 204);
  assert.equal((await ask(api, "GET", document, { token: owner })).status, 404);
});
