import assert from "node:assert/strict";
import { TOTP } from "otpauth";
import { FakeTime } from "../../../../foundation/testing.ts";
import { fakeWorld, PASSWORD, withEverybody } from "../../testing/fake_services.ts";
import { Visitor } from "../../testing/page_visitor.ts";
import { HalfOpenLogIns } from "./half_open.ts";

const LOG_IN = "/admin/log-in";

Deno.test("who is not logged in is led to the log-in, and back to the page that was wanted", async () => {
  const visitor = await Visitor.as(await withEverybody(), "");
  const away = await visitor.get("/admin/users?search=x&state=active");
  assert.equal(away.status, 303);
  assert.equal(away.location, `${LOG_IN}?to=${encodeURIComponent("/admin/users?search=x&state=active")}`);
  const page = await visitor.follow(away);
  assert.match(page.text, /name="to" value="\/admin\/users\?search=x&amp;state=active"/);
  assert.match(page.text, /autocomplete="username"/);
  assert.match(page.text, /autocomplete="current-password"/);
  const done = await visitor.post(LOG_IN, { name: "owner", password: PASSWORD, to: "/admin/users?search=x" });
  assert.equal(done.location, "/admin/users?search=x");
  assert.equal((await visitor.follow(done)).status, 200);
});

Deno.test("the way back is a page of the console, never another place", async () => {
  for (
    const to of [
      "//evil.test",
      "https://evil.test/admin",
      "/\\evil.test",
      "/portal",
      "/admin/log-in?to=/admin",
      "javascript:1",
    ]
  ) {
    const visitor = await Visitor.as(await withEverybody(), "");
    await visitor.get(LOG_IN);
    assert.equal((await visitor.post(LOG_IN, { name: "owner", password: PASSWORD, to })).location, "/admin", to);
  }
});

Deno.test("a wrong password is told without saying which was wrong, keeps the name and not the password", async () => {
  const visitor = await Visitor.as(await withEverybody(), "");
  await visitor.get(LOG_IN);
  const wrong = await visitor.post(LOG_IN, { name: "owner", password: "hunter2hunter2" });
  const nobody = await visitor.post(LOG_IN, { name: "nobody", password: "hunter2hunter2" });
  assert.equal(wrong.status, 401);
  assert.equal(nobody.status, 401);
  for (const page of [wrong, nobody]) {
    assert.match(page.text, /Name or password is wrong/);
    assert.doesNotMatch(page.text, /hunter2/);
  }
  assert.match(wrong.text, /value="owner"/);
  assert.equal(visitor.cookies.has("__Host-parley"), false);
});

Deno.test("too many tries are told with how long to wait", async () => {
  const visitor = await Visitor.as(await withEverybody(), "");
  await visitor.get(LOG_IN);
  let page = await visitor.post(LOG_IN, { name: "owner", password: "wrong" });
  for (let i = 0; i < 30 && page.status !== 429; i++) {
    page = await visitor.post(LOG_IN, { name: "owner", password: "wrong" });
  }
  assert.equal(page.status, 429);
  assert.ok(Number(page.headers.get("retry-after")) > 0);
  assert.match(page.text, /Too many tries\. Wait \d+ /);
  // The right password does not help before that.
  assert.equal((await visitor.post(LOG_IN, { name: "owner", password: PASSWORD })).status, 429);
});

Deno.test("the session is a new one whatever cookie there was, and its cookie is this host's alone", async () => {
  const world = await withEverybody();
  const visitor = await Visitor.as(world, "");
  visitor.cookies.set("__Host-parley", "ps_planted");
  await visitor.get(LOG_IN);
  const done = await visitor.post(LOG_IN, { name: "owner", password: PASSWORD });
  assert.equal(done.status, 303);
  const line = done.headers.getSetCookie().find((one) => one.startsWith("__Host-parley="))!;
  assert.match(line, /; Path=\/; HttpOnly; SameSite=Strict; Secure$/);
  assert.notEqual(visitor.cookies.get("__Host-parley"), "ps_planted");
  assert.equal(world.services.access.principalOf("ps_planted"), null);
});

