import assert from "node:assert/strict";
import { subscriber } from "../sip_core/testing/fake_storage.ts";
import { device } from "./testing/fake_rest.ts";
import { PageWorld } from "./testing/page_world.ts";
import { ALICE } from "./testing/provisioning_world.ts";

async function signedIn(world: PageWorld, options: { secure?: boolean } = {}) {
  const browser = world.browser(options);
  const answer = await browser.post("/account", "/account/sign-in", { uri: "alice", password: "wonderland" });
  assert.equal(answer.status, 303);
  return { browser, answer };
}

Deno.test("signing in: by address or user part, with a cookie that no script and no other site has", async () => {
  const world = await PageWorld.open();
  const { browser, answer } = await signedIn(world, { secure: true });
  const line = answer.headers.getSetCookie().find((one) => one.startsWith("__Host-parley-user="))!;
  for (const part of ["HttpOnly", "Secure", "SameSite=Strict", "Path=/"]) assert.ok(line.includes(part), part);
  assert.ok(!/Domain=|Max-Age|Expires/i.test(line));
  const { html, status } = await browser.get("/account");
  assert.equal(status, 200);
  assert.match(html, /sip:alice@example\.test/);
  const plain = await signedIn(world);
  assert.ok(plain.browser.cookies.has("parley-user"));
});

Deno.test("a wrong password, an unknown user, and too many tries: 401, 401, 429, without a cookie", async () => {
  const world = await PageWorld.open();
  const browser = world.browser();
  const tryWith = (uri: string, password: string) => browser.post("/account", "/account/sign-in", { uri, password });
  const wrong = await tryWith("alice", "guess");
  const nobody = await tryWith("sip:nobody@example.test", "guess");
  assert.deepEqual([wrong.status, nobody.status, (await tryWith("", "")).status], [401, 401, 401]);
  const wordsOf = (html: string) => /role="alert">[\s\S]*?<\/div>/.exec(html)![0];
  assert.equal(wordsOf(wrong.html), wordsOf(nobody.html));
  assert.ok(!wrong.html.includes("guess"));
  world.rest.throttled_s = 17;
  const held = await tryWith("alice", "wonderland");
  assert.deepEqual([held.status, held.headers.get("retry-after")], [429, "17"]);
  assert.match(held.html, /Wait 17 seconds/);
  assert.ok(!browser.cookies.has("parley-user"));
});

Deno.test("a session that was planted before is ended, and a new one begins", async () => {
  const world = await PageWorld.open();
  world.rest.sessions.set("planted", "sip:mallory@example.test");
  const browser = world.browser();
  browser.cookies.set("parley-user", "planted");
  await world.subscribers.put([subscriber("sip:mallory@example.test", "x")]);
  await browser.post("/account", "/account/sign-in", { uri: ALICE, password: "wonderland" });
  assert.ok(!world.rest.sessions.has("planted"));
  assert.notEqual(browser.cookies.get("parley-user"), "planted");
});

Deno.test("a session that has ended leads to the sign-in, whatever was asked", async () => {
  const world = await PageWorld.open();
  const { browser } = await signedIn(world);
  const { html } = await browser.get("/account");
  const _csrf = /name="_csrf" value="([^"]+)"/.exec(html)![1];
  world.rest.sessions.clear();
  for (const action of ["password", "devices/end", "device-link", "confirm", "leave"]) {
    const fields = { _csrf, old: "x", password: "correct horse", again: "correct horse" };
    const answer = await browser.send(`/account/${action}`, fields);
    assert.deepEqual([answer.status, answer.headers.get("location")], [303, "/account"], action);
  }
  assert.equal(world.subscribers.get(ALICE)!.state, "active");
  assert.match((await browser.get("/account")).html, /Sign in to your account/);
  assert.ok(!browser.cookies.has("parley-user"));
});

Deno.test("devices are listed, escaped, and ended one by one", async () => {
  const world = await PageWorld.open();
  world.rest.devices = [device("a/1"), device("b", { user_agent: "<script>alert(1)</script>" })];
  const { browser } = await signedIn(world);
  const { html } = await browser.get("/account");
  assert.ok(!html.includes("<script>alert"));
  assert.match(html, /Linphone 5/);
  const answer = await browser.post("/account", "/account/devices/end", { id: "a/1" });
  assert.equal(answer.status, 303);
  assert.deepEqual(world.rest.devices.map(({ id }) => id), ["b"]);
  assert.match((await browser.get("/account")).html, /registration was ended/);
  await browser.post("/account", "/account/devices/end", { id: "a/1" });
  assert.match((await browser.get("/account")).html, /not signed in any more/);
});

