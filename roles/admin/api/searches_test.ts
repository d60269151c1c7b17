import assert from "node:assert/strict";
import { SearchRefusal } from "../../xdm/mod.ts";
import { apiOver, ask } from "../testing/api_client.ts";
import { withEverybody } from "../testing/fake_services.ts";
import { readCondition } from "./search_conditions.ts";

const ALICE = "sip:alice@example.test";
const PATH = `/users/${encodeURIComponent(ALICE)}/searches`;

Deno.test("a condition in JSON is read as it is meant", () => {
  assert.deepEqual(
    readCondition({ all: [{ field: "country", is: "Norway" }, { not: { any: [{ field: "hobby", is: "chess" }] } }] }),
    {
      kind: "all",
      of: [
        { kind: "compare", field: "country", operator: "=", value: "Norway" },
        { kind: "not", of: { kind: "any", of: [{ kind: "compare", field: "hobby", operator: "=", value: "chess" }] } },
      ],
    },
  );
  const compare = (operator: string, value: string) => ({ kind: "compare", field: "birth-date", operator, value });
  assert.deepEqual(readCondition({ field: "birth-date", from: "1990-01-01" }), compare(">=", "1990-01-01"));
  assert.deepEqual(readCondition({ field: "birth-date", from: "a", until: "b" }), {
    kind: "all",
    of: [compare(">=", "a"), compare("<=", "b")],
  });
});

Deno.test("what is no condition is refused with its place, however deep it is", () => {
  let deep: unknown = { field: "a", is: "b" };
  for (let i = 0; i < 50_000; i++) deep = { not: deep };
  for (
    const [value, field] of [
      [null, "where"],
      ["text", "where"],
      [[], "where"],
      [{}, "where"],
      [{ field: "a", contains: "b" }, "where"],
      [{ field: 1, is: "b" }, "where.field"],
      [{ field: "a", is: null }, "where.is"],
      [{ all: [] }, "where.all"],
      [{ any: Array(129).fill({ field: "a", is: "b" }) }, "where.any"],
      [{ all: [{ field: "a", is: "b" }, { not: 7 }] }, "where.all.1.not"],
      [deep, `where${".not".repeat(65)}`],
    ] as const
  ) {
    assert.throws(() => readCondition(value), (problem: { errors: { field: string }[] }) => {
      assert.equal(problem.errors[0].field, field);
      return true;
    });
  }
});

Deno.test("a user searches for themselves alone, and gets what was found or why not", async () => {
  const world = await withEverybody();
  const api = apiOver(world);
  const token = await world.logInUser(ALICE);
  const where = { field: "hobby", is: "chess" };
  world.searches.findings = {
    found: [{ id: "bob@example.test", displayName: "Bob", fields: { hobby: ["Chess"] } }],
    more: true,
  };
  const reply = await ask(api, "POST", PATH, { token, body: { where, limit: 1 } });
  assert.equal(reply.status, 200, JSON.stringify(reply.json));
  assert.deepEqual(reply.json, {
    results: [{ id: "bob@example.test", display_name: "Bob", fields: { hobby: ["Chess"] } }],
    more: true,
  });
  assert.deepEqual(world.searches.asked, [
    { by: ALICE, where: readCondition(where), scope: { most: 1, domain: "home" } },
  ]);
  assert.equal((await ask(api, "POST", PATH, { token: await world.logIn("owner"), body: { where } })).status, 403);
  assert.equal((await ask(api, "POST", PATH, { token, body: {} })).status, 422);
  assert.equal((await ask(api, "POST", PATH, { token, body: { of: "rooms" } })).status, 200);
  for (
    const [kind, status] of [["forbidden", 403], ["busy", 429], ["unavailable", 503], ["query", 422]] as const
  ) {
    world.searches.refusal = new SearchRefusal(kind, "Why.", 7);
    const refused = await ask(api, "POST", PATH, { token, body: { where } });
    assert.equal(refused.status, status);
    assert.equal(refused.json.detail, "Why.");
    assert.equal(refused.headers.get("retry-after"), kind === "busy" || kind === "unavailable" ? "7" : null);
  }
});
