import assert from "node:assert/strict";
import { LOCALES } from "../../../../web/ui/mod.ts";
import { withEverybody } from "../../testing/fake_services.ts";
import { PageReader } from "../../testing/page_reader.ts";

const HERE = "/admin/support";

Deno.test("every file is shown as it leaves, as text, in every language; auditors and help-desk do without", async () => {
  const world = await withEverybody();
  const text = "</pre><script>alert(1)</script>";
  Object.defineProperty(world.services.support, "preview", {
    value: () => Promise.resolve([{ name: "log.txt", what: "The log.", octets: text.length, text }]),
  });
  for (const locale of LOCALES) {
    const { status, html } = await (await PageReader.of(world, "operator", locale)).get(HERE);
    assert.equal(status, 200);
    assert.ok(!html.includes("<script>alert") && html.includes("&lt;/pre&gt;&lt;script&gt;"));
  }
  for (const role of ["auditor", "help-desk"]) {
    assert.equal((await (await PageReader.of(world, role)).get(HERE)).status, 403);
  }
});

Deno.test("the bundle is a zip to keep", async () => {
  const visitor = await PageReader.of(await withEverybody(), "owner");
  await visitor.get(HERE);
  const { status, headers, html } = await visitor.post(HERE, { do: "bundle" });
  assert.equal(status, 200);
  assert.equal(headers.get("content-type"), "application/zip");
  assert.match(headers.get("content-disposition")!, /parley-support\.zip/);
  assert.ok(html.startsWith("PK"));
});

Deno.test("DNS and doors are tried, what was typed stays, and nonsense stands beside its field", async () => {
  const visitor = await PageReader.of(await withEverybody(), "operator");
  await visitor.get(HERE);
  const dns = await visitor.post(HERE, { do: "domain", domain: "example.org" });
  assert.match(dns.text, /_sips\._tcp\.example\.org SRV.*leads here/);
  assert.match(dns.html, /name="domain"[^>]*value="example\.org"/);
  const doors = await visitor.post(HERE, { do: "listen", entries: "tls://127.0.0.1:5061\nudp://127.0.0.1:1\n" });
  assert.match(doors.text, /tls:\/\/127\.0\.0\.1:5061 can be opened/);
  assert.match(doors.text, /udp:\/\/127\.0\.0\.1:1 it is in use/);
  const none = await visitor.post(HERE, { do: "domain", domain: "" });
  assert.equal(none.status, 422);
  assert.match(none.html, /id="f-domain-error"/);
  const empty = await visitor.post(HERE, { do: "listen", entries: "" });
  assert.equal(empty.status, 422);
  assert.match(empty.html, /id="f-entries-error"/);
  assert.equal((await visitor.post(HERE, { do: "dance" })).status, 400);
});
