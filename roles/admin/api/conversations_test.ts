import { deepEqual, equal, match, ok } from "node:assert/strict";
import { utf8 } from "../../../foundation/mod.ts";
import { ConversationsWorld } from "../../history/testing/conversations_world.ts";
import { ALICE, BOB, wrapped } from "../../history/testing/messages.ts";
import { apiOver, type Ask, ask, send } from "../testing/api_client.ts";
import { withEverybody } from "../testing/fake_services.ts";

/** Alice and bob at the API, and what they have recorded. */
async function open() {
  const world = await withEverybody();
  const recorded = await ConversationsWorld.open();
  const api = apiOver({ ...world, services: { ...world.services, conversations: recorded.conversations } });
  const [alice, bob, owner] = [await world.logInUser(ALICE), await world.logInUser(BOB), await world.logIn("owner")];
  return {
    recorded,
    as: (token: string) => (method: string, path: string, options: Ask = {}) =>
      ask(api, method, path, { token, ...options }),
    raw: (path: string, token = alice) => send(api, "GET", path, { token }),
    alice,
    bob,
    owner,
    [Symbol.asyncDispose]: () => recorded[Symbol.asyncDispose](),
  };
}

Deno.test("an unknown conversation and another's are the same 404, word for word, for whatever is asked", async () => {
  await using box = await open();
  const { recorded } = box;
  const reference = await recorded.record(["a secret"]);
  const bob = box.as(box.bob);
  const answers = new Set<string>();
  for (const path of [reference, "h-never"]) {
    for (
      const [method, more, body] of [
        ["GET", ""],
        ["PATCH", "", { name: "mine" }],
        ["DELETE", ""],
        ["GET", "/messages"],
        ["GET", "/messages/1/content"],
        ["GET", "/export"],
        ["GET", "/export?format=html"],
      ] as const
    ) {
      const { status, text } = await bob(method, `/me/history/${path}${more}`, body === undefined ? {} : { body });
      equal(status, 404, `${method} ${more}`);
      answers.add(text);
    }
    answers.add((await bob("DELETE", `/me/history?references=${path}`)).text);
    answers.add((await bob("PUT", "/me/history/marks", { body: { with: ALICE, reference: path, seq: 1 } })).text);
  }
  equal(answers.size, 1, [...answers].join());
  equal((await bob("GET", "/me/history")).json.total, 0);
  equal((await box.as(box.alice)("GET", `/me/history/${reference}`)).status, 200);
});

Deno.test("an admin sees sizes, never text, parties or references", async () => {
  await using box = await open();
  const reference = await box.recorded.record(["a secret"], {
    owners: [ALICE, BOB],
    subject: "secret",
    with: "sip:x@example.test",
  });
  const owner = box.as(box.owner);
  const { json, text } = await owner("GET", "/history/usage");
  deepEqual(json.users, [
    { uri: ALICE, conversations: 1, messages: 1, octets: 8 },
    { uri: BOB, conversations: 1, messages: 1, octets: 8 },
  ]);
  deepEqual(json.totals, { conversations: 2, messages: 1, octets: 8 });
  for (const word of ["secret", reference, "x@example"]) ok(!text.includes(word), word);
  const page = await owner("GET", "/history/usage?limit=1");
  equal(page.json.next, ALICE);
  deepEqual((await owner("GET", `/history/usage?limit=1&after=${page.json.next}`)).json.users.length, 1);
  deepEqual((await owner("GET", `/history/usage?user=${BOB}`)).json.users.map(({ uri }: { uri: string }) => uri), [
    BOB,
  ]);
  for (const path of ["/me/history", `/me/history/${reference}/export`]) equal((await owner("GET", path)).status, 403);
});

