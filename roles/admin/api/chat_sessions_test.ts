import assert from "node:assert/strict";
import { apiOver, ask } from "../testing/api_client.ts";
import { withEverybody } from "../testing/fake_services.ts";

const ALICE = "sip:alice@example.test", BOB = "sip:bob@example.test";

async function box() {
  const world = await withEverybody();
  const { chatSessions } = world;
  const chat = chatSessions.open({ from: ALICE, to: BOB, messages: 3, octets: 1200 });
  const file = chatSessions.open({ from: "sip:carol@other.test", to: BOB, mode: "file", octets: 5_000_000 });
  return { world, api: apiOver(world), chat, file };
}

Deno.test("the sessions that go on are listed, by user and by part of an address, with their total", async () => {
  const { world, api, chat, file } = await box();
  const token = await world.logIn("auditor");
  const found = async (query: string) => {
    const { status, json } = await ask(api, "GET", `/chat-sessions${query}`, { token });
    assert.equal(status, 200, query);
    assert.equal(json.total, 2);
    return json.sessions;
  };
  assert.deepEqual(await found(""), [file, chat]);
  assert.deepEqual(await found("?user=alice%40example.test"), [chat]);
  assert.deepEqual(await found(`?user=${encodeURIComponent(BOB)}&limit=1`), [file]);
  assert.deepEqual(await found("?search=OTHER"), [file]);
  for (const wrong of ["?limit=0", "?limit=1001", "?user=tel:1", "?text=x", `?search=${"x".repeat(201)}`]) {
    assert.equal((await ask(api, "GET", `/chat-sessions${wrong}`, { token })).status, 422, wrong);
  }
  assert.equal((await ask(api, "GET", "/status", { token })).json.chat_sessions, 2);
});

Deno.test("a help-desk ends a session, once, in its own name", async () => {
  const { world, api, chat, file } = await box();
  const token = await world.logIn("help-desk");
  const end = () => ask(api, "DELETE", `/chat-sessions/${chat.id}`, { token });
  assert.equal((await end()).status, 204);
  assert.deepEqual(world.chatSessions.ended, [{ id: chat.id, by: "admin:help-desk" }]);
  const again = await end();
  assert.equal(again.status, 404);
  assert.match(again.json.detail, /no session .* any more/);
  assert.deepEqual((await ask(api, "GET", "/chat-sessions", { token })).json, { sessions: [file], total: 1 });
});

Deno.test("a box without sessions has none", async () => {
  const world = await withEverybody();
  const { chatSessions: _, ...services } = world.services;
  const api = apiOver({ ...world, services });
  const token = await world.logIn("owner");
  assert.deepEqual((await ask(api, "GET", "/chat-sessions", { token })).json, { sessions: [], total: 0 });
  assert.equal((await ask(api, "DELETE", "/chat-sessions/1", { token })).status, 404);
  assert.equal((await ask(api, "GET", "/status", { token })).json.chat_sessions, 0);
});
