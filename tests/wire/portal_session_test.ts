/** The portal's session at a real box: signing in, what a page gets for it, and what that opens, until when. */
import { deepEqual, equal, match, notEqual, ok } from "node:assert/strict";
import { authAt } from "../support/msrp_auth.ts";
import { MsrpPeer } from "../support/msrp_peer.ts";
import { ParleyProcess, passwordOf, users } from "../support/parley.ts";
import { type PortalSessionText, PortalVisitor } from "../support/portal_visitor.ts";
import { eventually, originOf, Rest } from "../support/rest.ts";
import { leave, SipClient, statusOf } from "../support/sip_client.ts";
import { XcapClient } from "../support/xcap_client.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
let parley: ParleyProcess;
let owner: Rest;
Deno.test.beforeAll(async () => {
  parley = await ParleyProcess.start({
    users: users("alice", "bob", "carol", "dave", "erin", "frank", "grace", "henry"),
  });
  owner = await Rest.setUp(parley);
});
Deno.test.afterAll(() => parley[Symbol.asyncDispose]());

const visitor = () => new PortalVisitor(originOf(parley));

/** A page's end of SIP over WebSocket, by what its session gave. */
async function page(user: string, { username, password }: Pick<PortalSessionText, "username" | "password">) {
  const domain = parley.domain;
  return await SipClient.open({ user, domain, port: parley.webPort, transport: "ws", username, password });
}

async function registers(user: string, session: Pick<PortalSessionText, "username" | "password">): Promise<number> {
  const client = await page(user, session);
  const answer = await client.register();
  client.close();
  return statusOf(answer);
}

Deno.test(
  "a user signs in with the browser and is an IM user there: registers, writes and gets answers, without the password in the page",
  options,
  async () => {
    const browser = visitor();
    const session = await browser.signIn("alice");
    equal(session.aor, "sip:alice@example.test");
    equal(session.domain, "example.test");
    equal(session.websocket, "/ws");
    notEqual(session.password, passwordOf("alice"));
    ok(session.expires_at > Date.now() + 55 * 60_000 && session.expires_at < Date.now() + 65 * 60_000);
    deepEqual(session.limits, { message: 65_536, file: 10_485_760, file_types: ["*/*"] });

    const shell = await browser.ask("GET", "/portal");
    const html = await shell.text();
    match(html, /<div id="portal">/);
    ok(!html.includes(passwordOf("alice")) && !html.includes(session.password));
    match(shell.headers.get("cache-control")!, /no-store/);

    const alice = await page("alice", session);
    equal(statusOf(await alice.register()), 200);
    const bob = await SipClient.open({ user: "bob", domain: parley.domain, port: parley.port });
    equal(statusOf(await bob.register()), 200);
    equal(statusOf(await alice.message(bob.aor, "from the browser")), 200);
    equal((await bob.messages(1)).join(), "from the browser");
    equal(statusOf(await bob.message(alice.aor, "and back")), 200);
    equal((await alice.messages(1)).join(), "and back");
    await leave([alice, bob]);
  },
);

Deno.test("signing in at the portal is signing in at the account, and signing out as well", options, async () => {
  const browser = visitor();
  await browser.signIn("alice");
  match(await (await browser.ask("GET", "/account")).text(), /action="\/account\/sign-out"/);
  equal((await browser.post("/account", "/account/sign-out", {})).status, 303);
  match(await (await browser.ask("GET", "/portal")).text(), /action="\/portal\/sign-in"/);
  const answer = await browser.ask("POST", "/portal/session");
  equal(answer.status, 401);
  match(answer.headers.get("content-type")!, /problem\+json/);
});

Deno.test("a wrong password is said on the page, which keeps the address and not the password", options, async () => {
  const answer = await visitor().post("/portal", "/portal/sign-in", { uri: "alice", password: "wrong-secret" });
  equal(answer.status, 401);
  const html = await answer.text();
  match(html, /value="alice"/);
  ok(!html.includes("wrong-secret"));
});

