import assert from "node:assert/strict";
import { LOCALES } from "../../../../web/ui/mod.ts";
import { type FakeWorld, withEverybody } from "../../testing/fake_services.ts";
import { PageReader } from "../../testing/page_reader.ts";

const HERE = "/admin/chat-sessions";
const ALICE = "sip:alice@example.test", BOB = "sip:bob@example.test", CAROL = "sip:carol@other.test";
const USER = `/admin/users/${encodeURIComponent(ALICE)}`;

async function talking(): Promise<FakeWorld> {
  const world = await withEverybody();
  world.chatSessions.open({ from: ALICE, to: BOB, messages: 12, octets: 20_480 });
  world.chatSessions.open({ from: CAROL, to: BOB, mode: "file", octets: 5_000_000 });
  return world;
}

Deno.test("sessions are shown with both sides, newest first; users of this box lead to their page", async () => {
  const visitor = await PageReader.of(await talking(), "auditor");
  const { text, html } = await visitor.get(HERE);
  assert.match(text, /2 sessions of 2/);
  assert.match(text, /carol@other\.test sip:bob@example\.test File .*5 MB.*alice@example\.test .* Chat .* 12 /);
  assert.ok(html.includes(`<a href="${USER}"`));
  assert.ok(!html.includes(encodeURIComponent(CAROL)));
  assert.doesNotMatch(html, /value="end-session"/);
});

Deno.test("a user is searched for without script; nothing found says so, as text", async () => {
  const visitor = await PageReader.of(await talking(), "help-desk");
  const { html, text } = await visitor.get(`${HERE}?search=Carol`);
  assert.match(html, /<form method="get" action="\/admin\/chat-sessions"[^>]*role="search"/);
  assert.match(html, /name="search"[^>]* value="Carol"|value="Carol"[^>]* name="search"/);
  assert.match(text, /1 session of 2/);
  assert.doesNotMatch(text, /alice/);
  const none = await visitor.get(`${HERE}?search=%3Cb%3Enobody`);
  assert.match(none.text, /No session found/);
  assert.ok(none.text.includes("<b>nobody") && !none.html.includes("<b>nobody"));
  assert.equal((await visitor.get(`${HERE}?search=${"x".repeat(900)}`)).status, 200);
});

Deno.test("a session is ended after a second look, and the search stays; what ended by itself is told", async () => {
  const world = await talking();
  const visitor = await PageReader.of(world, "help-desk");
  const { html } = await visitor.get(`${HERE}?search=alice`);
  assert.match(html, /<details class="confirm" *>[\s\S]*?<summary[\s\S]*?End[\s\S]*?Both sides are told/);
  assert.match(html, /End the session of sip:alice@example\.test with sip:bob@example\.test/);
  const fields = { do: "end-session", id: "chat-1" };
  const done = await visitor.done(`${HERE}?search=alice`, fields);
  assert.match(done.html, /The session is ended/);
  assert.match(done.text, /No session found/);
  assert.deepEqual(world.chatSessions.ended, [{ id: "chat-1", by: "admin:help-desk" }]);
  assert.match((await visitor.done(HERE, fields)).html, /no session .*chat-1.* any more/);
  assert.equal(world.chatSessions.size, 1);
});

Deno.test("an auditor looks and ends nothing", async () => {
  const world = await talking();
  const auditor = await PageReader.of(world, "auditor");
  await auditor.get(HERE);
  assert.equal((await auditor.post(HERE, { do: "end-session", id: "chat-1" })).status, 403);
  await auditor.get(USER);
  assert.equal((await auditor.post(USER, { do: "end-session", id: "chat-1" })).status, 403);
  assert.equal(world.chatSessions.size, 2);
});

Deno.test("a user's page has the user's sessions, to be ended there", async () => {
  const world = await talking();
  const visitor = await PageReader.of(world, "operator");
  const { text } = await visitor.get(USER);
  assert.match(text, /Chat sessions .*sip:alice@example\.test sip:bob@example\.test Chat/);
  assert.doesNotMatch(text, /carol@other/);
  const done = await visitor.done(USER, { do: "end-session", id: "chat-1" });
  assert.match(done.html, /The session is ended/);
  assert.match(done.text, /This user has no session at this moment/);
});

Deno.test("the first page counts them", async () => {
  const visitor = await PageReader.of(await talking(), "auditor");
  assert.match((await visitor.get("/admin")).text, /Chat sessions 2/);
});

Deno.test("more than fit a page are told; none at all is said in each language", async () => {
  const world = await withEverybody();
  for (const locale of LOCALES) {
    assert.equal((await (await PageReader.of(world, "owner", locale)).get(HERE)).status, 200);
  }
  const visitor = await PageReader.of(world, "owner");
  assert.match((await visitor.get(HERE)).text, /Nobody has a session/);
  for (let i = 0; i < 201; i++) world.chatSessions.open({ from: `sip:u${i}@example.test`, to: BOB });
  const { text } = await visitor.get(HERE);
  assert.match(text, /200 sessions of 201 Search for a user to find others/);
  assert.doesNotMatch(text, /sip:u0@/);
});