Deno.test("with an authenticator the code is asked for in a second step; the password is in no page", async () => {
  const world = await withEverybody(new FakeTime());
  const { secret } = await world.services.access.beginTotp("owner");
  const code = () => new TOTP({ secret }).generate({ timestamp: world.time.now() });
  await world.services.access.confirmTotp("owner", code());
  world.time.jump(90_000);
  const visitor = await Visitor.as(world, "");
  await visitor.get(LOG_IN);
  const step = await visitor.post(LOG_IN, { name: "owner", password: PASSWORD, to: "/admin/users" });
  assert.equal(step.status, 200);
  assert.match(step.text, /autocomplete="one-time-code"/);
  assert.ok(!step.text.includes(PASSWORD));
  const ticket = /name="ticket" value="([\w-]+)"/.exec(step.text)![1];
  const wrong = await visitor.post(LOG_IN, { ticket, code: "000000", to: "/admin/users" });
  assert.equal(wrong.status, 401);
  assert.match(wrong.text, /This code is wrong/);
  const thief = await Visitor.as(world, "");
  await thief.get(LOG_IN);
  assert.match((await thief.post(LOG_IN, { ticket, code: code() })).text, /took too long/);
  const done = await visitor.post(LOG_IN, {
    ticket,
    code: ` ${code().slice(0, 3)} ${code().slice(3)}`,
    to: "/admin/users",
  });
  assert.equal(done.location, "/admin/users");
  assert.match((await visitor.post(LOG_IN, { ticket, code: code() })).text, /took too long/);
});

Deno.test("half-open log-ins end after three minutes, after five tries, and are bounded", () => {
  const time = new FakeTime();
  const open = new HalfOpenLogIns(time);
  const first = open.begin("a", "p", "holder");
  assert.equal(open.take(first, "holder")!.password, "p");
  assert.equal(open.take(first, "other"), null);
  for (let i = 0; i < 4; i++) open.take(first, "holder");
  assert.equal(open.take(first, "holder"), null);
  const second = open.begin("a", "p", "holder");
  time.advance(180_000);
  assert.equal(open.take(second, "holder"), null);
  const third = open.begin("a", "p", "holder");
  for (let i = 0; i < 100; i++) open.begin("b", "p", "holder");
  assert.equal(open.take(third, "holder"), null);
});

Deno.test("log-out ends the session and takes the cookie away", async () => {
  const world = await withEverybody();
  const visitor = await Visitor.as(world, "auditor");
  const token = visitor.cookies.get("__Host-parley")!;
  const out = await visitor.post("/admin/log-out", {});
  assert.equal(out.location, LOG_IN);
  assert.equal(world.services.access.principalOf(token), null);
  assert.equal(visitor.cookies.has("__Host-parley"), false);
  assert.match((await visitor.follow(out)).text, /You are logged out/);
});

Deno.test("over plain http from another machine a page says to use https, and no password is taken", async () => {
  const visitor = await Visitor.as(await withEverybody(), "");
  visitor.connection = { ...visitor.connection, secure: false, remote: { host: "192.0.2.66", port: 40_000 } };
  const page = await visitor.get(LOG_IN);
  assert.equal(page.status, 403);
  assert.match(page.text, /href="https:\/\/box\.example\.test:8443\/admin"/);
  assert.doesNotMatch(page.text, /type="password"/);
  visitor.connection = { ...visitor.connection, remote: { host: "127.0.0.1", port: 1 } };
  assert.equal((await visitor.get(LOG_IN)).status, 200);
  visitor.headers = { "x-forwarded-for": "192.0.2.66" };
  assert.equal((await visitor.get(LOG_IN)).status, 403);
});

Deno.test("a box without an admin leads to its set-up link instead of asking for a name", async () => {
  const page = await (await Visitor.as(await fakeWorld(), "")).get(LOG_IN);
  assert.match(page.text, /set-up link/);
  assert.doesNotMatch(page.text, /type="password"/);
});

Deno.test("a link from another site leads on through a page of ours, where the browser sends its session again", async () => {
  const visitor = await Visitor.as(await withEverybody(), "");
  visitor.headers = { "sec-fetch-site": "cross-site" };
  const page = await visitor.get("/admin/users?search=a");
  assert.equal(page.status, 200);
  assert.equal(page.headers.get("refresh"), "0; url=/admin/users?search=a");
  assert.doesNotMatch(page.text, /alice/);
  visitor.headers = { "sec-fetch-site": "same-origin" };
  assert.equal((await visitor.get("/admin/users?search=a")).status, 303);
});
