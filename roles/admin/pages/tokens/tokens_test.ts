import assert from "node:assert/strict";
import { LOCALES } from "../../../../web/ui/mod.ts";
import { withEverybody } from "../../testing/fake_services.ts";
import { PageReader } from "../../testing/page_reader.ts";

const HERE = "/admin/tokens";

Deno.test("a token is told once, with a command to try it, and is worthless when revoked", async () => {
  const world = await withEverybody();
  const visitor = await PageReader.of(world, "owner");
  assert.match((await visitor.get(HERE)).text, /No tokens yet/);
  const made = await visitor.post(HERE, { name: "<b>grafana</b>", role: "auditor", days: "90" });
  assert.equal(made.status, 200);
  const token = /id="token"[^>]*>([^<]+)</.exec(made.html)![1];
  assert.match(
    made.text,
    new RegExp(`curl -H "Authorization: Bearer ${token}" https://box.example.test/api/v1/status`),
  );
  assert.deepEqual(world.services.access.principalOf(token), {
    kind: "token",
    name: "<b>grafana</b>",
    role: "auditor",
  });
  const list = await visitor.get(HERE);
  assert.ok(!list.html.includes(token) && !list.html.includes("<b>grafana"));
  assert.match(list.text, /<b>grafana<\/b>/);
  const id = /name="id" value="([^"]+)"/.exec(list.html)![1];
  assert.match((await visitor.done(HERE, { do: "revoke", id })).text, /The token was revoked/);
  assert.equal(world.services.access.principalOf(token), null);
});

Deno.test("a token without a name is refused beside the field; an expired one is marked", async () => {
  const world = await withEverybody();
  const visitor = await PageReader.of(world, "owner");
  await visitor.get(HERE);
  const bad = await visitor.post(HERE, { name: "", role: "metrics", days: "30" });
  assert.equal(bad.status, 422);
  assert.match(bad.html, /id="f-name-error"/);
  assert.match(bad.html, /value="30" selected/);
  await visitor.post(HERE, { name: "old", role: "metrics", days: "30" });
  world.time.jump(31 * 86_400_000);
  const later = await PageReader.of(world, "owner");
  assert.match((await later.get(HERE)).text, /old .*expired/);
});

Deno.test("who sees tokens and who makes them", async () => {
  const world = await withEverybody();
  for (const role of ["operator", "help-desk"]) {
    assert.equal((await (await PageReader.of(world, role)).get(HERE)).status, 403);
  }
  const auditor = await PageReader.of(world, "auditor");
  const { status, html } = await auditor.get(HERE);
  assert.equal(status, 200);
  assert.ok(!html.includes('name="days"'));
  assert.equal((await auditor.post(HERE, { name: "x", role: "owner", days: "0" })).status, 403);
  for (const locale of LOCALES) {
    assert.equal((await (await PageReader.of(world, "owner", locale)).get(HERE)).status, 200);
  }
});
