import assert from "node:assert/strict";
import { LOCALES } from "../../../../web/ui/mod.ts";
import { withEverybody } from "../../testing/fake_services.ts";
import { PageReader } from "../../testing/page_reader.ts";

const HERE = "/admin/messages";

Deno.test("a message to one user goes at once and is listed, as text", async () => {
  const world = await withEverybody();
  const visitor = await PageReader.of(world, "operator");
  assert.match((await visitor.get(HERE)).text, /Nothing sent yet/);
  const text = "Maintenance <b>tonight</b>";
  const done = await visitor.done(HERE, { who: "one", uri: "alice@example.test", text });
  assert.match(done.text, /It is on its way/);
  assert.ok(!done.html.includes("<b>tonight") && done.text.includes(text));
  assert.equal(world.services.systemMessages.list(10)[0].to, "sip:alice@example.test");
});

Deno.test("everybody is asked about first, with their number, and nothing is sent until then", async () => {
  const world = await withEverybody();
  const visitor = await PageReader.of(world, "owner");
  await visitor.get(HERE);
  const fields = { who: "everybody", uri: "", text: "Noon." };
  const asked = await visitor.post(HERE, fields);
  assert.equal(asked.status, 200);
  assert.match(asked.text, /Send this to all 2 users\?.*Noon\./);
  assert.equal(world.services.systemMessages.list(10).length, 0);
  const back = await visitor.post(HERE, { ...fields, do: "back" });
  assert.match(back.html, /value="everybody"\s+checked/);
  assert.match(back.html, />\s*Noon\.<\/textarea>/);
  await visitor.done(HERE, { ...fields, do: "confirmed" });
  assert.equal(world.services.systemMessages.list(10)[0].recipients, 2);
});

Deno.test("what is missing, unknown or too long stands beside its field, with what was typed", async () => {
  const world = await withEverybody();
  const visitor = await PageReader.of(world, "owner");
  await visitor.get(HERE);
  const refused = async (fields: Record<string, string>, field: string, words: RegExp) => {
    const page = await visitor.post(HERE, { who: "one", uri: "sip:bob@example.test", text: "Hello", ...fields });
    assert.ok(page.status >= 400, `${page.status}`);
    const error = new RegExp(`id="f-${field}-error">.*?</svg>([^<]*)`, "s").exec(page.html)?.[1] ?? "";
    assert.match(error, words);
    return page.html;
  };
  await refused({ text: " " }, "text", /nothing in it/);
  await refused({ uri: "" }, "uri", /Whom\?/);
  await refused({ uri: "tel:+1" }, "uri", /is not a user&#39;s address/);
  assert.match(await refused({ uri: "sip:nobody@example.test" }, "uri", /no user/), />\s*Hello<\/textarea>/);
  await refused({ text: "x".repeat(2001) }, "text", /2,?000/);
  assert.equal(world.services.systemMessages.list(10).length, 0);
});

Deno.test("owners and operators write, in every language", async () => {
  const world = await withEverybody();
  for (const role of ["help-desk", "auditor"]) {
    assert.equal((await (await PageReader.of(world, role)).get(HERE)).status, 403);
  }
  for (const locale of LOCALES) {
    assert.equal((await (await PageReader.of(world, "operator", locale)).get(HERE)).status, 200);
  }
});
