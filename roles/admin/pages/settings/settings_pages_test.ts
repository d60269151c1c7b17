import assert from "node:assert/strict";
import { Visitor } from "../../testing/page_visitor.ts";
import { filled, formIn } from "../testing/page_form.ts";
import { settingsWorld, valueOf } from "../testing/settings_world.ts";

const PAGER = "/admin/settings?area=pager";
const AREAS = ["", "listen", "pager", "peer", "tls", "storage", "console"];

/** Through the review to the end. */
async function applied(visitor: Visitor, path: string, form: FormData) {
  const review = await visitor.post(path, form);
  assert.equal(review.status, 200, review.text);
  return await visitor.post(path, filled(formIn(review.text, "Review changes"), { do: "apply" }));
}

Deno.test("every area is shown in every language, and posted as it stands it changes nothing", async () => {
  const world = await settingsWorld({
    "peer": { value: [{ domain: "other.test", next_hop: "sip:192.0.2.7:5060;transport=tcp" }] },
    "pager.max_body_of": { value: { "text/html": 800, "image/*": 1200 } },
  });
  const visitor = await Visitor.as(world, "owner");
  for (const area of AREAS) {
    const page = await visitor.get(`/admin/settings?area=${area}`);
    assert.equal(page.status, 200, area);
    if (area === "storage") continue;
    const title = /<form [^>]*class="form wide"[^>]*aria-label="([^"]+)"/.exec(page.text)![1];
    const same = await visitor.post(`/admin/settings?area=${area}`, formIn(page.text, title));
    assert.match(same.text, /Nothing differs from what is in force/, area);
  }
  for (
    const [locale, words] of [["de", /Alle Einstellungen[\s\S]*Größte Nachricht/], [
      "qps-rtl",
      /dir="rtl"[\s\S]*⟦/,
    ]] as const
  ) {
    visitor.cookies.set("parley_locale", locale);
    assert.match((await visitor.get(PAGER)).text, words);
  }
  assert.equal(world.settings.version, 1);
});

Deno.test("a change is shown before it is made, then made, and stands in the history", async () => {
  const world = await settingsWorld();
  const visitor = await Visitor.as(world, "operator");
  const form = filled(formIn((await visitor.get(PAGER)).text, "Messages"), {
    "pager.max_body": "2000",
    "pager.types": "text/plain\r\n image/* \r\n",
    "pager.require_login": null,
  });
  const review = await visitor.post(PAGER, form);
  assert.match(review.text, /<del>1,300 bytes<\/del>/);
  assert.match(review.text, /<ins>2,000 bytes<\/ins>/);
  assert.match(review.text, /<del>on<\/del>[\s\S]*<ins>off<\/ins>/);
  assert.equal(valueOf(world, "pager.max_body"), 1300);
  const done = await visitor.post(PAGER, filled(formIn(review.text, "Review changes"), { do: "apply" }));
  assert.equal(done.status, 303);
  assert.equal(done.location, PAGER);
  assert.match((await visitor.follow(done)).text, /The new values are in force/);
  assert.deepEqual(valueOf(world, "pager.types"), ["text/plain", "image/*"]);
  assert.equal(valueOf(world, "pager.require_login"), false);
  assert.match(
    (await visitor.get("/admin/settings/history")).text,
    /Version 2[\s\S]*admin:operator[\s\S]*Largest message/,
  );
});

Deno.test("what was reviewed can be changed once more before it is applied", async () => {
  const visitor = await Visitor.as(await settingsWorld(), "owner");
  const form = filled(formIn((await visitor.get(PAGER)).text, "Messages"), { "pager.max_body": "2222" });
  const review = await visitor.post(PAGER, form);
  const again = await visitor.post(PAGER, filled(formIn(review.text, "Review changes"), { do: "edit" }));
  assert.match(again.text, /name="pager\.max_body"[^>]*value="2222"/);
});

