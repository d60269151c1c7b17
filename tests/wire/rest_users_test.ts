/** Users over REST, and what SIP clients see of it at once. */
import { deepEqual, equal, match, notEqual, ok } from "node:assert/strict";
import { ParleyProcess, users } from "../support/parley.ts";
import { eventually, Rest } from "../support/rest.ts";
import { type ClientTransport, leave, SipClient, statusOf } from "../support/sip_client.ts";
import { freePort } from "../support/process.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
const [sip, sips, http, https] = [freePort(), freePort(), freePort(), freePort()];
let parley: ParleyProcess;
let ada: Rest;

Deno.test.beforeAll(async () => {
  parley = await ParleyProcess.start({
    users: users("alice", "bob", "carol"),
    port: sip,
    config: `[listen]\nsip = ["udp://127.0.0.1:${sip}", "tcp://127.0.0.1:${sip}", "tls://127.0.0.1:${sips}"]\n` +
      `web = ["http://127.0.0.1:${http}", "https://127.0.0.1:${https}"]\n[notices]\n`,
  });
  ada = await Rest.setUp(parley);
  await ada.settings({ "notices.first_use": false });
});
Deno.test.afterAll(async () => {
  await parley?.[Symbol.asyncDispose]();
});

interface User {
  readonly uri: string;
  readonly state: string;
  readonly deferral: string;
  readonly quota: { messages: number; octets: number } | null;
  readonly devices: number;
  readonly version: number;
}

async function open(user: string, password?: string, transport: ClientTransport = "udp"): Promise<SipClient> {
  const port = { udp: sip, tcp: sip, tls: sips, ws: http, wss: https }[transport];
  const secure = transport === "tls" || transport === "wss";
  return await SipClient.open({
    user,
    domain: parley.domain,
    port,
    transport,
    ...(password === undefined ? {} : { password }),
    ...(secure ? { authority: await Deno.readTextFile(`${parley.dir}/data/parley-tls.pem`) } : {}),
  });
}

async function registered(user: string, password?: string, transport: ClientTransport = "udp"): Promise<SipClient> {
  const client = await open(user, password, transport);
  const answer = await client.register();
  equal(statusOf(answer), 200, answer.raw);
  return client;
}

/** Signs the user in anew and gives the status. */
async function signIn(user: string, password?: string): Promise<number> {
  const client = await open(user, password);
  const status = statusOf(await client.register());
  if (status === 200) await leave([client]);
  else client.close();
  return status;
}

const userPart = (uri: string) => /^sip:([^@]+)@/.exec(uri)![1];

Deno.test("a generated user id and password, told once, let a SIP client in [SEC-3]", options, async () => {
  const made = await ada.post<{ user: User; password: string }>("/users", { display_name: "Grace Hopper" });
  match(made.user.uri, /^sip:[a-z0-9.]+@example\.test$/);
  ok(made.password.length >= 10, made.password);
  equal(await signIn(userPart(made.user.uri), made.password), 200);
  equal(await signIn(userPart(made.user.uri), `${made.password}x`), 403);
  // The same name again gets another id; nothing tells the password a second time.
  const again = await ada.post<{ user: User; password: string }>("/users", { display_name: "Grace Hopper" });
  notEqual(again.user.uri, made.user.uri);
  notEqual(again.password, made.password);
  const shown = (await ada.ask("GET", ada.user(made.user.uri))).text;
  ok(!shown.includes(made.password));
});

