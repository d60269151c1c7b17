import assert from "node:assert/strict";
import { LOCALES } from "../../../../web/ui/mod.ts";
import { routesOf } from "../../api/create_api.ts";
import { apiOver, ask } from "../../testing/api_client.ts";
import { withEverybody } from "../../testing/fake_services.ts";
import { PageReader } from "../../testing/page_reader.ts";
import { curlOf, exampleOf } from "./example.ts";
import { chaptersOf, limitWords, type OpenApi, typeWords } from "./open_api.ts";

const HERE = "/admin/api";

Deno.test("every route of the API has its place, with its permission and a command to try it", async () => {
  const world = await withEverybody();
  const api = apiOver(world);
  const document: OpenApi = (await ask(api, "GET", "/openapi.json")).json;
  const operations = chaptersOf(document).flatMap((chapter) => chapter.operations);
  assert.equal(operations.length, routesOf(api).length);
  assert.equal(new Set(operations.map(({ id }) => id)).size, operations.length);
  const reader = await PageReader.of(world, "help-desk");
  const overview = await reader.get(HERE);
  assert.equal(overview.status, 200);
  const pages = new Map([[HERE, overview.html]]);
  for (const [, path] of overview.html.matchAll(/href="(\/admin\/api\?chapter=[\w-]+)"/g)) {
    pages.set(path, (await reader.get(path)).html);
  }
  const chapters = [...pages.values()].join("\n");
  for (const { id, permission } of operations) {
    assert.ok(chapters.includes(`<div class="stack" id="${id}">`), id);
    assert.ok(chapters.includes(`id="${id}-curl"`), id);
    assert.notEqual(permission, "", id);
  }
  // No link leads nowhere, no name is twice on a page.
  for (const html of pages.values()) {
    const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    assert.equal(new Set(ids).size, ids.length);
    for (const [, path, target] of html.matchAll(/href="(\/admin\/api[^"#]*)#([^"]+)"/g)) {
      assert.ok(pages.get(path)?.includes(` id="${target}"`), `${path}#${target}`);
    }
  }
});

Deno.test("it is read in every language", async () => {
  const world = await withEverybody();
  for (const locale of LOCALES) {
    assert.equal((await (await PageReader.of(world, "auditor", locale)).get(HERE)).status, 200);
  }
});

const DOCUMENT: OpenApi = {
  paths: {
    "/api/v1/things/{id}": {
      patch: {
        operationId: "patch_thing",
        tags: ["things"],
        summary: "Change it.",
        description: "More.\n\nPermission: `users.write`.",
        "x-permission": "users.write",
        parameters: [
          { name: "id", in: "path", required: true, schema: { type: "string", example: "a b" } },
          { name: "dry", in: "query", required: true, schema: { type: "boolean" } },
        ],
        requestBody: { content: { "application/json": { schema: { $ref: "#/components/schemas/Thing" } } } },
        responses: { 200: { description: "Done.", content: { "application/json": { schema: { type: "object" } } } } },
      },
    },
  },
  components: {
    schemas: {
      Thing: {
        type: "object",
        properties: {
          name: { type: "string", example: "it's" },
          next: { $ref: "#/components/schemas/Thing" },
          size: { type: "integer", minimum: 3 },
        },
      },
    },
  },
};

Deno.test("an example fits its schema, also one that refers to itself, and survives a shell", () => {
  const [{ operations: [operation] }] = chaptersOf(DOCUMENT);
  assert.equal(operation.description, "More.");
  const example = exampleOf({ $ref: "#/components/schemas/Thing" }, DOCUMENT) as Record<string, unknown>;
  assert.deepEqual([example.name, example.size], ["it's", 3]);
  assert.deepEqual(exampleOf({ type: "array", items: { enum: ["a", "b"] } }, DOCUMENT), ["a"]);
  const curl = curlOf(operation, DOCUMENT, "https://box.test");
  assert.match(curl, /^curl -X PATCH \\\n/);
  assert.ok(curl.includes('"Authorization: Bearer $TOKEN"'));
  assert.ok(curl.includes(`{"name":"it'\\''s"`), curl);
  assert.ok(curl.endsWith("'https://box.test/api/v1/things/a%20b?dry=false'"), curl);
});

Deno.test("types and limits in a few words", () => {
  assert.equal(typeWords({ $ref: "#/components/schemas/Thing" }), "Thing");
  assert.equal(typeWords({ type: "array", items: { type: "string" } }), "string[]");
  assert.equal(typeWords({ enum: ["a", 1] }), '"a" | 1');
  assert.equal(typeWords({ anyOf: [{ type: "string" }, { type: "null" }] }), "string | null");
  assert.equal(typeWords({}), "any");
  assert.equal(limitWords({ type: "integer", minimum: 1, maximum: 500, default: 50 }), "1…500, default 50");
  assert.equal(limitWords({ type: "integer", minimum: -9007199254740991, maximum: 9007199254740991 }), "");
  assert.equal(limitWords({ type: "string", maxLength: 128 }), "≤ 128 characters");
});
