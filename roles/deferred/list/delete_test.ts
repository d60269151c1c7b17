import assert from "node:assert/strict";
import { bodyOf, ListWorld, settle } from "./testing/list_world.ts";

const DELETE = "sip:delete@example.test";
const TYPE = "Content-Type: application/vnd.oma.im.deferred-list+xml\r\n";

function list(...references: string[]): string {
  const all = references.map((one) => `<history><history-reference>${one}</history-reference></history>`).join("");
  return `<deferred-list xmlns="urn:oma:xml:im:history-list">${all}</deferred-list>`;
}

async function referencesOf(world: ListWorld): Promise<string[]> {
  world.subscribe("sip-profile");
  await settle();
  const text = bodyOf(world.sentOf("NOTIFY").at(-1)!.request);
  return [...text.matchAll(/history-reference="([^"]*)"/g)].map(([, reference]) => reference);
}

Deno.test("what is named is deleted with all its copies, and 200 comes after the commit", async () => {
  const world = new ListWorld();
  for (const text of ["one", "two", "three"]) world.arrive(text);
  const { headers, transaction } = world.store.messages.get(2)!;
  world.store.put("two", { headers, transaction, device: "<urn:uuid:desk>" });
  const references = await referencesOf(world);
  assert.equal(references.length, 3, "copies are one message");
  await world.pass(200);
  const asked = world.ask("MESSAGE", DELETE, { headers: TYPE, body: list(references[1], references[2]) });
  assert.deepEqual(asked.statuses, []);
  await settle();
  assert.deepEqual(asked.statuses, [200]);
  assert.deepEqual([...world.store.messages.keys()], [1]);
  await world.pass(200);
  assert.equal(world.remade.length, 2, "the document is told of");
});

Deno.test("one that is unknown: 404, and none is deleted; another user's is the same", async () => {
  const world = new ListWorld();
  world.arrive("one");
  const [reference] = await referencesOf(world);
  for (const from of ["sip:bob@example.test", "sip:alice@example.test"]) {
    const body = from.includes("bob") ? list(reference, "d-ffff") : list(reference);
    const asked = world.ask("MESSAGE", DELETE, { headers: TYPE, body, from });
    await settle();
    assert.equal(asked.answer.status, 404);
    assert.equal(asked.answer.reason, "No Such Message Waits For You");
  }
  assert.equal(world.store.messages.size, 1);
});

Deno.test("what is no list is refused, each with its reason", async (t) => {
  const cases: readonly (readonly [string, string, string, number, RegExp])[] = [
    ["another type", "Content-Type: text/plain\r\n", "d-1", 415, /References/],
    ["packed", `${TYPE}Content-Encoding: gzip\r\n`, list("d-1"), 415, /./],
    ["no XML", TYPE, "<deferred-list", 400, /cannot be read: line 1/],
    ["another root", TYPE, "<x/>", 400, /root/],
    ["another namespace", TYPE, list("d-1").replace(/ xmlns="[^"]*"/, ""), 400, /root/],
    ["nothing named", TYPE, list(), 400, /names nothing/i],
    ["an empty reference", TYPE, list(""), 400, /no history-reference/],
    ["too many", TYPE, list(...Array.from({ length: 2001 }, (_, i) => `d-${i}`)), 400, /more than 2000/],
    ["an extension that is required", `${TYPE}Require: recipient-list-message\r\n`, list("d-1"), 420, /./],
  ];
  for (const [what, headers, body, status, reason] of cases) {
    await t.step(what, async () => {
      const world = new ListWorld();
      const asked = world.ask("MESSAGE", DELETE, { headers, body });
      await settle();
      assert.equal(asked.answer.status, status);
      assert.match(asked.answer.reason, reason);
      if (status === 415) assert.ok(asked.answer.has("Accept") || asked.answer.has("Accept-Encoding"));
    });
  }
});

Deno.test("a store that fails is no 200; other methods and strangers are refused", async () => {
  const world = new ListWorld();
  world.arrive("one");
  const [reference] = await referencesOf(world);
  world.store.trouble = true;
  const asked = world.ask("MESSAGE", DELETE, { headers: TYPE, body: list(reference) });
  await settle();
  assert.equal(asked.answer.status, 503);
  assert.equal(world.ask("INVITE", DELETE).last.status, 405);
  const stranger = { headers: TYPE, body: list(reference), from: "sip:eve@else.test" };
  assert.equal(world.ask("MESSAGE", DELETE, stranger).last.status, 403);
});