Deno.test(
  "a user changes the password; SIP takes the new one from then on and refuses the old one [SEC-7]",
  options,
  async () => {
    const uri = "sip:bob@example.test";
    const [here, elsewhere] = [
      await ada.logIn({ uri, password: "pw-bob" }),
      await ada.logIn({ uri, password: "pw-bob" }),
    ];
    const wrong = await here.ask("PUT", here.user(uri, "/password"), { body: { old: "pw-bobby", new: "next" } });
    deepEqual(wrong.refused(422, "invalid").errors.map(({ field }) => field), ["old"]);
    const foreign = await here.ask("PUT", here.user("sip:alice@example.test", "/password"), {
      body: { old: "pw-alice", new: "mine now" },
    });
    foreign.refused(403, "forbidden");
    const phone = await registered("bob", "pw-bob");
    const laptop = await registered("bob", "pw-bob", "tcp");
    equal(statusOf(await laptop.message(uri, "over a connection that has registered")), 200);
    await here.put(here.user(uri, "/password"), { old: "pw-bob", new: "a new one, naïve" });
    equal((await here.get<User>(here.user(uri))).devices, 0, "devices need the new one");
    for (const client of [phone, laptop]) {
      equal(statusOf(await client.message(uri, "with the old one")), 403);
      equal(statusOf(await client.register()), 403);
    }
    laptop.close();
    phone.password = "a new one, naïve";
    equal(statusOf(await phone.register()), 200);
    equal(statusOf(await phone.message(uri, "with the new one")), 200);
    await leave([phone]);
    equal(await signIn("bob", "a new one, naïve"), 200);
    // The session that changed it goes on, the other one has ended.
    equal((await here.get<User>(here.user(uri))).uri, uri);
    (await elsewhere.ask("GET", elsewhere.user(uri))).refused(401);
    (await ada.ask("POST", "/sessions", { body: { uri, password: "pw-bob" }, token: "" })).refused(401);
    await here.put(here.user(uri, "/password"), { old: "a new one, naïve", new: "pw-bob" });
  },
);

Deno.test(
  "the first registration enters the service, from a phone as from a browser: UDP, TCP, TLS, ws, wss [REG-6]",
  options,
  async () => {
    const clients: SipClient[] = [];
    await ada.settings({ "notices.first_use": null });
    for (const transport of ["udp", "tcp", "tls", "ws", "wss"] as const) {
      const uri = `sip:new-${transport}@example.test`;
      const body = { uri, password: "first time", state: "unsubscribed" };
      equal((await ada.post<{ user: User }>("/users", body)).user.state, "unsubscribed");
      clients.push(await registered(`new-${transport}`, "first time", transport));
      const { state, devices } = await ada.get<User>(ada.user(uri));
      deepEqual({ state, devices }, { state: "active", devices: 1 }, transport);
      // The service greets its new user there.
      await clients.at(-1)!.requestArrived(({ body }) => body.startsWith("Welcome."));
    }
    await ada.settings({ "notices.first_use": false });
    for (const [i, client] of clients.entries()) {
      const next = clients[(i + 1) % clients.length];
      const sent = await client.message(next.aor, `from ${client.transport}`);
      equal(statusOf(sent), 200, sent.raw);
      await next.requestArrived(({ body }) => body === `from ${client.transport}`);
    }
    await leave(clients);
  },
);