Deno.test(
  "without further wish the cookie goes with the browser; who wants to stay signed in stays for days",
  options,
  async () => {
    const short = visitor();
    await short.post("/portal", "/portal/sign-in", { uri: "bob", password: passwordOf("bob") });
    const plain = short.setCookies.find((line) => line.startsWith("parley-user="))!;
    match(plain, /HttpOnly/);
    match(plain, /SameSite=Strict/);
    ok(!/max-age/i.test(plain), plain);
    const staying = visitor();
    await staying.post("/portal", "/portal/sign-in", { uri: "bob", password: passwordOf("bob"), stay: "on" });
    match(staying.setCookies.join(), /Max-Age=2592000/);
    const { sessions } = await owner.get<{ sessions: { expires_at: number }[] }>(`/sessions?who=sip:bob@example.test`);
    const hours = sessions.map(({ expires_at }) => Math.round((expires_at - Date.now()) / 3_600_000)).sort((a, b) =>
      a - b
    );
    deepEqual(hours, [2, 14 * 24]);
  },
);

Deno.test("a key opens documents as well; a forged one nothing", options, async () => {
  const { username, password } = await visitor().signIn("carol");
  const at = { user: "carol", domain: parley.domain, port: parley.webPort, username };
  const good = new XcapClient({ ...at, password });
  const target = good.own("resource-lists", "index");
  const body = '<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list name="friends"/></resource-lists>';
  equal((await good.put(target, body)).status, 201);
  equal((await good.get(target)).status, 200);
  const forged = new XcapClient({ ...at, password: `${password.slice(1)}A` });
  equal((await forged.get(target)).status, 401);
  equal(await registers("carol", { username, password: `${password.slice(1)}A` }), 403);
  const longer = username.replace(/u=\w+/, `u=${(Date.now() + 9e9).toString(36)}`);
  equal(await registers("carol", { username: longer, password }), 403);
  good.close();
  forged.close();
});

Deno.test(
  "a key opens the relay's door while its session stands, and is no wrong password there afterwards",
  options,
  async () => {
    const browser = visitor();
    const { username, password } = await browser.signIn("henry");
    const open = () => MsrpPeer.open({ transport: "tls", port: parley.msrpsPort });
    const peers = [await open()];
    const granted = await authAt(parley.msrpsPort, peers[0], username, password);
    equal(granted.status, 200, granted.comment);
    equal((await authAt(parley.msrpsPort, peers[0], username, "forged")).status, 401);
    await browser.ask("DELETE", "/portal/session");
    for (let i = 0; i < 12; i++) {
      peers.push(await open());
      equal((await authAt(parley.msrpsPort, peers.at(-1)!, username, password)).status, 403);
    }
    peers.push(await open());
    equal((await authAt(parley.msrpsPort, peers.at(-1)!, "henry", passwordOf("henry"))).status, 200);
    for (const peer of peers) peer.close();
  },
);

Deno.test("signing out ends the key and what registered by it at once", options, async () => {
  const browser = visitor();
  const session = await browser.signIn("dave");
  const dave = await page("dave", session);
  equal(statusOf(await dave.register()), 200);
  const devices = async () =>
    (await owner.get<{ devices: unknown[] }>(owner.user("sip:dave@example.test", "/devices"))).devices.length;
  equal(await devices(), 1);
  equal((await browser.ask("DELETE", "/portal/session")).status, 204);
  equal(await devices(), 0);
  const refused = await dave.message("sip:bob@example.test", "too late");
  equal(statusOf(refused), 403);
  match(refused.start, /Browser session is over/);
  for (let i = 0; i < 12; i++) equal(statusOf(await dave.register()), 403);
  // A key that was good is no guess: nobody is locked out by it.
  const again = await SipClient.open({ user: "dave", domain: parley.domain, port: parley.port });
  equal(statusOf(await again.register()), 200);
  dave.close();
  await leave([again]);
});

Deno.test("the admin ends a session, or sets another password: the page is out", options, async () => {
  const browser = visitor();
  const first = await browser.signIn("erin");
  const { sessions } = await owner.get<{ sessions: { id: string }[] }>(`/sessions?who=sip:erin@example.test`);
  equal(sessions.length, 1);
  equal(await registers("erin", first), 200);
  await owner.delete(`/sessions/${sessions[0].id}`);
  equal(await registers("erin", first), 403);
  equal((await browser.ask("POST", "/portal/session")).status, 401);

  const second = await browser.signIn("erin");
  equal(await registers("erin", second), 200);
  await owner.patch(owner.user("sip:erin@example.test"), { password: "another long one" });
  equal(await registers("erin", second), 403);
  equal((await browser.ask("POST", "/portal/session")).status, 401);
});

