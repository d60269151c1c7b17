import assert from "node:assert/strict";
import { credentialsFor } from "../sip_core/mod.ts";
import { subscriber } from "../sip_core/testing/fake_storage.ts";
import { newLinkToken } from "./link_token.ts";
import { PageWorld } from "./testing/page_world.ts";
import { ALICE, BASE } from "./testing/provisioning_world.ts";

const SCRIPT = `"><script>alert(1)</script>`;

Deno.test("the page of an invitation: who one is, and every way to a client", async () => {
  const world = await PageWorld.open();
  const path = await world.path();
  const { status, html, headers } = await world.browser().get(path);
  assert.equal(status, 200);
  assert.match(html, /Welcome, Alice/);
  assert.match(html, /sip:alice@example\.test/);
  assert.ok(html.includes(`href="linphone-config:${BASE}${path}/linphone.xml"`));
  assert.match(html, /<svg[^>]*class="qr"/);
  assert.ok(html.includes("im.example.test:5060"));
  assert.ok(html.includes("auth_pass=YOUR-PASSWORD"));
  assert.ok(html.includes('href="/account"'));
  assert.equal(headers.get("cache-control"), "no-store");
  assert.match(headers.get("content-security-policy")!, /default-src 'none'/);
});

Deno.test("GET changes nothing, HEAD uses nothing up: link previews are harmless", async () => {
  const world = await PageWorld.open([subscriber(ALICE, "x", { state: "unsubscribed" })]);
  world.settings = { open: true, confirm: "explicit", approval: false };
  const path = await world.path({ max_uses: 1 });
  const [writes, audited] = [world.inviteRecords.writes, world.audited().length];
  const browser = world.browser();
  for (const tail of ["", "/baresip", "/password", "/confirm"]) await browser.get(`${path}${tail}`);
  assert.equal((await browser.head(`${path}/linphone.xml`)).status, 200);
  assert.equal((await browser.get("/join")).status, 200);
  assert.equal(world.inviteRecords.writes, writes);
  assert.equal(world.audited().length, audited);
  assert.equal(world.subscribers.get(ALICE)!.state, "unsubscribed");
});

Deno.test("the configuration counts as a use, is XML nobody keeps, and ends with the last use", async () => {
  const world = await PageWorld.open();
  const path = await world.path({ max_uses: 1 });
  const browser = world.browser();
  const first = await browser.get(`${path}/linphone.xml`);
  assert.equal(first.status, 200);
  assert.match(first.headers.get("content-type")!, /^application\/xml/);
  assert.equal(first.headers.get("cache-control"), "no-store");
  assert.deepEqual(first.headers.getSetCookie(), [], "a program gets no cookies");
  assert.match(first.html, new RegExp(subscriber(ALICE, "wonderland").credentials.sha256));
  const second = await browser.get(`${path}/linphone.xml`);
  assert.equal(second.status, 410);
  assert.equal(second.headers.get("content-type"), "application/problem+json");
  const page = await browser.get(path);
  assert.equal(page.status, 200);
  assert.ok(!page.html.includes("linphone-config:"));
  assert.ok(!page.html.includes(`action="${path}/password"`), "a link that is used up changes no password");
});