Deno.test(
  "suspending, barring and removing end registrations and sessions at once; resuming lets in again",
  options,
  async () => {
    const uri = "sip:alice@example.test";
    const path = ada.user(uri);
    const carol = await registered("carol");
    const alice = await registered("alice");
    const tcp = await registered("alice", undefined, "tcp");
    const own = await ada.logIn({ uri, password: "pw-alice" });
    const { etag } = await ada.ask("GET", path);

    const suspended = await ada.ask("PATCH", path, { body: { state: "suspended" }, headers: { "if-match": etag } });
    deepEqual([suspended.ok<User>().state, suspended.ok<User>().devices], ["suspended", 0]);
    const stale = await ada.ask("PATCH", path, { body: { state: "active" }, headers: { "if-match": etag } });
    stale.refused(412, "stale");
    (await ada.ask("DELETE", path, { headers: { "if-match": etag } })).refused(412, "stale");
    equal((await ada.get<User>(path)).state, "suspended");
    (await own.ask("GET", path)).refused(401);
    (await ada.ask("POST", "/sessions", { body: { uri, password: "pw-alice" }, token: "" })).refused(401);
    for (const client of [alice, tcp]) equal(statusOf(await client.register()), 403);
    // Nothing reaches the devices that were there, and they send nothing.
    const refused = await carol.message(uri, "to a suspended one");
    ok(statusOf(refused) >= 400, refused.raw);
    equal(statusOf(await alice.message(carol.aor, "from a suspended one")), 403);

    await ada.patch(path, { state: "active" });
    for (const client of [alice, tcp]) equal(statusOf(await client.register()), 200);
    equal(statusOf(await carol.message(uri, "welcome back")), 200);
    for (const client of [alice, tcp]) await client.requestArrived(({ body }) => body === "welcome back");
    ok(!alice.requests.some(({ body }) => body === "to a suspended one"));

    // Who is barred stays registered: the end of the bar finds the devices where they are.
    await ada.patch(path, { state: "barred", barred_until: Date.now() + 3_600_000 });
    equal(statusOf(await carol.message(uri, "to a barred one")), 480);
    equal(statusOf(await alice.message(carol.aor, "from a barred one")), 403);
    (await ada.ask("POST", "/sessions", { body: { uri, password: "pw-alice" }, token: "" })).refused(401);
    const until = Date.now() + 2000;
    await ada.patch(path, { state: "barred", barred_until: until });
    await eventually(async () => statusOf(await carol.message(uri, "free")) === 200, "the bar is over by itself");
    ok(Date.now() >= until, "let through before the bar was over");
    await alice.requestArrived(({ body }) => body === "free");
    equal(statusOf(await alice.message(carol.aor, "at last")), 200);
    ok(!alice.requests.some(({ body }) => body === "to a barred one"));

    const removed = await ada.post<{ user: User }>("/users", { uri: "sip:dave@example.test", password: "pw-dave" });
    const dave = await registered("dave");
    const daves = await ada.logIn({ uri: removed.user.uri, password: "pw-dave" });
    await ada.delete(ada.user(removed.user.uri));
    equal(statusOf(await carol.message(dave.aor, "too late")), 404);
    equal(statusOf(await dave.register()), 403);
    (await daves.ask("GET", "/sessions/current")).refused(401);
    (await ada.ask("GET", ada.user(removed.user.uri))).refused(404);
    dave.close();
    await leave([alice, carol, tcp]);
  },
);

Deno.test("devices are listed, and one is revoked: the other one stays", options, async () => {
  const uri = "sip:alice@example.test";
  const carol = await registered("carol");
  const udp = await registered("alice");
  const ws = await registered("alice", undefined, "ws");
  const own = await ada.logIn({ uri, password: "pw-alice" });
  interface Device {
    readonly id: string;
    readonly transport: string;
    readonly contact: string;
    readonly live: boolean;
  }
  const { devices } = await own.get<{ devices: Device[] }>(own.user(uri, "/devices"));
  deepEqual(devices.map(({ transport }) => transport).sort(), ["udp", "ws"]);
  ok(devices.every(({ live }) => live));
  (await own.ask("GET", own.user(carol.aor, "/devices"))).refused(403);
  (await own.ask("DELETE", own.user(carol.aor, "/devices"))).refused(403);
  const doomed = devices.find(({ transport }) => transport === "udp")!;
  await own.delete(own.user(uri, `/devices/${encodeURIComponent(doomed.id)}`));
  (await own.ask("DELETE", own.user(uri, `/devices/${encodeURIComponent(doomed.id)}`))).refused(404);
  equal(statusOf(await carol.message(uri, "to one device")), 200);
  await ws.requestArrived(({ body }) => body === "to one device");
  ok(!udp.requests.some(({ body }) => body === "to one device"));
  equal((await ada.ask("DELETE", ada.user(uri, "/devices"))).ok<{ ended: number }>().ended, 1);
  equal((await ada.get<User>(ada.user(uri))).devices, 0);
  udp.close();
  ws.close();
  await leave([carol]);
});

