import assert from "node:assert/strict";
import { LOCALES } from "../../../../web/ui/mod.ts";
import { withEverybody } from "../../testing/fake_services.ts";
import { PageReader } from "../../testing/page_reader.ts";
import { fieldText, plainLine } from "./log_line.ts";

const HERE = "/admin/logs";

Deno.test("a line is written as a file has it", () => {
  const line = {
    id: 1,
    at: 1_767_225_600_123,
    level: "warn",
    component: "storage",
    text: "slow commit",
    fields: { ms: 120, why: "disk busy", empty: "", ok: true, none: null },
  } as const;
  assert.equal(
    plainLine(line),
    '2026-01-01T00:00:00.123Z warn  storage: slow commit ms=120 why="disk busy" empty="" ok=true none=null',
  );
  assert.equal(fieldText({}), "");
});

Deno.test("the log is shown in every language, levels in words, what was logged as text", async () => {
  const world = await withEverybody();
  world.logs.write("error", "web", "<script>alert(1)</script>", { path: '"><img src=x>' });
  const words = { en: "Error", de: "Fehler", "qps-rtl": "⟦" };
  for (const locale of LOCALES) {
    const { status, html, text } = await (await PageReader.of(world, "auditor", locale)).get(HERE);
    assert.equal(status, 200);
    assert.ok(!html.includes("<script>alert") && !html.includes("<img"));
    assert.ok(html.includes("&lt;script&gt;alert(1)"));
    assert.ok(text.includes(words[locale]));
    assert.match(html, /<li class="critical">/);
  }
});

Deno.test("level, component and search narrow it; what is no level is info", async () => {
  const world = await withEverybody();
  const visitor = await PageReader.of(world, "owner");
  const lines = async (query: string) =>
    [...(await visitor.get(`${HERE}?${query}`)).html.matchAll(/class="text">([^<]+)</g)].map(([, text]) => text);
  assert.deepEqual(await lines("level=info"), ["a door is open", "slow commit"]);
  assert.deepEqual(await lines("level=warn"), ["slow commit"]);
  assert.deepEqual(await lines("component=sip"), ["a door is open"]);
  assert.deepEqual(await lines("search=commit"), ["slow commit"]);
  assert.deepEqual(await lines("level=nonsense"), ["a door is open", "slow commit"]);
  const none = await visitor.get(`${HERE}?search=zzz`);
  assert.match(none.text, /No lines/);
  assert.match(none.html, /data-stream="\/api\/v1\/logs\/stream\?level=info&amp;component=&amp;search=zzz"/);
});

Deno.test("the log is a text file to take along, and nothing for a help-desk", async () => {
  const world = await withEverybody();
  const file = await (await PageReader.of(world, "operator")).get(`${HERE}/parley.log?level=warn`);
  assert.match(file.headers.get("content-type")!, /^text\/plain/);
  assert.match(file.headers.get("content-disposition")!, /attachment/);
  assert.equal(file.html, "2026-01-01T00:00:00.000Z warn  storage: slow commit ms=120\n");
  const help = await PageReader.of(world, "help-desk");
  assert.equal((await help.get(HERE)).status, 403);
  assert.equal((await help.get(`${HERE}/parley.log`)).status, 403);
});
