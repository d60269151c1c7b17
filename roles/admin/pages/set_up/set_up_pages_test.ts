import assert from "node:assert/strict";
import { csrfToken } from "../../../../web/ui/mod.ts";
import { FAKE_RECOVERY } from "../../testing/fake_backups.ts";
import { addAdmin, type FakeWorld, PASSWORD, SET_UP_CODE } from "../../testing/fake_services.ts";
import { pagesOver, type Visit, Visitor } from "../../testing/page_visitor.ts";
import { filled, formIn } from "../testing/page_form.ts";
import { emptySettingsWorld, valueOf } from "../testing/settings_world.ts";

const HERE = "/admin/set-up";
const step = (name: string) => `${HERE}?step=${name}`;
const owner = { name: "anna", display_name: "Anna <b>", password: PASSWORD, again: PASSWORD };

async function stranger(): Promise<{ world: FakeWorld; visitor: Visitor }> {
  const world = await emptySettingsWorld();
  return { world, visitor: new Visitor(pagesOver(world)) };
}

async function withOwner(): Promise<{ world: FakeWorld; visitor: Visitor }> {
  const { world, visitor } = await stranger();
  await visitor.get(`${HERE}/${SET_UP_CODE}`);
  await visitor.get(HERE);
  assert.equal((await visitor.post(HERE, owner)).status, 303);
  return { world, visitor };
}

Deno.test("without the link nobody sets the box up; with it the code is out of the address at once", async () => {
  const { visitor } = await stranger();
  assert.equal((await visitor.get(HERE)).status, 403);
  const link = await visitor.get(`${HERE}/${SET_UP_CODE}`);
  assert.deepEqual([link.status, link.location], [303, HERE]);
  const cookie = link.headers.getSetCookie().find((line) => line.startsWith("parley_set_up="))!;
  assert.match(cookie, /HttpOnly/);
  assert.match(cookie, /Path=\/admin\/set-up/);
  assert.match(cookie, /Max-Age=1800/);
  const start = await visitor.get(HERE);
  assert.match(start.text, /Set up a new box[\s\S]*Restore from a backup/);
  assert.doesNotMatch(start.text, new RegExp(SET_UP_CODE));
  for (const locale of ["de", "qps-rtl"]) {
    visitor.cookies.set("parley_locale", locale);
    assert.equal((await visitor.get(HERE)).status, 200);
    assert.equal((await visitor.get(step("owner"))).status, 200);
  }
});

Deno.test("passwords that differ, a bad name, a wrong code: said, with what was typed kept but for the passwords", async () => {
  const { world, visitor } = await stranger();
  await visitor.get(`${HERE}/${SET_UP_CODE}`);
  await visitor.get(HERE);
  const differ = await visitor.post(HERE, { ...owner, again: "another one entirely" });
  assert.match(differ.text, /id="f-again-error"/);
  assert.match(differ.text, /value="Anna &lt;b&gt;"/);
  assert.doesNotMatch(differ.text, new RegExp(PASSWORD));
  const name = await visitor.post(HERE, { ...owner, name: "Bad Name" });
  assert.match(name.text, /id="f-name-error"/);
  visitor.cookies.set("parley_set_up", "guess");
  assert.match((await visitor.post(HERE, owner)).text, /link is not good any more/);
  assert.ok(world.services.access.empty);
});

Deno.test("a box begins with a backup: a wrong key is told and nothing is touched, the right one restarts it", async () => {
  const { world, visitor } = await stranger();
  await visitor.get(`${HERE}/${SET_UP_CODE}`);
  await visitor.get(`${HERE}/restore`);
  const send = async (recovery_key: string): Promise<Visit> => {
    const form = new FormData();
    form.set("recovery_key", recovery_key);
    form.set("file", new File([new Uint8Array(5000)], "box.parley"));
    return await visitor.post(`${HERE}/restore?_csrf=${csrfToken(visitor.cookies.get("__Host-parley_form")!)}`, form);
  };
  const wrong = await send("WRONG");
  assert.equal(wrong.status, 422);
  assert.match(wrong.text, /id="f-recovery_key-error"/);
  assert.equal(world.backups.restored, -1);
  const done = await send(FAKE_RECOVERY);
  assert.equal(done.status, 200, done.text);
  assert.match(done.text, /restarts on the backup/);
  assert.match(done.headers.get("refresh")!, /\/admin\/log-in$/);
  visitor.cookies.set("parley_set_up", "guess");
  assert.match((await send(FAKE_RECOVERY)).text, /link is not good any more/);
});