Deno.test(
  "a CSV with faults imports nothing and tells each line; without them all are there with passwords",
  options,
  async () => {
    const before = (await ada.get<{ total: number }>("/users")).total;
    const csv = (rows: string[]) => ({
      headers: { "content-type": "text/csv" },
      octets: `uri,password,display_name,e164\r\n${rows.join("\r\n")}\r\n`,
    });
    const good = ["sip:erin@example.test,pw-erin,Erin,+15550001", "sip:frank@example.test,,Frank,"];
    const bad = await ada.ask(
      "POST",
      "/users/import",
      csv([good[0], "not an address,x,,", "sip:alice@example.test,again,,", good[1], "sip:gina@example.test,pw,,abc"]),
    );
    const { errors } = bad.refused(422, "invalid");
    deepEqual(errors.map(({ line }) => line), [3, 4, 6]);
    match(errors[0].message, /not a user's address/);
    match(errors[1].message, /exists already/);
    match(errors[2].message, /"abc" is not a number/);
    equal((await ada.get<{ total: number }>("/users")).total, before);
    equal(await signIn("erin"), 403);
    const dry = await ada.ask("POST", "/users/import?dry_run", csv(good));
    equal(dry.ok<{ added: number }>().added, 2);
    equal((await ada.get<{ total: number }>("/users")).total, before);
    const done = (await ada.ask("POST", "/users/import", csv(good))).ok<
      { passwords: { uri: string; password: string }[] }
    >();
    equal((await ada.get<{ total: number }>("/users")).total, before + 2);
    equal(await signIn("erin", "pw-erin"), 200);
    deepEqual(done.passwords.map(({ uri }) => uri), ["sip:frank@example.test"]);
    equal(await signIn("frank", done.passwords[0].password), 200);
  },
);

Deno.test("an import that says it is too large is refused before any of it is sent", options, async () => {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: http });
  try {
    const head =
      `POST /api/v1/users/import HTTP/1.1\r\nHost: 127.0.0.1:${http}\r\nAuthorization: Bearer ${ada.token}\r\n` +
      `Content-Type: text/csv\r\nContent-Length: ${9 * 1024 * 1024}\r\n\r\n`;
    await connection.write(new TextEncoder().encode(head));
    const answer = new Uint8Array(4096);
    const read = await connection.read(answer);
    match(new TextDecoder().decode(answer.subarray(0, read ?? 0)), /^HTTP\/1\.1 413 /);
  } finally {
    connection.close();
  }
  // And where it does not say so: as soon as it is.
  let sent = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      sent += 65_536;
      controller.enqueue(new Uint8Array(65_536).fill(0x61));
    },
  }, { highWaterMark: 0 });
  const answer = await ada.ask("POST", "/users/import", { headers: { "content-type": "text/csv" }, octets: endless });
  answer.refused(413, "too-large");
  ok(sent < 64 * 1024 * 1024, `${sent} octets`);
});

Deno.test("a user's own quota: the next sender is refused with 480 and the reason", options, async () => {
  const carol = await registered("carol");
  const uri = "sip:quota@example.test";
  await ada.post("/users", { uri, password: "pw-quota" });
  const { quota, limits } = await ada.patch<{ quota: unknown; limits: unknown }>(ada.user(uri), {
    quota: { messages: 2, octets: 10_000 },
  });
  deepEqual([quota, limits], [{ messages: 2, octets: 10_000 }, { messages: 2, octets: 10_000 }]);
  for (const text of ["one", "two"]) equal(statusOf(await carol.message(uri, text)), 202);
  const full = await carol.message(uri, "three");
  equal(statusOf(full), 480, full.raw);
  match(full.raw, /full|quota|store/i);
  await ada.patch(ada.user(uri), { quota: null });
  equal(statusOf(await carol.message(uri, "four")), 202);
  await leave([carol]);
});

