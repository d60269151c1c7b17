import assert from "node:assert/strict";
import { PageWorld } from "./testing/page_world.ts";

const FORM = {
  display_name: "Carol",
  name: "carol",
  password: "correct horse",
  again: "correct horse",
  website: "",
};
const CAROL = "sip:carol@example.test";

Deno.test("where signing up is closed there is no form, and none is taken", async () => {
  const world = await PageWorld.open();
  world.settings = { open: false, confirm: "implicit", approval: false };
  const browser = world.browser();
  const page = await browser.get("/join");
  assert.equal(page.status, 404);
  assert.ok(!page.html.includes('name="password"'));
  assert.equal((await browser.post("/join", "/join", FORM)).status, 404);
  assert.equal(world.subscribers.size, 1);
});

Deno.test("an open sign-up leads to the page that configures the first client", async () => {
  const world = await PageWorld.open();
  const browser = world.browser();
  const answer = await browser.post("/join", "/join", FORM);
  assert.equal(answer.status, 303);
  const path = answer.headers.get("location")!;
  assert.match(path, /^\/join\/[\w-]{43}$/);
  const page = await browser.get(path);
  assert.match(page.html, /Welcome, Carol/);
  assert.match(page.html, /when your first device signs in/);
  assert.equal((await browser.get(`${path}/linphone.xml`)).status, 200);
  assert.equal(world.subscribers.get(CAROL)!.state, "unsubscribed");
});

Deno.test("with approval the page says that it waits", async () => {
  const world = await PageWorld.open();
  world.settings = { open: true, confirm: "implicit", approval: true };
  const answer = await world.browser().post("/join", "/join", { ...FORM, e164: "+15550100" });
  assert.equal(answer.status, 200);
  assert.match(answer.html, /sip:carol@example\.test/);
  assert.equal(world.subscribers.get(CAROL), undefined);
  assert.equal(world.provisioning.service.listSignUps()[0].source, "192.0.2.9");
});

Deno.test("faults stand beside their fields, with what was typed, without passwords", async () => {
  const world = await PageWorld.open();
  const typed = { ...FORM, name: "alice", display_name: '<b title="x">', again: "other" };
  const { status, html } = await world.browser().post("/join", "/join", typed);
  assert.equal(status, 422);
  assert.match(html, /This address cannot be had/);
  assert.match(html, /value="alice"/);
  assert.ok(html.includes("&lt;b title=&quot;x&quot;&gt;") && !html.includes("<b title"));
  assert.ok(!html.includes("correct horse"));
});

Deno.test("a program that fills in the hidden field believes it was a success", async () => {
  const world = await PageWorld.open();
  const answer = await world.browser().post("/join", "/join", { ...FORM, website: "https://spam.test" });
  assert.equal(answer.status, 200);
  assert.match(answer.html, /on its way/);
  assert.equal(world.subscribers.size, 1);
  assert.deepEqual(world.audited(), []);
});

Deno.test("five accounts from one source, then one in ten minutes; faults do not count", async () => {
  const world = await PageWorld.open();
  const browser = world.browser();
  const make = (name: string, more = {}) => browser.post("/join", "/join", { ...FORM, name, ...more });
  for (let i = 0; i < 5; i++) {
    assert.equal((await make(`user${i}`)).status, 303);
    assert.equal((await make("alice")).status, 422);
  }
  const held = await make("user5");
  assert.equal(held.status, 429);
  assert.match(held.html, /ten minutes/);
  assert.equal(world.subscribers.get("sip:user5@example.test"), undefined);
  assert.equal(
    (await world.browser({ host: "192.0.2.10" }).post("/join", "/join", { ...FORM, name: "user5" })).status,
    303,
  );
  world.time.advance(600_000);
  assert.equal((await make("user6")).status, 303);
});

Deno.test("forms by the hundred are held up, and a form beyond its size is not read", async () => {
  const world = await PageWorld.open();
  const browser = world.browser();
  const statuses: number[] = [];
  for (let i = 0; i < 32; i++) statuses.push((await browser.post("/join", "/join", { ...FORM, name: "?" })).status);
  assert.deepEqual(statuses.slice(28), [422, 422, 429, 429]);
  const large = await world.browser({ host: "192.0.2.10" }).post("/join", "/join", {
    ...FORM,
    name: "x".repeat(20_000),
  });
  assert.equal(large.status, 413);
});