Deno.test("the whole way: owner, network, certificate, users, recovery, summary", async () => {
  const { world, visitor } = await withOwner();
  assert.ok(visitor.cookies.has("__Host-parley"));
  assert.ok(!visitor.cookies.has("parley_set_up"));

  const network = await visitor.get(HERE);
  const typed = filled(formIn(network.text, "Domain and network"), {
    "domain": "example.test",
    "advertise.host": "im.example.test",
    "_opening listen.sip": "network",
    "_opening listen.msrp": "network",
    "_opening listen.web": "network",
    "do": "network",
  });
  const applied = await visitor.post(step("network"), typed);
  assert.match(applied.text, /href="https:\/\/im\.example\.test:8443\/admin\/set-up\?step=network"/);
  assert.doesNotMatch(applied.text, /reached the box through its new doors/);
  const arrived = await visitor.get(step("network"));
  assert.match(arrived.text, /reached the box through its new doors/);
  const confirmed = await visitor.post("/admin/candidate", { do: "confirm", back: step("certificate") });
  assert.equal(confirmed.location, step("certificate"));
  assert.equal(valueOf(world, "domain"), "example.test");
  assert.deepEqual(valueOf(world, "listen.msrp"), ["tcp://[::]:2855", "tls://[::]:2856"]);

  const ca = formIn((await visitor.get(HERE)).text, "An authority of this box");
  assert.equal(ca.get("issue_names"), "im.example.test\nexample.test");
  assert.equal((await visitor.post(step("certificate"), filled(ca, { do: "ca" }))).status, 303);
  assert.equal(world.certificates.list().find(({ in_use }) => in_use)!.source, "internal CA");
  assert.equal((await visitor.post(step("certificate"), { do: "certificate" })).location, step("users"));

  const users = formIn((await visitor.get(HERE)).text, "Users");
  const made = await visitor.post(
    step("users"),
    filled(users, {
      "signup.open": "on",
      "signup.confirm": "explicit",
      "profile.deferral": "always",
      "names": "Ada <Lovelace>\nGrace Hopper\n",
      "do": "users",
    }),
  );
  assert.equal(made.status, 200);
  assert.match(made.text, /Ada &lt;Lovelace&gt;[\s\S]*sip:ada[\s\S]*https:\/\/im\.example\.test\/join\//);
  assert.equal(world.subscribers.size, 2);
  assert.deepEqual(["signup.open", "signup.confirm", "profile.deferral"].map((key) => valueOf(world, key)), [
    true,
    "explicit",
    "always",
  ]);

  assert.match((await visitor.get(HERE)).text, /Recovery sheet and backup/);
  const sheet = await visitor.post(step("recovery"), { do: "new" });
  const check = formIn(sheet.text, "Confirm that you have it");
  const groups = FAKE_RECOVERY.split("-");
  for (const n of String(check.get("asked")).split(",")) check.set(`group_${n}`, groups[Number(n) - 1]);
  assert.equal((await visitor.post(step("recovery"), filled(check, { do: "confirm" }))).location, step("recovery"));
  const schedule = formIn((await visitor.get(step("recovery"))).text, "Backups by themselves");
  const saved = await visitor.post(step("recovery"), filled(schedule, { at: "04:45", do: "schedule" }));
  assert.equal(saved.location, step("summary"));
  assert.equal(world.backups.schedule().at, "04:45");

  const summary = await visitor.get(HERE);
  assert.match(summary.text, /The box is ready/);
  assert.match(summary.text, /_sips\._tcp\.example\.test\. 3600 IN SRV 0 0 5061 im\.example\.test\./);
  assert.match(summary.text, /every day at 04:45 UTC/);
});

Deno.test("the tests of the network step show results and keep what was typed; a wrong value is refused at its field", async () => {
  const { world, visitor } = await withOwner();
  const form = formIn((await visitor.get(step("network"))).text, "Domain and network");
  const typed = { "_opening listen.sip": "own", "listen.sip": "tls://0.0.0.0:1", "domain": "box.local" };
  const tested = await visitor.post(step("network"), filled(form, { ...typed, do: "test-doors" }));
  assert.match(tested.text, /tls:\/\/0\.0\.0\.0:1<[\s\S]{0,400}it is in use/);
  assert.match(tested.text, /many clients will not ask a name server/);
  assert.equal(formIn(tested.text, "Domain and network").get("listen.sip"), "tls://0.0.0.0:1");
  assert.equal(world.settings.version, 1);
});

Deno.test("a change of names alone restarts the box, and the wizard goes on by itself", async () => {
  const { world, visitor } = await withOwner();
  const form = formIn((await visitor.get(step("network"))).text, "Domain and network");
  const page = await visitor.post(step("network"), filled(form, { domain: "example.test", do: "network" }));
  assert.match(page.text, /restarts with the new names/);
  assert.equal(page.headers.get("refresh"), `3; url=${step("certificate")}`);
  assert.equal(world.restarts.length, 1);
});

Deno.test("one can leave and come again, go back, and look at any step; too many names are refused", async () => {
  const { visitor } = await withOwner();
  assert.equal((await visitor.post(step("network"), { do: "network" })).location, step("certificate"));
  assert.match((await visitor.get(HERE)).text, /<h1>Certificate/);
  assert.match((await visitor.get(step("network"))).text, /<h1>Domain and network/);
  assert.match((await visitor.get(step("summary"))).text, /missing: backups are not sealed/);
  assert.match((await visitor.get(step("owner"))).text, /<h1>Certificate/);
  const names = Array.from({ length: 51 }, (_, i) => `User ${i}`).join("\n");
  assert.match((await visitor.post(step("users"), { names, do: "users" })).text, /id="f-names-error"/);
  visitor.cookies.delete("__Host-parley");
  assert.match((await visitor.get(HERE)).location, /^\/admin\/log-in\?to=/);
});

Deno.test("each step is there in each language; only an owner comes to them", async () => {
  const { world, visitor } = await withOwner();
  for (const locale of ["en", "de", "qps-rtl"]) {
    visitor.cookies.set("parley_locale", locale);
    for (const name of ["network", "certificate", "users", "recovery", "summary"]) {
      const page = await visitor.get(step(name));
      assert.equal(page.status, 200, name);
      assert.match(page.text, /aria-current="step"/);
    }
  }
  await addAdmin(world, "operator");
  assert.equal((await (await Visitor.as(world, "operator")).get(HERE)).status, 403);
  assert.equal((await visitor.get(`${HERE}/restore`)).location, HERE);
});