Deno.test(
  "the provider's profile defaults hold for new users by REST, CSV and command line, for no old ones [UPROF-3]",
  options,
  async () => {
    const carol = await registered("carol");
    const before = await ada.get<User>(ada.user("sip:bob@example.test"));
    const { next } = await ada.settings({
      "profile.deferral": "never",
      "profile.quota_messages": 3,
      "profile.quota_bytes": 9000,
    });
    equal(next, "nothing", "it takes effect at once");
    await ada.post("/users", { uri: "sip:by-rest@example.test", password: "pw" });
    (await ada.ask("POST", "/users/import", {
      headers: { "content-type": "text/csv" },
      octets: "uri,password,display_name,e164\nsip:by-csv@example.test,pw,,\n",
    })).ok();
    const { code, output } = await parley.command("user", "add", "sip:by-cli@example.test", "--password", "pw");
    equal(code, 0, output);
    for (const name of ["by-rest", "by-csv", "by-cli"]) {
      const { deferral, quota } = await ada.get<User>(ada.user(`sip:${name}@example.test`));
      deepEqual([deferral, quota?.messages], ["never", 3], name);
      // Nobody there, nothing kept.
      equal(statusOf(await carol.message(`sip:${name}@example.test`, "hello?")), 480, name);
    }
    deepEqual(await ada.get<User>(ada.user("sip:bob@example.test")), before);
    equal(statusOf(await carol.message("sip:bob@example.test", "kept as before")), 202);
    // Back to the defaults; those who have come meanwhile keep what they have.
    await ada.settings({ "profile.deferral": null, "profile.quota_messages": null, "profile.quota_bytes": null });
    const { user } = await ada.post<{ user: User }>("/users", { uri: "sip:later@example.test" });
    deepEqual([user.deferral, user.quota], ["offline", null]);
    equal((await ada.get<User>(ada.user("sip:by-csv@example.test"))).deferral, "never");
    await leave([carol]);
  },
);

Deno.test(
  "why a user cannot be reached: no device, wrong password, silent device, full store, suspended",
  options,
  async () => {
    const carol = await registered("carol");
    const uri = "sip:reach@example.test";
    await ada.post("/users", { uri, password: "pw-reach" });
    interface Reached {
      readonly reachable: boolean;
      readonly summary: string;
      readonly findings: readonly { code: string; severity: string; text: string; repair: string }[];
    }
    const ask = () => ada.post<Reached>(ada.user(uri, "/reachability"));
    const found = ({ findings }: Reached, code: string) => findings.find((finding) => finding.code === code);
    const never = await ask();
    equal(never.reachable, false);
    equal(found(never, "device.none")?.severity, "critical");
    ok(found(never, "login.never"));

    equal(await signIn("reach", "wrong"), 403);
    const failed = await eventually(async () => found(await ask(), "login.failed"), "the failed sign-in is told");
    match(failed.text, /127\.0\.0\.1.*wrong-password/);
    ok(failed.repair !== "");

    await ada.patch(ada.user(uri), { quota: { messages: 1, octets: 10_000 } });
    equal(statusOf(await carol.message(uri, "fills it")), 202);
    // The notice that it is full comes on top.
    match(found(await ask(), "quota")!.text, /full \(2 messages/);
    await ada.patch(ada.user(uri), { quota: null });

    const device = await registered("reach");
    await device.requestArrived(({ body }) => body === "fills it");
    const well = await ask();
    equal(well.reachable, true, JSON.stringify(well));
    ok(device.requests.some(({ start }) => start.startsWith("OPTIONS ")));
    device.answer = ({ start }) => start.startsWith("OPTIONS ") ? null : 200;
    const silent = await ask();
    equal(silent.reachable, false);
    match(found(silent, "device")!.text, /does not answer within 4 s/);

    await ada.patch(ada.user(uri), { state: "suspended" });
    const suspended = await ask();
    equal(found(suspended, "state")?.severity, "critical");
    match(suspended.summary, /suspended/);
    device.close();
    await leave([carol]);
  },
);
