import assert from "node:assert/strict";
import { FAKE_RECOVERY } from "../../testing/fake_backups.ts";
import { withEverybody } from "../../testing/fake_services.ts";
import { Visitor } from "../../testing/page_visitor.ts";
import { filled, formIn } from "../testing/page_form.ts";

const HERE = "/admin/recovery";
const CHECK = "Confirm that you have it";

Deno.test("a sheet is shown once, and its key is in force when the groups were typed back", async () => {
  const world = await withEverybody();
  const visitor = await Visitor.as(world, "owner");
  assert.match((await visitor.get(HERE)).text, /There is no recovery key/);
  const sheet = await visitor.post(HERE, { do: "new" });
  assert.equal(sheet.status, 200);
  assert.equal(sheet.headers.get("cache-control"), "no-store");
  for (const group of FAKE_RECOVERY.split("-")) assert.match(sheet.text, new RegExp(`</span>\\s*${group}\\s*</li>`));
  assert.match(sheet.text, /<svg class="qr"/);
  assert.match(sheet.text, /data-print/);
  const form = formIn(sheet.text, CHECK);
  const asked = String(form.get("asked")).split(",").map(Number);
  assert.equal(asked.length, 3);
  const wrong = await visitor.post(HERE, filled(form, { [`group_${asked[0]}`]: "<i>", do: "confirm" }));
  assert.equal(wrong.status, 422);
  assert.match(wrong.text, /not what stands on the sheet/);
  assert.match(wrong.text, /value="&lt;i&gt;"/);
  assert.match(wrong.text, /AAAA/);
  assert.equal(world.backups.recovery().confirmed_at, 0);
  const groups = FAKE_RECOVERY.split("-");
  const typed = Object.fromEntries(asked.map((n) => [`group_${n}`, groups[n - 1].toLowerCase()]));
  const done = await visitor.post(HERE, filled(formIn(wrong.text, CHECK), { ...typed, do: "confirm" }));
  const after = await visitor.follow(done);
  assert.match(after.text, /A recovery key is in force[\s\S]*0a1b2c3d/);
  assert.doesNotMatch(after.text, /AAAA/);
  assert.ok(world.backups.recovery().confirmed_at > 0);
});

Deno.test("a sheet that was printed before is confirmed by all its groups", async () => {
  const world = await withEverybody();
  const visitor = await Visitor.as(world, "owner");
  await visitor.post(HERE, { do: "new" });
  const wrong = await visitor.post(HERE, { do: "later", text: "AAAA-<b>" });
  assert.equal(wrong.status, 422);
  assert.match(wrong.text, /id="f-text-error"/);
  assert.match(wrong.text, /AAAA-&lt;b&gt;/);
  assert.equal((await visitor.post(HERE, { do: "later", text: FAKE_RECOVERY })).status, 303);
  assert.ok(world.backups.recovery().confirmed_at > 0);
});

Deno.test("a form of another sheet, or none, confirms nothing", async () => {
  const world = await withEverybody();
  const visitor = await Visitor.as(world, "owner");
  await visitor.post(HERE, { do: "new" });
  const other = { do: "confirm", sheet: "EEEE-FFFF", asked: "1", group_1: "EEEE" };
  assert.equal((await visitor.post(HERE, other)).status, 409);
  assert.equal((await visitor.post(HERE, { do: "confirm" })).status, 409);
  assert.equal((await visitor.post(HERE, { do: "nonsense" })).status, 400);
  assert.equal(world.backups.recovery().confirmed_at, 0);
});

Deno.test("only an owner makes a sheet", async () => {
  const world = await withEverybody();
  const operator = await Visitor.as(world, "operator");
  assert.match((await operator.get(HERE)).text, /Only an owner/);
  assert.equal((await operator.post(HERE, { do: "new" })).status, 403);
  assert.equal((await (await Visitor.as(world, "auditor")).post(HERE, { do: "later" })).status, 403);
  assert.equal(world.backups.recovery().id, "");
});
