import assert from "node:assert/strict";
import { withEverybody } from "../../testing/fake_services.ts";
import { Visitor } from "../../testing/page_visitor.ts";
import { filled, formIn } from "../testing/page_form.ts";
import { expiryTone } from "./certificate_view.tsx";

const HERE = "/admin/certificates";
const CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----";
const KEY = "-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----";

Deno.test("days that are left have a colour, and words", async () => {
  assert.deepEqual([100, 22, 21, 8, 7, 0, -3].map(expiryTone), [
    "ok",
    "ok",
    "warning",
    "warning",
    "critical",
    "critical",
    "critical",
  ]);
  const world = await withEverybody();
  await world.certificates.issue({ names: ["a.test"], days: 1 }).catch(() => {});
  const visitor = await Visitor.as(world, "auditor");
  for (const locale of ["en", "de", "qps-rtl"]) {
    visitor.cookies.set("parley_locale", locale);
    const page = await visitor.get(HERE);
    assert.equal(page.status, 200);
    assert.match(page.text, /365/);
  }
});

Deno.test("a certificate is uploaded pasted, or as files; a wrong one says so, and the key is never sent back", async () => {
  const world = await withEverybody();
  const visitor = await Visitor.as(world, "operator");
  const form = formIn((await visitor.get(HERE)).text, "Upload");
  const wrong = await visitor.post(HERE, filled(form, { certificate: "<b>nonsense", key: KEY, do: "upload" }));
  assert.equal(wrong.status, 422);
  assert.match(wrong.text, /the certificate is no PEM/);
  assert.match(wrong.text, /&lt;b&gt;nonsense/);
  assert.doesNotMatch(wrong.text, /secret/);
  assert.match(
    (await visitor.post(HERE, filled(form, { certificate: "", do: "upload" }))).text,
    /Paste the certificate/,
  );
  const pasted = await visitor.post(HERE, filled(form, { certificate: CERTIFICATE, key: KEY, do: "upload" }));
  assert.match((await visitor.follow(pasted)).text, /was checked and is in use/);
  const files = new FormData();
  files.set("do", "upload");
  files.set("certificate_file", new File([CERTIFICATE], "chain.pem"));
  files.set("key_file", new File([KEY], "key.pem"));
  assert.equal((await visitor.post(HERE, files)).status, 303);
  assert.equal(world.certificates.list().filter(({ source }) => source === "uploaded").length, 2);
});

Deno.test("a request is made, downloaded and discarded", async () => {
  const world = await withEverybody();
  const visitor = await Visitor.as(world, "owner");
  const form = formIn((await visitor.get(HERE)).text, "Request to an authority (CSR)");
  assert.equal(form.get("names"), "example.test");
  const country = await visitor.post(HERE, filled(form, { country: "1", do: "request" }));
  assert.match(country.text, /id="f-country-error"/);
  const made = await visitor.post(
    HERE,
    filled(form, { names: "im.example.test\nexample.test", country: "de", do: "request" }),
  );
  const page = await visitor.follow(made);
  const link = /href="([^"]+\.csr)"/.exec(page.text)![1];
  const file = await visitor.get(link);
  assert.match(file.text, /BEGIN CERTIFICATE REQUEST/);
  assert.match(file.headers.get("content-disposition")!, /filename="im\.example\.test\.csr"/);
  assert.equal((await visitor.get(`${HERE}/requests/nothing.csr`)).status, 404);
  const [{ id }] = world.certificates.listCsrs();
  assert.equal((await visitor.post(HERE, { do: "discard", id })).status, 303);
  assert.equal(world.certificates.listCsrs().length, 0);
});

Deno.test("the box's own authority is made, issues, and is downloaded for clients", async () => {
  const world = await withEverybody();
  const visitor = await Visitor.as(world, "operator");
  const form = formIn((await visitor.get(HERE)).text, "Authority of this box (internal CA)");
  assert.equal((await visitor.post(HERE, filled(form, { name: "Our CA", do: "authority" }))).status, 303);
  const issue = formIn((await visitor.get(HERE)).text, "Have it issue a certificate");
  assert.equal((await visitor.post(HERE, filled(issue, { issue_names: "im.example.test", do: "issue" }))).status, 303);
  const inUse = world.certificates.list().find(({ in_use }) => in_use)!;
  assert.deepEqual([inUse.source, inUse.names], ["internal CA", ["im.example.test"]]);
  const pem = await visitor.get(`${HERE}/authority.pem`);
  assert.match(pem.headers.get("content-type")!, /pem/);
  assert.match(pem.text, /BEGIN CERTIFICATE/);
});

Deno.test("another certificate is used or removed; the one in use stays", async () => {
  const world = await withEverybody();
  await world.certificates.renewSelfSigned();
  const [old, inUse] = world.certificates.list();
  const visitor = await Visitor.as(world, "owner");
  const refused = await visitor.post(HERE, { do: "remove", id: inUse.id });
  assert.match(refused.text, /[Pp]ut another one in use first/);
  assert.match(
    (await visitor.follow(await visitor.post(HERE, { do: "use", id: old.id }))).text,
    /In use now: example\.test/,
  );
  assert.equal((await visitor.post(HERE, { do: "remove", id: inUse.id })).status, 303);
  assert.deepEqual(world.certificates.list().map(({ id }) => id), [old.id]);
  assert.equal((await visitor.post(HERE, { do: "nonsense" })).status, 400);
});

Deno.test("where files set it, the page says so and offers nothing but reading them again", async () => {
  const world = await withEverybody();
  world.certificates.lockedBy = "/etc/parley.toml";
  const visitor = await Visitor.as(world, "owner");
  const page = await visitor.get(HERE);
  assert.match(page.text, /\/etc\/parley\.toml names the certificate files/);
  assert.doesNotMatch(page.text, /value="(?:upload|request|issue|self-signed)"/);
  assert.match((await visitor.follow(await visitor.post(HERE, { do: "reload" }))).text, /were read again/);
});

Deno.test("an auditor only looks, a help-desk does not even that", async () => {
  const world = await withEverybody();
  const auditor = await Visitor.as(world, "auditor");
  assert.doesNotMatch((await auditor.get(HERE)).text, /name="do" value="upload"/);
  assert.equal((await auditor.post(HERE, { do: "self-signed" })).status, 403);
  assert.equal((await (await Visitor.as(world, "help-desk")).get(HERE)).status, 403);
});
