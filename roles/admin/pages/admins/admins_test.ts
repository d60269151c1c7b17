import assert from "node:assert/strict";
import { LOCALES } from "../../../../web/ui/mod.ts";
import { PASSWORD, withEverybody } from "../../testing/fake_services.ts";
import { PageReader } from "../../testing/page_reader.ts";
import { browserOf } from "./browser_name.ts";

const HERE = "/admin/admins";
const SCRIPT = '<script>alert("x")</script>';

Deno.test("admins are listed in every language, each role in words", async () => {
  const world = await withEverybody();
  const titles = { en: "Admins", de: "Administratoren", "qps-rtl": "⟦" };
  for (const locale of LOCALES) {
    const visitor = await PageReader.of(world, "owner", locale);
    const { status, html, text } = await visitor.get(HERE);
    assert.equal(status, 200);
    assert.ok(text.startsWith(titles[locale]), text.slice(0, 80));
    for (const name of ["owner", "operator", "help-desk", "auditor"]) assert.ok(html.includes(`${HERE}/${name}`), name);
    assert.equal((await visitor.get(`${HERE}/auditor`)).status, 200);
  }
  const { text } = await (await PageReader.of(world, "owner")).get(HERE);
  assert.match(text, /Looks at everything and changes nothing/);
});

Deno.test("who may not see admins is told so; who may only look gets no form", async () => {
  const world = await withEverybody();
  for (const role of ["operator", "help-desk"]) {
    const visitor = await PageReader.of(world, role);
    assert.equal((await visitor.get(HERE)).status, 403);
    assert.equal((await visitor.get(`${HERE}/owner`)).status, 403);
  }
  const auditor = await PageReader.of(world, "auditor");
  const { status, html } = await auditor.get(HERE);
  assert.equal(status, 200);
  assert.ok(!html.includes('name="role"'));
  const detail = await auditor.get(`${HERE}/operator`);
  assert.ok(!detail.html.includes('name="do" value="remove"'));
  assert.equal((await auditor.post(`${HERE}/operator`, { do: "remove" })).status, 403);
  assert.equal(world.services.access.listAdmins().length, 4);
});

Deno.test("an admin is added with a made password, which is shown once and works", async () => {
  const world = await withEverybody();
  const visitor = await PageReader.of(world, "owner");
  await visitor.get(HERE);
  const page = await visitor.post(HERE, { name: "grace", display_name: SCRIPT, role: "operator", password: "" });
  assert.equal(page.status, 200);
  const password = /id="first-password"[^>]*>([^<]+)</.exec(page.html)?.[1] ?? "";
  assert.match(password, /^[a-z2-9]{4}(?:-[a-z2-9]{4}){3}$/);
  assert.equal(page.headers.get("location"), null);
  await world.logIn("grace", password);
  const list = await visitor.get(HERE);
  assert.ok(!list.html.includes(password));
  // What was stored is text wherever it is shown.
  assert.ok(!list.html.includes(SCRIPT) && list.text.includes(SCRIPT));
  const detail = await visitor.get(`${HERE}/grace`);
  assert.ok(!detail.html.includes(SCRIPT) && detail.html.includes("&lt;script&gt;"));
});

Deno.test("a wrong value stands beside its field, with what was typed, but never the password", async () => {
  const world = await withEverybody();
  const visitor = await PageReader.of(world, "owner");
  await visitor.get(HERE);
  const bad = await visitor.post(HERE, {
    name: "Grace H",
    display_name: "Grace",
    role: "operator",
    password: "short-pw",
  });
  assert.equal(bad.status, 422);
  assert.match(bad.html, /id="f-name-error"/);
  assert.match(bad.html, /name="name"[^>]*value="Grace H"/);
  const short = await visitor.post(HERE, { name: "grace", display_name: "", role: "operator", password: "short-pw" });
  assert.match(short.html, /id="f-password-error"[\s\S]*at least 10 are needed/);
  assert.ok(!short.html.includes("short-pw"));
  const taken = await visitor.post(HERE, { name: "auditor", display_name: "", role: "operator", password: PASSWORD });
  assert.equal(taken.status, 409);
  assert.match(taken.html, /id="f-name-error"[\s\S]*exists already/);
});

Deno.test("a change over somebody else's is told, and done when it is sent again", async () => {
  const world = await withEverybody();
  const { access } = world.services;
  const visitor = await PageReader.of(world, "owner");
  const versionOf = (html: string) => /name="version" value="(\d+)"/.exec(html)![1];
  const version = versionOf((await visitor.get(`${HERE}/auditor`)).html);
  await access.changeAdmin("auditor", { display_name: "Somebody" }, null, "cli");
  const mine = { do: "details", display_name: "Mine", role: "help-desk" };
  const stale = await visitor.post(`${HERE}/auditor`, { ...mine, version });
  assert.equal(stale.status, 409);
  assert.match(stale.text, /Somebody else changed auditor.*: Somebody, Auditor/);
  assert.match(stale.html, /name="display_name"[^>]*value="Mine"/);
  assert.equal(access.listAdmins().find(({ name }) => name === "auditor")?.display_name, "Somebody");
  const done = await visitor.done(`${HERE}/auditor`, { ...mine, version: versionOf(stale.html) });
  assert.match(done.text, /auditor was changed/);
  assert.equal(access.listAdmins().find(({ name }) => name === "auditor")?.role, "help-desk");
});

Deno.test("the last owner stays: the page says so, and what is sent all the same is refused", async () => {
  const world = await withEverybody();
  const visitor = await PageReader.of(world, "owner");
  const page = await visitor.get(`${HERE}/owner`);
  assert.match(page.text, /The last owner This is the only owner/);
  assert.ok(!page.html.includes('name="do" value="remove"'));
  assert.match(page.html, /value="operator"\s+disabled/);
  const removed = await visitor.post(`${HERE}/owner`, { do: "remove" });
  assert.equal(removed.status, 409);
  assert.match(removed.text, /is the last owner/);
  const lowered = await visitor.post(`${HERE}/owner`, { do: "details", display_name: "", role: "auditor" });
  assert.equal(lowered.status, 409);
  assert.match(lowered.html, /id="f-role-error"[\s\S]*is the last owner/);
});

Deno.test("sessions end one by one and all at once; a removed admin is gone", async () => {
  const world = await withEverybody();
  const visitor = await PageReader.of(world, "owner");
  for (let i = 0; i < 3; i++) await world.logIn("operator");
  const page = await visitor.get(`${HERE}/operator`);
  const id = /name="id" value="([^"]+)"/.exec(page.html)![1];
  assert.match((await visitor.done(`${HERE}/operator`, { do: "session", id })).text, /1 session was ended/);
  assert.match((await visitor.done(`${HERE}/operator`, { do: "sessions" })).text, /2 sessions were ended/);
  assert.match((await visitor.get(`${HERE}/operator`)).text, /Nobody is logged in as operator/);
  assert.match((await visitor.done(`${HERE}/operator`, { do: "remove" })).text, /operator was removed/);
  assert.equal((await visitor.get(`${HERE}/operator`)).status, 404);
});

Deno.test("a browser is named by what its User-Agent says", () => {
  const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0";
  const edge =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0";
  const safari =
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";
  assert.equal(browserOf(firefox), "Firefox 146 · Linux");
  assert.equal(browserOf(edge), "Edge 142 · Windows");
  assert.equal(browserOf(safari), "Safari 18 · iOS");
  assert.equal(browserOf("curl/8.14.1"), "curl 8.14.1");
  assert.equal(browserOf(""), "–");
  assert.equal(browserOf("x".repeat(500)).length, 60);
});