Deno.test("requests that other sites make get nothing, whatever cookies come with them", options, async () => {
  const browser = visitor();
  await browser.signIn("frank");
  const own = "/portal/xcap/resource-lists/users/sip:frank@example.test/index";
  for (const site of ["cross-site", "same-site", ""]) {
    for (const [method, path] of [["POST", "/portal/session"], ["DELETE", "/portal/session"], ["GET", own]]) {
      const answer = await browser.ask(method, path, { site });
      equal(answer.status, 403, `${method} ${path} from ${site}`);
      match(answer.headers.get("content-type")!, /problem\+json/);
      await answer.body?.cancel();
    }
    equal((await browser.ask("GET", "/portal/api/v1/me/history", { site })).status, 403);
  }
  const elsewhere = { site: "", headers: { origin: "https://evil.example" } };
  equal((await browser.ask("POST", "/portal/session", elsewhere)).status, 403);
  equal((await browser.ask("POST", "/portal/session", { site: "", headers: { origin: browser.origin } })).status, 200);
  equal((await browser.ask("POST", "/portal/sign-in", { site: "cross-site" })).status, 403);
});

Deno.test("REST and documents answer in the user's name, and as REST would judge", options, async () => {
  const browser = visitor();
  await browser.signIn("grace");
  const mine = await browser.ask("GET", `/portal/api/v1/users/${encodeURIComponent("sip:grace@example.test")}`);
  equal(mine.status, 200);
  equal((await mine.json()).uri, "sip:grace@example.test");
  match(mine.headers.get("content-security-policy")!, /sandbox/);
  equal(mine.headers.get("x-content-type-options"), "nosniff");
  equal((await browser.ask("GET", `/portal/api/v1/users/${encodeURIComponent("sip:bob@example.test")}`)).status, 403);
  equal((await browser.ask("GET", "/portal/api/v1/settings")).status, 403);
  equal((await browser.ask("GET", "/portal/api/v1/nothing")).status, 404);

  const path = "/portal/xcap/resource-lists/users/sip:grace@example.test/index";
  const body = '<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list name="friends"/></resource-lists>';
  const headers = { "content-type": "application/resource-lists+xml" };
  const put = await browser.ask("PUT", path, { body, headers });
  equal(put.status, 201, await put.text());
  const etag = put.headers.get("etag")!;
  equal(await (await browser.ask("GET", path)).text(), body);
  equal((await browser.ask("PUT", path, { body, headers: { ...headers, "if-none-match": "*" } })).status, 412);
  equal((await browser.ask("GET", path, { headers: { "if-none-match": etag } })).status, 304);
  const element = `${path}/~~/resource-lists/list%5b@name=%22friends%22%5d`;
  equal((await browser.ask("GET", element)).status, 200);
  equal((await browser.ask("GET", path.replace("grace", "bob"))).status, 403);
  equal((await browser.ask("DELETE", path)).status, 200);

  await browser.ask("DELETE", "/portal/session");
  for (const [method, at] of [["GET", path], ["GET", "/portal/api/v1/me/history"], ["POST", "/portal/session"]]) {
    const answer = await browser.ask(method, at);
    equal(answer.status, 401, at);
    match(answer.headers.get("content-type")!, /problem\+json/);
  }
});

Deno.test("after a restart of the box the session stands, and the key is good as before", options, async () => {
  const browser = visitor();
  const session = await browser.signIn("bob", { stay: "on" });
  equal(await registers("bob", session), 200);
  await parley.kill();
  await parley.run();
  equal(await registers("bob", session), 200);
  const next = await browser.session();
  equal(next.aor, session.aor);
  equal(await registers("bob", next), 200);
});

Deno.test("the page's key lasts as long as the operator says", options, async () => {
  await owner.settings({ "portal.key_minutes": 10 });
  const browser = visitor();
  const session = await eventually(async () => {
    const one = await browser.signIn("alice");
    return one.expires_at < Date.now() + 11 * 60_000 ? one : null;
  }, "the new setting holds");
  ok(session.expires_at > Date.now() + 9 * 60_000);
});