Deno.test("what is wrong is said beside its field, what was typed stays, and nothing changes", async () => {
  const world = await settingsWorld();
  const visitor = await Visitor.as(world, "owner");
  const typed = { "pager.max_body": "12 <b>kB</b>", "pager.answer_within": "0", "pager.max_body_of": "a = = 1" };
  const page = await visitor.post(PAGER, filled(formIn((await visitor.get(PAGER)).text, "Messages"), typed));
  assert.equal(page.status, 422);
  assert.match(page.text, /id="f-pager\.max_body"[^>]*aria-invalid="true"[^>]*value="12 &lt;b&gt;kB&lt;\/b&gt;"/);
  assert.match(page.text, /id="f-pager\.max_body_of-error"[\s\S]{0,400}line 1/);
  // This one only REST knows to be wrong; it is asked when the rest can be read.
  const rest = await visitor.post(
    PAGER,
    filled(formIn((await visitor.get(PAGER)).text, "Messages"), { "pager.answer_within": "0" }),
  );
  assert.equal(rest.status, 422);
  assert.match(rest.text, /id="f-pager\.answer_within-error"/);
  assert.equal(world.settings.version, 1);
});

Deno.test("settings that somebody else changed meanwhile are not overwritten", async () => {
  const world = await settingsWorld();
  const visitor = await Visitor.as(world, "owner");
  const form = filled(formIn((await visitor.get(PAGER)).text, "Messages"), { "pager.max_body": "2000" });
  await world.settings.change([{ key: "pager.max_body", value: 999 }], { by: "cli", version: null, dry_run: false });
  const stale = await visitor.post(PAGER, form);
  assert.equal(stale.status, 409);
  assert.match(stale.text, /Somebody else changed the settings meanwhile/);
  assert.match(stale.text, /name="pager\.max_body"[^>]*value="2000"/);
  assert.equal(valueOf(world, "pager.max_body"), 999);
});

Deno.test("what could lock out is announced, told with its new address, and confirmed in the frame", async () => {
  const world = await settingsWorld();
  const visitor = await Visitor.as(world, "owner");
  const path = "/admin/settings?area=listen";
  const form = filled(formIn((await visitor.get(path)).text, "Doors"), { "listen.web": "https://192.0.2.1:9443" });
  const review = await visitor.post(path, form);
  assert.match(review.text, /This could lock you out[\s\S]*1 minute/);
  const done = await visitor.post(path, filled(formIn(review.text, "Review changes"), { do: "apply" }));
  assert.equal(done.status, 200);
  assert.match(done.text, /href="https:\/\/192\.0\.2\.1:9443\/admin\/settings"/);
  assert.notEqual(world.settings.candidate, null);
  const other = await visitor.get(PAGER);
  assert.match(other.text, /A change waits to be confirmed/);
  await visitor.post("/admin/candidate", { do: "confirm", back: PAGER });
  assert.equal(world.settings.candidate, null);
});

Deno.test("what a file sets is shown locked with its origin, and cannot be posted", async () => {
  const locked = { origin: "file", set_by: "/etc/parley.toml", locked: "set by /etc/parley.toml", value: 700 } as const;
  const world = await settingsWorld({ "pager.max_body": locked });
  const visitor = await Visitor.as(world, "owner");
  const page = await visitor.get(PAGER);
  assert.match(page.text, /Set by a file[\s\S]*700 bytes[\s\S]*\/etc\/parley\.toml/);
  assert.doesNotMatch(page.text, /name="pager\.max_body"/);
  const form = formIn(page.text, "Messages");
  form.append("_shown", "pager.max_body");
  form.set("pager.max_body", "1");
  assert.match((await visitor.post(PAGER, form)).text, /Nothing differs/);
});

