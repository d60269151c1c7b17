/** What the service itself says to its users: sent over REST, heard by SIP clients. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { ParleyProcess, users } from "../support/parley.ts";
import { eventually, Rest } from "../support/rest.ts";
import { header, leave, SipClient, statusOf } from "../support/sip_client.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
const SYSTEM = "sip:system@example.test";
let parley: ParleyProcess;
let ada: Rest;

Deno.test.beforeAll(async () => {
  parley = await ParleyProcess.start({ users: users("alice", "bob", "carol", "dave") });
  ada = await Rest.setUp(parley);
});
Deno.test.afterAll(async () => {
  await parley?.[Symbol.asyncDispose]();
});

async function open(user: string, transport: "udp" | "tcp" = "udp"): Promise<SipClient> {
  return await SipClient.open({ user, domain: parley.domain, port: parley.port, transport });
}

async function registered(user: string, transport: "udp" | "tcp" = "udp"): Promise<SipClient> {
  const client = await open(user, transport);
  const answer = await client.register();
  equal(statusOf(answer), 200, answer.raw);
  return client;
}

interface Sent {
  readonly id: string;
  readonly by: string;
  readonly to: string;
  readonly recipients: number;
  readonly delivered: number;
  readonly deferred: number;
  readonly failed: number;
}

/** Waits until so many have it and so many wait for it. */
async function counted(id: string, delivered: number, deferred: number): Promise<void> {
  await eventually(async () => {
    const { messages } = await ada.get<{ messages: Sent[] }>("/system-messages");
    const sent = messages.find((message) => message.id === id);
    return sent?.delivered === delivered && sent.deferred === deferred && sent.failed === 0;
  }, `${delivered} delivered, ${deferred} deferred`);
}

Deno.test(
  "a text to one user who is online arrives at once, from the service's own asserted identity [SMSG-1]",
  options,
  async () => {
    const [alice, bob] = [await registered("alice"), await registered("bob", "tcp")];
    const text = "The box restarts at noon.";
    const sent = await ada.post<Sent>("/system-messages", { to: alice.aor, text });
    deepEqual([sent.to, sent.by, sent.recipients], [alice.aor, "admin:ada", 1]);
    const heard = await alice.requestArrived(({ body }) => body === text);
    match(heard.start, /^MESSAGE sip:alice@/);
    match(header(heard, "from"), /<sip:system@example\.test>/);
    match(header(heard, "p-asserted-identity"), /<sip:system@example\.test>/);
    match(header(heard, "content-type"), /^text\/plain;charset=UTF-8/);
    await counted(sent.id, 1, 0);
    ok(!bob.requests.some(({ body }) => body === text), "somebody else heard it");
    const nobody = await ada.ask("POST", "/system-messages", { body: { to: "sip:nobody@example.test", text } });
    nobody.refused(404);
    await leave([alice, bob]);
  },
);

Deno.test(
  "512 characters and more arrive whole, of any script; beyond 2000 they are refused [SMSG-6]",
  options,
  async () => {
    const alice = await registered("alice");
    const long = "Größe שלום 你好 👩‍👩‍👧‍👦 ".repeat(40).trim();
    ok([...long].length > 512);
    await ada.post("/system-messages", { to: alice.aor, text: long });
    await alice.requestArrived(({ body }) => body === long);
    const exact = "x".repeat(2000);
    await ada.post("/system-messages", { to: "alice@example.test", text: exact });
    await alice.requestArrived(({ body }) => body === exact);
    for (const text of [`${exact}x`, "", " \n "]) {
      const refused = await ada.ask("POST", "/system-messages", { body: { to: alice.aor, text } });
      deepEqual(refused.refused(422, "invalid").errors.map(({ field }) => field), ["text"]);
    }
    await leave([alice]);
  },
);

Deno.test(
  "a text to everybody, at any time: those online hear it now, the others when they sign in [SMSG-10] [RCV-4]",
  options,
  async () => {
    await ada.patch(ada.user("sip:dave@example.test"), { state: "suspended" });
    const [alice, bob] = [await registered("alice"), await registered("bob", "tcp")];
    const text = "To all of you: 明日は休みです。";
    const sent = await ada.post<Sent>("/system-messages", { to: "everybody", text });
    for (const client of [alice, bob]) await client.requestArrived(({ body }) => body === text);
    await counted(sent.id, 2, 1);
    const carol = await registered("carol");
    const heard = await carol.requestArrived(({ body }) => body === text);
    match(header(heard, "from"), /<sip:system@example\.test>/);
    await counted(sent.id, 3, 0);
    // Once each, however often they sign in.
    for (const client of [alice, bob, carol]) equal(statusOf(await client.register()), 200);
    equal(statusOf(await alice.message(carol.aor, "after it")), 200);
    await carol.requestArrived(({ body }) => body === "after it");
    for (const client of [alice, bob, carol]) equal(client.requests.filter(({ body }) => body === text).length, 1);
    await leave([alice, bob, carol]);
  },
);