Deno.test("octets of others are handed out so that no browser runs, guesses or mislays anything", async () => {
  await using box = await open();
  const evil = 'cat"; filename=x.html\r\nSet-Cookie: a=b\u202egnp.exe/../..';
  const reference = await box.recorded.record([
    { body: utf8("<script>1</script>"), contentType: "text/html", file: evil },
    { body: wrapped("x"), contentType: "message/cpim" },
    { body: utf8("x"), contentType: "text/html\r\nX-Evil: 1" },
    { body: utf8("x"), contentType: "text/plain;charset=utf-8", file: "Größe %41.txt" },
  ]);
  const at = (seq: number, more = "") => box.raw(`/me/history/${reference}/messages/${seq}/content${more}`);
  const first = await at(1);
  equal(first.headers.get("content-type"), "text/html");
  equal(first.headers.get("x-content-type-options"), "nosniff");
  match(first.headers.get("content-security-policy")!, /default-src 'none'.*; sandbox$/);
  match(first.headers.get("content-disposition")!, /^attachment; filename="[\w ;=.-]+"; filename\*=UTF-8''[\w%.-]+$/);
  ok(!first.headers.has("set-cookie"));
  equal(first.headers.get("cache-control"), "no-store");
  equal(await first.text(), "<script>1</script>");
  equal(await (await at(2)).text(), "x");
  const original = await at(2, "?form=original");
  equal(original.headers.get("content-type"), "message/cpim");
  deepEqual(new Uint8Array(await original.arrayBuffer()), wrapped("x"));
  const strange = await at(3);
  equal(strange.headers.get("content-type"), "application/octet-stream");
  const named = await at(4);
  equal(
    named.headers.get("content-disposition"),
    `attachment; filename="Gr__e _41.txt"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%2541.txt`,
  );
  equal(named.headers.get("content-length"), "1");
  const page = await box.raw(`/me/history/${reference}/export?format=html`);
  match(page.headers.get("content-security-policy")!, /sandbox/);
  match(page.headers.get("content-disposition")!, /^attachment; .*\.html"/);
  await page.body?.cancel();
  for (const response of [first, original, strange, named]) await response.body?.cancel().catch(() => {});
});

Deno.test("pages follow each other by their Link lines, of conversations and of messages", async () => {
  await using box = await open();
  const reference = await box.recorded.record(["1", "2", "3"]);
  for (let i = 0; i < 4; i++) await box.recorded.record(["x"]);
  const alice = box.as(box.alice);
  const walk = async (path: string, count: (json: { conversations?: unknown[]; messages?: unknown[] }) => number) => {
    const sizes: number[] = [];
    for (;;) {
      const { json, headers } = await alice("GET", path);
      sizes.push(count(json));
      const link = /<\/api\/v1([^>]+)>/.exec(headers.get("link") ?? "");
      if (link === null) return sizes;
      path = link[1];
    }
  };
  deepEqual(await walk("/me/history?limit=2", ({ conversations }) => conversations!.length), [2, 2, 1]);
  deepEqual(await walk(`/me/history/${reference}/messages?limit=2`, ({ messages }) => messages!.length), [2, 1]);
});

Deno.test("what is wrong is told at its field", async () => {
  await using box = await open();
  const reference = await box.recorded.record(["x"]);
  const alice = box.as(box.alice);
  for (
    const [field, method, path, body] of [
      ["words", "GET", "/me/history/search?words=%3F"],
      ["after", "GET", "/me/history?after=x"],
      ["references", "DELETE", "/me/history?references=,"],
      ["format", "GET", `/me/history/${reference}/export?format=pdf`],
      ["name", "PATCH", `/me/history/${reference}`, { name: "a\nb" }],
      ["subject", "PATCH", `/me/history/${reference}`, { subject: "x".repeat(600) }],
      ["expires_at", "PATCH", `/me/history/${reference}`, { expires_at: 1 }],
      ["record", "PUT", "/me/history/settings", { record: "all" }],
      ["at", "PUT", "/me/history/marks", { with: BOB }],
      ["action", "POST", "/me/history/record", { conversation: BOB, action: "pause" }],
    ] as const
  ) {
    const { status, json } = await alice(method, path, body === undefined ? {} : { body });
    equal(status, 422, path);
    equal(json.errors[0].field, field, path);
  }
});

Deno.test("a command that is refused says why; a search that was cut off says that it was", async () => {
  await using box = await open();
  const { recorded } = box;
  const alice = box.as(box.alice);
  const body = { conversation: BOB, action: "start" };
  for (const [status, wanted] of [[403, 403], [404, 404], [480, 503]] as const) {
    recorded.refusal = { status, reason: "for a reason" };
    const reply = await alice("POST", "/me/history/record", { body });
    deepEqual([reply.status, reply.json.detail], [wanted, "for a reason"]);
  }
  for (let i = 0; i < 3; i++) await recorded.record(["hello"]);
  const found = await alice("GET", "/me/history/search?words=hello&limit=2");
  deepEqual([found.json.hits.length, found.json.more, found.json.bounded], [2, true, false]);
});

Deno.test("a box that keeps no conversations says so", async () => {
  const world = await withEverybody();
  const api = apiOver(world);
  const { status } = await ask(api, "GET", "/me/history", { token: await world.logInUser(ALICE) });
  equal(status, 503);
  const { json } = await ask(api, "GET", "/history/usage", { token: await world.logIn("owner") });
  deepEqual([json.users, json.totals.conversations], [[], 0]);
});
