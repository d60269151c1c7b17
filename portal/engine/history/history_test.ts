import { deepEqual, equal, match } from "node:assert/strict";
import { FakeRest, refusal, RoomsWorld } from "../rooms/testing/rooms_world.ts";
import { History } from "./history.ts";
import { apart, together } from "./history_answers.ts";

const ANY = { words: "", with: "", from: 0, until: Infinity, folder: null };
const BOB = "sip:bob@home.test";

function conversation(reference: string, more: object = {}) {
  const parties = [{ uri: "sip:alice@home.test", name: "" }, { uri: BOB, name: "Bobby" }];
  const facts = { reference, with: BOB, parties, group: null, name: "", subject: "", started_at: 1, ended_at: 9 };
  return { ...facts, messages: 3, octets: 40, expires_at: 0, open: false, ...more };
}

function world(): { rest: FakeRest; history: History } {
  const { rest, parts, people } = new RoomsWorld();
  rest.answers.set("GET /me/history/folders", { folders: [{ folder: "", conversations: 1, octets: 40 }] });
  return { rest, history: new History(parts, { people }) };
}

Deno.test("a page of conversations, with names; only what is asked for is in the query", async () => {
  const { rest, history } = world();
  const room = { uri: "sip:chess@home.test", name: "Chess" };
  rest.answers.set("GET /me/history", {
    conversations: [
      conversation("h-1", { name: "trips/north/fjords" }),
      conversation("h-2", { with: room.uri, group: room }),
      conversation("h-3", { with: "sip:carol@home.test" }),
    ],
    next: "9.h-3",
  });
  const page = await history.list(ANY, "");
  if (!("items" in page)) throw new Error("refused");
  deepEqual(page.items.map(({ withName, folder, name }) => [withName, folder, name]), [
    ["Bobby", "trips/north", "fjords"],
    ["Chess", "", ""],
    ["CAROL", "", ""],
  ]);
  equal(page.next, "9.h-3");
  await history.list({ ...ANY, with: " bob ", from: 5.5, until: 7.5, folder: "" }, "9.h-3");
  deepEqual(rest.asked, [
    'GET /me/history {"after":"","limit":100}',
    'GET /me/history {"with":"bob","from":5,"until":8,"folder":"","after":"9.h-3","limit":100}',
  ]);
});

Deno.test("hits name who said it, and which message", async () => {
  const { rest, history } = world();
  const hit = (own: boolean, from: object) => ({
    conversation: conversation("h-1"),
    message: { at: 5, own, message_id: "m5", from },
    snippet: "the fjord",
  });
  rest.answers.set("GET /me/history/search", {
    hits: [hit(false, { uri: BOB, name: "Bob" }), hit(true, { uri: "sip:alice@home.test", name: "A" })],
    more: true,
    bounded: false,
  });
  const found = await history.search({ ...ANY, words: "fjord", folder: "trips" });
  if (!("hits" in found)) throw new Error("refused");
  deepEqual(found.hits.map(({ messageId, fromName, snippet, item }) => [messageId, fromName, snippet, item.with]), [
    ["m5", "Bob", "the fjord", BOB],
    ["m5", "Alice", "the fjord", BOB],
  ]);
  deepEqual([found.more, found.bounded], [true, false]);
  equal(rest.asked[0], 'GET /me/history/search {"folder":"trips","words":"fjord","limit":100}');
});

Deno.test("a new name leaves it in its folder, a new folder leaves the name; folders are read again", async () => {
  const { rest, history } = world();
  rest.answers.set("GET /me/history/h-1", conversation("h-1", { name: "trips/fjords" }));
  rest.answers.set("PATCH /me/history/h-1", {});
  equal(await history.rename("h-1", " north/south "), null);
  equal(await history.move("h-1", " old / years/ "), null);
  equal(await history.move("h-1", ""), null);
  deepEqual(rest.of("PATCH"), [
    'PATCH /me/history/h-1 {"name":"trips/north-south"}',
    'PATCH /me/history/h-1 {"name":"old/years/fjords"}',
    'PATCH /me/history/h-1 {"name":"fjords"}',
  ]);
  deepEqual(history.folders.value, [{ folder: "", conversations: 1, octets: 40 }]);
  rest.answers.set("PATCH /me/history/h-1", refusal(422, "name is too long"));
  equal((await history.rename("h-1", "x"))?.text, "name is too long");
  equal((await history.rename("h-9", "x"))?.status, 404);
});

Deno.test("names and folders come apart and together", () => {
  deepEqual(apart("a/b/c"), { folder: "a/b", own: "c" });
  deepEqual(apart("c"), { folder: "", own: "c" });
  deepEqual(apart("a/"), { folder: "a", own: "" });
  equal(together("a", ""), "a/");
  equal(together("", ""), "");
});

Deno.test("many go in requests of 200; what is gone already does not keep the others", async () => {
  const { rest, history } = world();
  const all = Array.from({ length: 450 }, (_, i) => `h-${i}`);
  rest.answers.set("DELETE /me/history", (path: string) => path.includes("h-0,") ? refusal(404) : {});
  rest.answers.set("DELETE", (path: string) => path.endsWith("/h-7") ? refusal(404) : {});
  equal(await history.remove(all), null);
  const many = rest.of("DELETE /me/history?");
  deepEqual(many.map((one) => one.split(",").length), [200, 200, 50]);
  equal(rest.of("DELETE /me/history/").length, 200);
  rest.answers.set("DELETE /me/history", refusal(503, "later"));
  rest.asked.length = 0;
  equal((await history.remove(all))?.text, "later");
  equal(rest.of("DELETE").length, 1, "the others are not tried");
});

Deno.test("a refusal is given as it is, and the folders stay", async () => {
  const { rest, history } = world();
  equal(await history.refresh(), null);
  rest.refuses("GET /me/history/folders", 503, "no conversations");
  equal((await history.refresh())?.text, "no conversations");
  equal(history.folders.value.length, 1);
  rest.refuses("GET /me/history", 422);
  equal((await history.list(ANY, "") as { status: number }).status, 422);
  match(history.exportPath("h 1", "html"), /^\/portal\/api\/v1\/me\/history\/h%201\/export\?format=html&zone=/);
});
