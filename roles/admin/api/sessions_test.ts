import assert from "node:assert/strict";
import { apiOver, ask, ELSEWHERE, HERE } from "../testing/api_client.ts";
import { PASSWORD, withEverybody } from "../testing/fake_services.ts";
import { clearSessionCookie, readSessionCookie, setSessionCookie } from "./session_cookie.ts";

const OWN = { "sec-fetch-site": "same-origin" };

async function box() {
  const world = await withEverybody();
  const api = apiOver(world);
  const logIn = (more: Record<string, unknown> = {}, headers: Record<string, string> = {}, connection = HERE) =>
    ask(api, "POST", "/sessions", { body: { name: "owner", password: PASSWORD, ...more }, headers, connection });
  return { world, api, logIn };
}

Deno.test("log in, see who one is, log out, and the token is worthless", async () => {
  const { api, logIn } = await box();
  const { status, json } = await logIn({}, { "user-agent": "Firefox" }, ELSEWHERE);
  assert.equal(status, 201);
  assert.equal(json.principal.name, "owner");
  assert.equal(json.session.source, "192.0.2.66");
  assert.equal(json.session.user_agent, "Firefox");
  const current = await ask(api, "GET", "/sessions/current", { token: json.token });
  assert.deepEqual(current.json.principal, json.principal);
  assert.equal(current.json.session.id, json.session.id);
  assert.equal((await ask(api, "DELETE", "/sessions/current", { token: json.token })).status, 204);
  assert.equal((await ask(api, "GET", "/sessions/current", { token: json.token })).status, 401);
});

Deno.test("what a log-in is given besides is no session afterwards: no fixation", async () => {
  const { world, api, logIn } = await box();
  const planted = `ps_${"A".repeat(43)}`;
  const headers = { cookie: `__Host-parley=${planted}; parley=${planted}`, authorization: `Bearer ${planted}`, ...OWN };
  const first = await logIn({}, headers);
  assert.notEqual(first.json.token, planted);
  assert.equal((await ask(api, "GET", "/sessions/current", { token: planted })).status, 401);
  const again = await logIn({}, { authorization: `Bearer ${first.json.token}` });
  assert.notEqual(again.json.token, first.json.token);
  assert.notEqual(again.json.session.id, first.json.session.id);
  assert.equal((await logIn({ session: planted })).status, 422);
  // A stranger's session before, one's own after: who planted it does not come along.
  const alice = await world.logInUser("sip:alice@example.test");
  const owner = await logIn({}, { cookie: `__Host-parley=${alice}`, ...OWN });
  assert.equal((await ask(api, "GET", "/admins", { token: alice })).status, 403);
  assert.equal((await ask(api, "GET", "/admins", { token: owner.json.token })).status, 200);
});

Deno.test("a wrong password is 401 and tells nothing; too many are 429 with Retry-After", async () => {
  const { logIn } = await box();
  const wrong = await logIn({ password: "wrong" });
  const unknown = await logIn({ name: "nobody", password: "wrong" });
  assert.equal(wrong.status, 401);
  assert.deepEqual(wrong.json, unknown.json);
  for (let i = 0; i < 4; i++) await logIn({ password: "wrong" });
  const throttled = await logIn();
  assert.equal(throttled.status, 429);
  assert.equal(throttled.headers.get("retry-after"), "60");
  assert.equal((await logIn({}, {}, ELSEWHERE)).status, 201, "from elsewhere the right one comes in");
});

Deno.test("a source is what the connection says; a header says it only for a proxy on this machine", async () => {
  const { api, logIn } = await box();
  for (let i = 0; i < 5; i++) {
    await logIn({ password: "wrong" }, { "x-forwarded-for": `203.0.113.${i}` }, ELSEWHERE);
  }
  assert.equal((await logIn({}, { "x-forwarded-for": "203.0.113.99" }, ELSEWHERE)).status, 429);
  const behind = await logIn({}, { "x-forwarded-for": "198.51.100.1, 203.0.113.7" });
  assert.equal(behind.json.session.source, "203.0.113.7");
  const odd = await logIn({}, { "x-forwarded-for": "not an address" });
  assert.equal(odd.json.session.source, "127.0.0.1");
  assert.equal((await ask(api, "GET", "/status", { token: odd.json.token })).status, 200);
});

