import assert from "node:assert/strict";
import { LOCALES } from "../../../../web/ui/mod.ts";
import { withEverybody } from "../../testing/fake_services.ts";
import { PageReader } from "../../testing/page_reader.ts";
import { readFacts } from "./facts.ts";

const HERE = "/admin/audit";
const moment = (at: number) => `at ${at}`;

Deno.test("facts: what was before stands beside what came, times are written out", () => {
  assert.deepEqual(readFacts("admin.change", { admin: "ada", role: "owner", role_before: "auditor" }, moment), [
    { name: "admin", before: null, value: "ada" },
    { name: "role", before: "auditor", value: "owner" },
  ]);
  assert.deepEqual(readFacts("settings.change", { version: 3, "pager.max_body": "1300 -> 2000" }, moment), [
    { name: "version", before: null, value: "3" },
    { name: "pager.max_body", before: "1300", value: "2000" },
  ]);
  // Elsewhere an arrow is only text, and a number only a number.
  assert.deepEqual(readFacts("login", { source: "a -> b", until: 1_767_225_600_000, id: 1_767_225_600_000 }, moment), [
    { name: "source", before: null, value: "a -> b" },
    { name: "until", before: null, value: "at 1767225600000" },
    { name: "id", before: null, value: "1767225600000" },
  ]);
});

Deno.test("the audit log is read, filtered and paged; what it holds is text", async () => {
  const world = await withEverybody();
  const at = world.time.now();
  for (let n = 0; n < 120; n++) {
    world.audit.append({ at, event: "user.added", actor: "admin:owner", facts: { user: `sip:u${n}@example.test` } });
  }
  world.audit.append({ at, event: "odd", actor: "cli", facts: { note: "<img src=x onerror=alert(1)>" } });
  const visitor = await PageReader.of(world, "auditor");
  const first = await visitor.get(HERE);
  assert.ok(!first.html.includes("<img"));
  assert.match(first.text, /note <img src=x onerror=alert\(1\)>/);
  const next = /href="(\/admin\/audit\?before=\d+)"/.exec(first.html)![1];
  const second = await visitor.get(next);
  assert.equal(second.status, 200);
  assert.ok(first.text.includes("u119@") && !first.text.includes("u60@") && second.text.includes("u60@"));
  const filtered = await visitor.get(`${HERE}?event=odd&actor=cli`);
  assert.ok(!filtered.text.includes("sip:u1@") && filtered.text.includes("odd"));
  assert.match((await visitor.get(`${HERE}?actor=nobody`)).text, /Nothing found/);
});

Deno.test("the chain is verified, and a break is told with its entry", async () => {
  const world = await withEverybody();
  const visitor = await PageReader.of(world, "owner");
  assert.match((await visitor.get(`${HERE}?verify=yes`)).text, /The chain is whole \d+ entries, 1 to \d+/);
  const { audit } = world.services;
  Object.defineProperty(audit, "verify", {
    value: () => Promise.resolve({ ok: false, at: 3, reason: "its content does not match" }),
  });
  assert.match((await visitor.get(`${HERE}?verify=yes`)).text, /broken at entry 3.*its content does not match/);
  assert.ok(!(await visitor.get(HERE)).text.includes("broken"));
});

Deno.test("owners and auditors see it, in every language", async () => {
  const world = await withEverybody();
  for (const role of ["operator", "help-desk"]) {
    assert.equal((await (await PageReader.of(world, role)).get(HERE)).status, 403);
  }
  for (const locale of LOCALES) {
    const { status, html } = await (await PageReader.of(world, "auditor", locale)).get(HERE);
    assert.equal(status, 200);
    assert.match(html, /href="\/api\/v1\/audit\/export"/);
  }
});