Deno.test("a text that waits for a user outlives a kill of the box", options, async () => {
  const text = "kept over the kill";
  const sent = await ada.post<Sent>("/system-messages", { to: "sip:carol@example.test", text });
  await counted(sent.id, 0, 1);
  await parley.kill();
  await parley.run();
  const carol = await registered("carol");
  await carol.requestArrived(({ body }) => body === text);
  await counted(sent.id, 1, 0);
  await leave([carol]);
});

Deno.test(
  "a user is told once when the store of waiting messages is nearly full, and once when it is full",
  options,
  async () => {
    const alice = await registered("alice");
    const bob = ada.user("sip:bob@example.test");
    await ada.patch(bob, { quota: { messages: 10, octets: 100_000 } });
    const statuses: number[] = [];
    for (let n = 0; n < 12; n++) statuses.push(statusOf(await alice.message("sip:bob@example.test", `filler ${n}`)));
    equal(statuses.filter((status) => status === 480).length, statuses.length - statuses.indexOf(480));
    ok(statuses.indexOf(480) >= 8, statuses.join());
    const client = await registered("bob");
    const near = await client.requestArrived(({ body }) => /^\d+ of 10 messages wait for you/.test(body));
    match(header(near, "from"), /<sip:system@example\.test>/);
    match(near.body, /^8 of 10/);
    await client.requestArrived(({ body }) => /^Your store .* (?:is|was) full \(10 messages\)/.test(body));
    await client.requestArrived(({ body }) => body === "filler 7");
    await eventually(async () => {
      const { waiting } = await ada.get<{ waiting: { messages: number } }>(bob);
      return waiting.messages === 0;
    }, "everything delivered");
    const notices = client.requests.filter((request) => header(request, "from").includes(SYSTEM));
    equal(notices.length, 2, notices.map(({ body }) => body).join("\n"));
    await leave([alice, client]);
  },
);

Deno.test("nobody is made, registers or sends as the service", options, async () => {
  for (const uri of [SYSTEM, "sip:System@example.test", "system@example.test"]) {
    const refused = await ada.ask("POST", "/users", { body: { uri, password: "mine" } });
    const { errors } = refused.refused(422, "invalid");
    deepEqual(errors.map(({ field }) => field), ["uri"]);
    match(errors[0].message, /an address of the service itself/);
  }
  const csv = await ada.ask("POST", "/users/import", {
    headers: { "content-type": "text/csv" },
    octets: `uri,password,display_name,e164\n${SYSTEM},mine,,\n`,
  });
  deepEqual(csv.refused(422).errors.map(({ line }) => line), [2]);
  const cli = await parley.command("user", "add", SYSTEM, "--password", "mine");
  ok(cli.code !== 0 && /an address of the service itself/.test(cli.output), cli.output);
  const { user } = await ada.post<{ user: { uri: string } }>("/users", { display_name: "System" });
  ok(user.uri !== SYSTEM, user.uri);

  const impostor = await SipClient.open({ user: "system", domain: parley.domain, port: parley.port, password: "mine" });
  equal(statusOf(await impostor.register()), 403);
  const [alice, bob] = [await registered("alice"), await registered("bob")];
  const asSystem = await alice.message(bob.aor, "obey", { from: `<${SYSTEM}>` });
  equal(statusOf(asSystem), 403, asSystem.raw);
  const asserted = await alice.message(bob.aor, "asserted", { headers: [`P-Asserted-Identity: <${SYSTEM}>`] });
  equal(statusOf(asserted), 200, asserted.raw);
  const preferred = await alice.message(bob.aor, "preferred", { headers: [`P-Preferred-Identity: <${SYSTEM}>`] });
  ok(statusOf(preferred) === 200 || statusOf(preferred) === 403, preferred.raw);
  await bob.requestArrived(({ body }) => body === "asserted");
  for (const { raw, body } of bob.requests) ok(body === "obey" ? false : !raw.includes(SYSTEM), raw);
  impostor.close();
  await leave([alice, bob]);
});