Deno.test("where a code is wanted the problem's type says so", async () => {
  const { world, logIn } = await box();
  const { TOTP } = await import("otpauth");
  const { secret } = await world.services.access.beginTotp("owner");
  const code = () => new TOTP({ secret }).generate({ timestamp: world.time.now() });
  await world.services.access.confirmTotp("owner", code());
  const wanted = await logIn();
  assert.equal(wanted.status, 401);
  assert.ok(wanted.json.type.endsWith("/totp-required"));
  assert.equal(wanted.headers.get("www-authenticate"), null);
  const wrong = await logIn({ code: "000000" });
  assert.ok(wrong.json.type.endsWith("/unauthenticated"));
  world.time.advance(30_000);
  assert.equal((await logIn({ code: code() })).status, 201);
});

Deno.test("a second factor of one's own: begun, confirmed, taken away", async () => {
  const { world, api } = await box();
  const { TOTP } = await import("otpauth");
  const token = await world.logIn("auditor");
  const begun = await ask(api, "POST", "/me/totp", { token });
  assert.equal(begun.status, 201);
  const wrong = await ask(api, "PUT", "/me/totp", { token, body: { code: "1" } });
  assert.deepEqual([wrong.status, wrong.json.errors[0].field], [422, "code"]);
  const code = new TOTP({ secret: begun.json.secret }).generate({ timestamp: world.time.now() });
  const confirmed = await ask(api, "PUT", "/me/totp", { token, body: { code } });
  assert.equal(confirmed.json.recovery_codes.length, 10);
  const gone = await ask(api, "DELETE", "/me/totp", { token });
  assert.equal(gone.json.totp, false);
});

Deno.test("one's own password: the old one is asked for, other sessions end, this one goes on", async () => {
  const { world, api } = await box();
  const [token, other] = [await world.logIn("operator"), await world.logIn("operator")];
  const put = (body: unknown) => ask(api, "PUT", "/me/password", { token, body });
  const wrong = await put({ old: "wrong", new: "a wholly new one" });
  assert.deepEqual([wrong.status, wrong.json.errors[0].field], [422, "old"]);
  const short = await put({ old: PASSWORD, new: "short" });
  assert.deepEqual([short.status, short.json.errors[0].field], [422, "new"]);
  assert.equal((await put({ old: PASSWORD, new: "a wholly new one" })).status, 200);
  assert.equal((await ask(api, "GET", "/status", { token })).status, 200);
  assert.equal((await ask(api, "GET", "/status", { token: other })).status, 401);
});

Deno.test("a user logs in with the SIP password, sees and ends what is their own, and nothing else", async () => {
  const { world, api } = await box();
  const body = { uri: "alice@example.test", password: PASSWORD };
  const { status, json: { token, session, principal } } = await ask(api, "POST", "/sessions", { body });
  assert.equal(status, 201);
  assert.equal(principal.aor, "sip:alice@example.test");
  const bob = await world.logInUser("sip:bob@example.test");
  const mine = await ask(api, "GET", "/sessions", { token });
  assert.deepEqual(mine.json.sessions.map(({ id }: { id: string }) => id), [session.id]);
  const [bobs] = world.services.access.listSessions({ who: "sip:bob@example.test", current: "" });
  assert.equal((await ask(api, "DELETE", `/sessions/${bobs.id}`, { token })).status, 403);
  assert.equal((await ask(api, "GET", "/sessions/current", { token: bob })).status, 200);
  assert.equal((await ask(api, "DELETE", `/sessions/${session.id}`, { token })).status, 204);
  assert.equal((await ask(api, "GET", "/sessions", { token })).status, 401);
});