Deno.test("changing the password ends the other sessions and all registrations; this session stays", async () => {
  const world = await PageWorld.open();
  world.rest.devices = [device("a")];
  const other = await signedIn(world);
  const { browser } = await signedIn(world);
  const fields = { old: "wonderland", password: "looking glass", again: "looking glass" };
  assert.equal((await browser.post("/account", "/account/password", fields)).status, 303);
  assert.equal(world.rest.password, "looking glass");
  assert.deepEqual(world.rest.devices, []);
  assert.match((await browser.get("/account")).html, /password is changed/);
  assert.match((await other.browser.get("/account")).html, /Sign in to your account/);
});

Deno.test("a wrong old password, a short one, and two that differ are said beside their fields", async () => {
  const world = await PageWorld.open();
  const { browser } = await signedIn(world);
  const change = (old: string, password: string, again: string) =>
    browser.post("/account", "/account/password", { old, password, again });
  for (
    const [answer, id, says] of [
      [await change("guess", "looking glass", "looking glass"), "f-old", /present password is wrong/],
      [await change("", "looking glass", "looking glass"), "f-old", /present password is wrong/],
      [await change("wonderland", "short", "short"), "f-password", /At least 8/],
      [await change("wonderland", "looking glass", "looking class"), "f-again", /not the same/],
    ] as const
  ) {
    assert.equal(answer.status, 422);
    assert.match(answer.html, says);
    assert.match(answer.html, new RegExp(`id="${id}"[^>]*aria-invalid="true"|aria-invalid="true"[^>]*id="${id}"`));
    assert.ok(!answer.html.includes("looking glass"));
  }
  assert.equal(world.rest.password, "wonderland");
});

Deno.test("leaving asks twice, and coming back is one press", async () => {
  const world = await PageWorld.open();
  world.rest.devices = [device("a")];
  const { browser } = await signedIn(world);
  const asked =
    /<details[^>]*class="confirm"[^>]*>([\s\S]*?)<\/details>/.exec((await browser.get("/account")).html)![1];
  assert.match(asked, /action="\/account\/leave"/);
  assert.equal((await browser.post("/account", "/account/leave")).status, 303);
  assert.equal(world.subscribers.get(ALICE)!.state, "unsubscribed");
  assert.deepEqual(world.rest.devices, []);
  const page = await browser.get("/account");
  assert.match(page.html, /not in the service/);
  assert.ok(!page.html.includes('action="/account/leave"'));
  await browser.post("/account", "/account/confirm");
  assert.equal(world.subscribers.get(ALICE)!.state, "active");
});

Deno.test("a suspended user confirms nothing", async () => {
  const world = await PageWorld.open([subscriber(ALICE, "x", { state: "suspended" })]);
  const { browser } = await signedIn(world);
  const answer = await browser.post("/account", "/account/confirm");
  assert.equal(answer.status, 409);
  assert.equal(world.subscribers.get(ALICE)!.state, "suspended");
});

Deno.test("signing out ends the session and takes the cookie away", async () => {
  const world = await PageWorld.open();
  const { browser } = await signedIn(world);
  await browser.post("/account", "/account/sign-out");
  assert.equal(world.rest.sessions.size, 0);
  assert.ok(!browser.cookies.has("parley-user"));
});

Deno.test("a form with the token of before the sign-in, or from another site, does nothing", async () => {
  const world = await PageWorld.open();
  const { browser } = await signedIn(world);
  const { html } = await browser.get("/account");
  const _csrf = /name="_csrf" value="([^"]+)"/.exec(html)![1];
  const stranger = await world.browser().get("/account");
  const before = /name="_csrf" value="([^"]+)"/.exec(stranger.html)![1];
  const leave = (token: string, headers = {}) => browser.send("/account/leave", { _csrf: token }, headers);
  assert.equal((await leave(before)).status, 403);
  assert.equal((await leave(_csrf, { "sec-fetch-site": "cross-site" })).status, 403);
  assert.equal((await leave(_csrf, { "sec-fetch-site": "same-site" })).status, 403);
  assert.equal(world.subscribers.get(ALICE)!.state, "active");
});

Deno.test("what fails inside is a page that tells nothing of it, and a line in the log", async () => {
  const world = await PageWorld.open();
  const { browser } = await signedIn(world);
  world.rest.app.fetch = () => {
    throw new Error("secret inside");
  };
  const answer = await browser.get("/account");
  assert.equal(answer.status, 500);
  assert.ok(!answer.html.includes("secret inside"));
  assert.deepEqual(world.failures, ["page failed"]);
});

Deno.test("while REST cannot answer nobody is signed out by it", async () => {
  const world = await PageWorld.open();
  const { browser } = await signedIn(world);
  world.rest.app.fetch = () => new Response(null, { status: 503 });
  assert.equal((await browser.get("/account")).status, 503);
  assert.ok(browser.cookies.has("parley-user"));
});