Deno.test("what a link that does not work says, as a page and to a program", async (t) => {
  const cases: [name: string, status: number, says: RegExp, prepare: (world: PageWorld) => Promise<string>][] = [
    ["unknown", 404, /leads nowhere/, () => Promise.resolve(`/join/${newLinkToken()}`)],
    ["malformed", 404, /leads nowhere/, () => Promise.resolve("/join/..%2F..%2Fetc")],
    ["expired", 410, /expired/, async (world) => {
      const path = await world.path({ days: 1 });
      world.time.jump(86_400_000);
      return path;
    }],
    ["withdrawn", 410, /withdrawn/, async (world) => {
      const path = await world.path();
      const { service } = world.provisioning;
      await service.withdrawInvite(service.listInvites(ALICE)[0].id, "admin:root");
      return path;
    }],
    ["of a user who is gone", 404, /leads nowhere/, async (world) => {
      const path = await world.path();
      await world.subscribers.remove(ALICE);
      return path;
    }],
  ];
  for (const [name, status, says, prepare] of cases) {
    await t.step(name, async () => {
      const world = await PageWorld.open();
      const path = await prepare(world);
      const page = await world.browser().get(path);
      assert.equal(page.status, status);
      assert.match(page.html, says);
      assert.match(page.html, /<html/);
      const program = await world.browser().get(`${path}/linphone.xml`);
      assert.equal(program.status, status);
      assert.match(program.html, says);
      assert.ok(!program.html.includes("<html"));
    });
  }
});

Deno.test("a source that tries many links is held up; others, and good links, are not", async () => {
  const world = await PageWorld.open();
  const path = await world.path();
  const guesser = world.browser({ host: "2001:db8::1" });
  for (let i = 0; i < 30; i++) assert.equal((await guesser.get(`/join/${newLinkToken()}`)).status, 404);
  const neighbour = world.browser({ host: "2001:db8::2" });
  const held = await neighbour.get(`/join/${newLinkToken()}`);
  assert.equal(held.status, 429, "a /64 is one source");
  assert.equal(held.headers.get("retry-after"), "60");
  assert.equal((await guesser.get(path)).status, 200);
  assert.equal((await world.browser({ host: "192.0.2.77" }).get(`/join/${newLinkToken()}`)).status, 404);
  world.time.advance(6_000);
  assert.equal((await guesser.get(`/join/${newLinkToken()}`)).status, 404);
});

Deno.test("choosing a password: shown in baresip's line in that very answer, and nowhere after it", async () => {
  const world = await PageWorld.open();
  const path = await world.path({ max_uses: 2 });
  const browser = world.browser();
  const fields = { password: "correct-horse", again: "correct-horse" };
  const answer = await browser.post(path, `${path}/password`, fields);
  assert.equal(answer.status, 200);
  assert.ok(answer.html.includes("auth_pass=correct-horse"));
  const { credentials } = world.subscribers.get(ALICE)!;
  assert.equal(credentials.sha256, credentialsFor("alice", "example.test", "correct-horse").sha256);
  assert.deepEqual([world.revoked, world.sessionsEnded], [[ALICE], [ALICE]]);
  assert.ok(!(await browser.get(path)).html.includes("correct-horse"));
  assert.ok(!JSON.stringify(world.auditLog.entries).includes("correct-horse"));
  assert.equal(world.provisioning.service.listInvites(ALICE)[0].uses, 1);
});

Deno.test("a password that is none changes nothing, is said beside its field, and is not written back", async () => {
  const world = await PageWorld.open();
  const path = await world.path();
  const before = world.subscribers.get(ALICE);
  const answer = await world.browser().post(path, `${path}/password`, { password: "short", again: "short" });
  assert.equal(answer.status, 422);
  assert.match(answer.html, /aria-invalid="true"/);
  assert.match(answer.html, /At least 8 characters/);
  assert.ok(!answer.html.includes('value="short"'));
  assert.equal(world.subscribers.get(ALICE), before);
  const spaced = { password: "with ; and spaces", again: "with ; and spaces" };
  const odd = await world.browser().post(path, `${path}/password`, spaced);
  assert.match(odd.html, /baresip’s file cannot hold/);
});