Deno.test("an owner sees and ends all sessions; an API token has none", async () => {
  const { world, api } = await box();
  const token = await world.logIn("owner");
  const operator = await world.logIn("operator");
  const { json } = await ask(api, "GET", "/sessions?who=operator", { token });
  assert.equal(json.sessions.length, 1);
  assert.equal((await ask(api, "GET", "/sessions", { token })).json.sessions.length, 2);
  assert.equal((await ask(api, "DELETE", `/sessions/${json.sessions[0].id}`, { token })).status, 204);
  assert.equal((await ask(api, "DELETE", `/sessions/${json.sessions[0].id}`, { token })).status, 404);
  assert.equal((await ask(api, "GET", "/status", { token: operator })).status, 401);
  const made = await ask(api, "POST", "/tokens", { token, body: { name: "script", role: "operator" } });
  const api_token = made.json.token;
  assert.equal((await ask(api, "GET", "/sessions/current", { token: api_token })).json.session, null);
  assert.equal((await ask(api, "DELETE", "/sessions/current", { token: api_token })).status, 409);
  assert.equal((await ask(api, "POST", "/me/totp", { token: api_token })).status, 403);
});

Deno.test("the cookie opens what the token opens, for our own pages alone", async () => {
  const { world, api } = await box();
  const token = await world.logIn("owner");
  const get = (headers: Record<string, string>, method = "GET", path = "/status", connection = HERE) =>
    ask(api, method, path, { headers, connection });
  const cookie = `other=1; __Host-parley=${token}; parley=nonsense`;
  assert.equal((await get({ cookie, ...OWN })).status, 200);
  assert.equal((await get({ cookie, "sec-fetch-site": "none" })).status, 200, "typed into the address bar");
  assert.equal((await get({ cookie, origin: "http://console" })).status, 200, "an older browser");
  assert.equal((await get({ cookie, referer: "http://console/admin" })).status, 200);
  assert.equal((await get({ cookie, origin: "https://im.example.test", host: "im.example.test" })).status, 200);
  assert.equal((await get({ cookie, ...OWN }, "POST", "/restart")).status, 202);
  assert.equal(
    (await get({ cookie: `parley=${token}`, ...OWN })).status,
    401,
    "over TLS only the __Host- cookie counts",
  );
  const plain = { ...HERE, secure: false };
  assert.equal((await get({ cookie: `parley=${token}`, ...OWN }, "GET", "/status", plain)).status, 200);
  assert.equal((await get({ cookie: `__Host-parley=${token}`, ...OWN }, "GET", "/status", plain)).status, 401);
  const bearer = { cookie, authorization: `Bearer ${token}`, "sec-fetch-site": "cross-site" };
  assert.equal((await get(bearer)).status, 200, "a header is no browser's doing");
  assert.equal((await get({ cookie, authorization: "Basic eDp5", ...OWN })).status, 401);
});

Deno.test("cookie lines are as they must be", () => {
  assert.equal(setSessionCookie("ps_x", true), "__Host-parley=ps_x; Path=/; HttpOnly; SameSite=Strict; Secure");
  assert.equal(setSessionCookie("ps_x", false), "parley=ps_x; Path=/; HttpOnly; SameSite=Strict");
  assert.match(clearSessionCookie(true), /^__Host-parley=; .*Secure; Max-Age=0$/);
  const read = (cookie: string, secure = true) => readSessionCookie(new Headers({ cookie }), secure);
  assert.equal(read("a=b; __Host-parley=ps_x;c=d"), "ps_x");
  assert.equal(read("x__Host-parley=ps_x"), null);
  assert.equal(read("__Host-parley="), null);
  assert.equal(read("parley=ps_x"), null);
  assert.equal(read("parley=ps_x", false), "ps_x");
  assert.equal(readSessionCookie(new Headers(), true), null);
});