Deno.test("a value that was set here goes back to its default", async () => {
  const world = await settingsWorld({
    "pager.max_body": { origin: "console", value: 2000, changed_at: 1, changed_by: "x" },
  });
  const visitor = await Visitor.as(world, "owner");
  const form = formIn((await visitor.get(PAGER)).text, "Messages");
  form.append("_reset", "pager.max_body");
  assert.equal((await applied(visitor, PAGER, form)).status, 303);
  assert.equal(valueOf(world, "pager.max_body"), 1300);
});

Deno.test("the search finds settings by key, word and name, marks hits, links to each, and runs nothing", async () => {
  const visitor = await Visitor.as(await settingsWorld(), "auditor");
  const order = (text: string) => [...text.matchAll(/class="setting" id="([^"]+)"/g)].map(([, key]) => key);
  const body = await visitor.get("/admin/settings?q=pager.max");
  assert.deepEqual(order(body.text), ["pager.max_body", "pager.max_body_of"]);
  assert.match(body.text, /<mark>pager\.max<\/mark>_body/);
  assert.match(body.text, /href="\/admin\/settings\?area=pager#pager\.max_body"/);
  assert.ok(order((await visitor.get("/admin/settings?q=2fa")).text).includes("console.require_totp"));
  const odd = await visitor.get(`/admin/settings?q=${encodeURIComponent('"><script>alert(1)</script>')}`);
  assert.match(odd.text, /No setting has all these words/);
  assert.doesNotMatch(odd.text, /<script>alert/);
});

Deno.test("script that was stored in a setting is only text, on the page and in the history", async () => {
  const evil = '"><script>alert(1)</script>';
  const world = await settingsWorld({ "peer": { value: [{ domain: evil, next_hop: evil }] } });
  await world.settings.change([{ key: "advertise.host", value: evil }], { by: evil, version: null, dry_run: false });
  const visitor = await Visitor.as(world, "owner");
  for (
    const path of [
      "/admin/settings?area=advertise",
      "/admin/settings?area=peer",
      "/admin/settings/history",
      "/admin/network",
    ]
  ) {
    const page = await visitor.get(path);
    assert.equal(page.status, 200);
    assert.doesNotMatch(page.text, /<script>alert/, path);
    assert.match(page.text, /&lt;script&gt;alert/, path);
  }
});

Deno.test("an auditor looks, a help-desk does not, and neither changes", async () => {
  const world = await settingsWorld();
  const auditor = await Visitor.as(world, "auditor");
  const page = await auditor.get(PAGER);
  assert.match(page.text, /may look at the settings, not change them/);
  assert.doesNotMatch(page.text, /name="pager\.max_body"/);
  assert.equal(
    (await auditor.post(PAGER, { do: "apply", _changes: '[{"key":"pager.max_body","value":9}]' })).status,
    403,
  );
  assert.equal((await auditor.post("/admin/settings/history", { version: "0" })).status, 403);
  const help = await Visitor.as(world, "help-desk");
  for (const path of [PAGER, "/admin/settings/history", "/admin/network", "/admin/policy"]) {
    assert.equal((await help.get(path)).status, 403, path);
  }
  const nobody = await Visitor.as(world, "");
  assert.match((await nobody.get(PAGER)).location, /^\/admin\/log-in\?to=/);
  assert.equal(world.settings.version, 1);
});

Deno.test("the history leads back to a version", async () => {
  const world = await settingsWorld();
  const change = (value: number) =>
    world.settings.change([{ key: "pager.max_body", value }], { by: "admin:owner", version: null, dry_run: false });
  await change(2000);
  await change(3000);
  const visitor = await Visitor.as(world, "operator");
  const back = await visitor.post("/admin/settings/history", { version: "2" });
  assert.equal(back.status, 303);
  assert.equal(valueOf(world, "pager.max_body"), 2000);
  assert.equal((await visitor.post("/admin/settings/history", { version: "nonsense" })).status, 400);
  assert.equal((await visitor.post("/admin/settings/history", { version: "99" })).status, 404);
});