Deno.test("a link for a device gives nobody the account: no password can be set with it", async () => {
  const world = await PageWorld.open();
  const owner = world.browser();
  await owner.post("/account", "/account/sign-in", { uri: ALICE, password: "wonderland" });
  const made = await owner.post("/account", "/account/device-link");
  const path = new RegExp(`${BASE}(/join/[\\w-]{43})"`).exec(made.html)![1];
  const browser = world.browser();
  assert.ok(!(await browser.get(path)).html.includes("/password"));
  const answer = await browser.post(path, `${path}/password`, { password: "correct-horse", again: "correct-horse" });
  assert.equal(answer.status, 403);
  assert.deepEqual(world.changes, []);
  assert.equal((await browser.get(`${path}/linphone.xml`)).status, 200);
  assert.equal((await browser.get(`${path}/linphone.xml`)).status, 410);
  world.time.jump(3_600_000);
  assert.match((await browser.get(path)).html, /Sign in to your account and make a new one/);
});

Deno.test("confirming is a form, and the page then says nothing more of it", async () => {
  const world = await PageWorld.open([subscriber(ALICE, "x", { state: "unsubscribed" })]);
  world.settings = { open: false, confirm: "explicit", approval: false };
  const path = await world.path();
  const browser = world.browser();
  assert.match((await browser.get(path)).html, /Confirm the service/);
  const answer = await browser.post(path, `${path}/confirm`);
  assert.deepEqual([answer.status, answer.headers.get("location")], [303, path]);
  assert.equal(world.subscribers.get(ALICE)!.state, "active");
  assert.doesNotMatch((await browser.get(path)).html, /Confirm the service/);
});

Deno.test("a form of another site, without its token, or with another browser's, does nothing", async () => {
  const world = await PageWorld.open([subscriber(ALICE, "x", { state: "unsubscribed" })]);
  const path = await world.path();
  const browser = world.browser();
  const { html } = await browser.get(path);
  const _csrf = /name="_csrf" value="([^"]+)"/.exec(html)![1];
  const attempts = [
    await browser.send(`${path}/confirm`, { _csrf }, { "sec-fetch-site": "cross-site" }),
    await browser.send(`${path}/confirm`, { _csrf }, { origin: "https://evil.test" }),
    await browser.send(`${path}/confirm`, {}),
    await world.browser().send(`${path}/confirm`, { _csrf }),
  ];
  assert.deepEqual(attempts.map(({ status }) => status), [403, 403, 403, 403]);
  assert.ok(attempts.every(({ html }) => html.includes("<html")));
  assert.equal(world.subscribers.get(ALICE)!.state, "unsubscribed");
  assert.equal((await browser.send(`${path}/confirm`, { _csrf })).status, 303);
});

Deno.test("no name of a user becomes markup; a suspended one is told so", async () => {
  const world = await PageWorld.open([subscriber(ALICE, "x", { displayName: SCRIPT, state: "suspended" })]);
  const { html } = await world.browser().get(await world.path());
  assert.ok(!html.includes("<script>alert"));
  assert.match(html, /&lt;script&gt;alert/);
  assert.match(html, /suspended/);
});

Deno.test("without an open SIP door the page says so, and programs get 503", async () => {
  const world = await PageWorld.open();
  world.doors = [];
  const path = await world.path();
  assert.match((await world.browser().get(path)).html, /no door open/);
  assert.equal((await world.browser().get(`${path}/linphone.xml`)).status, 503);
  assert.equal((await world.browser().get(`${path}/baresip`)).status, 503);
  assert.equal(world.provisioning.service.listInvites(ALICE)[0].uses, 0);
});

Deno.test("German where the browser wants it, the pseudo-locale mirrored; the choice is kept", async () => {
  const world = await PageWorld.open();
  const path = await world.path();
  const browser = world.browser();
  assert.match((await browser.get(path, { "accept-language": "de-AT,en;q=0.5" })).html, /Willkommen, Alice/);
  await browser.post(path, "/join/preferences", { locale: "qps-rtl", back: path });
  assert.match((await browser.get(path)).html, /dir="rtl"/);
  // The menu on the answer to a form leads back to the form's own address.
  const back = await browser.get(`${path}/password`);
  assert.deepEqual([back.status, back.headers.get("location")], [303, path]);
});
