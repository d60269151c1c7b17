import assert from "node:assert/strict";
import { FakeFlow } from "./testing/fake_exchange.ts";
import { INSTANCE, RegisterWorld } from "./testing/register_world.ts";

const CONTACT = "Contact: <sip:alice@192.0.2.10:5060>";

/** Each row: what a REGISTER carries, and the answer it deserves. */
const ANSWERS: readonly (readonly [name: string, lines: string, status: number, reason?: RegExp])[] = [
  ["a contact", CONTACT, 200],
  ["no contact: a query", "", 200],
  ["a contact without brackets", "Contact: sip:alice@192.0.2.10;expires=60", 200],
  ["* with Expires 0", "Contact: *\nExpires: 0", 200],
  ["* with another Expires", "Contact: *\nExpires: 60", 400],
  ["* without Expires", "Contact: *", 400],
  ["* beside another contact", `Contact: *\n${CONTACT}\nExpires: 0`, 400],
  ["too short", `${CONTACT}\nExpires: 59`, 423],
  ["too short by its parameter", `${CONTACT};expires=1`, 423],
  ["just long enough", `${CONTACT};expires=60`, 200],
  ["malformed Expires counts as 3600", `${CONTACT}\nExpires: soon`, 200],
  ["a contact that is malformed", "Contact: <sip:alice@192.0.2.10", 400],
  ["a contact with a bad URI", "Contact: <sip:@@>", 400],
  ["a contact that is no SIP URI", "Contact: <mailto:alice@example.test>", 403],
  ["a contact that is the address-of-record", "Contact: <sip:alice@example.test>", 403],
  ["a contact that is the user's own GRUU", "Contact: <sip:alice@example.test;gr=x>", 403],
  ["a contact that is a temporary GRUU", "Contact: <sip:tgruu.x@example.test;gr>", 403],
  ["q out of range", `${CONTACT};q=1.1`, 400],
  ["an extension nobody knows", `${CONTACT}\nRequire: path, magic`, 420],
  ["extensions that are known", `${CONTACT}\nRequire: path, gruu, outbound`, 200],
  [
    "two flows at once",
    `Contact: <sip:a@192.0.2.1>;reg-id=1;${INSTANCE}\nContact: <sip:a@192.0.2.2>\nSupported: outbound`,
    400,
  ],
  ["Path that is malformed", `${CONTACT}\nPath: <sip:edge`, 400],
  ["more Path than is kept", `${CONTACT}\nPath: ${Array(9).fill("<sip:edge.test;lr>").join(", ")}`, 400],
  ["a contact longer than is kept", `Contact: <sip:${"a".repeat(600)}@192.0.2.1>`, 400],
];

for (const [name, lines, status] of ANSWERS) {
  Deno.test(`REGISTER with ${name} gets ${status}`, () => {
    const world = new RegisterWorld();
    const answer = world.register(lines);
    assert.equal(answer.status, status, answer.head);
    if (status !== 200) assert.deepEqual(world.contacts(), []);
  });
}

Deno.test("423 says the shortest interval", () => {
  assert.equal(new RegisterWorld().register(`${CONTACT};expires=30`).get("Min-Expires"), "60");
});

Deno.test("420 names what is not supported", () => {
  assert.equal(new RegisterWorld().register(`${CONTACT}\nRequire: path, magic`).get("Unsupported"), "magic");
});

Deno.test("expires: the contact's own, then the header's, then the default, never above the maximum", () => {
  const world = new RegisterWorld({ default_expires: 1800, max_expires: 4000 });
  const left = (lines: string) => /;expires=([0-9]+)/.exec(world.register(lines).get("Contact") ?? "")?.[1];
  assert.equal(left(`${CONTACT};expires=600\nExpires: 900`), "600");
  assert.equal(left(`${CONTACT}\nExpires: 900`), "900");
  assert.equal(left(CONTACT), "1800");
  assert.equal(left(`${CONTACT};expires=999999`), "4000");
  world.time.advance(10_000);
  assert.equal(left(""), "3990");
});

Deno.test("a 200 lists every binding with its parameters, what else the user is called, and the date", () => {
  const world = new RegisterWorld();
  world.register(`${CONTACT};q=0.5;+g.oma.sip-im;methods="MESSAGE,INVITE"`, { callId: "phone" });
  const answer = world.register("Contact: <sip:alice@192.0.2.20:5060>", { callId: "desk" });
  assert.deepEqual(answer.getAll("Contact"), [
    "<sip:alice@192.0.2.20:5060>;expires=3600",
    '<sip:alice@192.0.2.10:5060>;q=0.5;+g.oma.sip-im;methods="MESSAGE,INVITE";expires=3600',
  ]);
  assert.equal(answer.get("P-Associated-URI"), "<sip:alice@example.test>, <tel:+15550001>");
  assert.equal(answer.get("Service-Route"), "<sip:im.example.test:5060;transport=udp;lr>");
  assert.equal(answer.get("Date"), "Thu, 01 Jan 2026 00:00:00 GMT");
});

Deno.test("bindings are ordered by q, then by who came last", () => {
  const world = new RegisterWorld();
  world.register("Contact: <sip:low@192.0.2.1>;q=0.1", { callId: "a" });
  world.register("Contact: <sip:one@192.0.2.2>", { callId: "b" });
  world.register("Contact: <sip:two@192.0.2.3>", { callId: "c" });
  assert.deepEqual(world.contacts(), ["sip:two@192.0.2.3", "sip:one@192.0.2.2", "sip:low@192.0.2.1"]);
  world.register("Contact: <sip:one@192.0.2.2>", { callId: "b" });
  assert.deepEqual(world.contacts()[0], "sip:one@192.0.2.2");
});

Deno.test("contacts are compared as URIs, not as text", () => {
  const world = new RegisterWorld();
  world.register("Contact: <sip:%61lice@Phone.Example.NET;x=1>");
  world.register("Contact: <sip:alice@phone.example.net>");
  assert.deepEqual(world.contacts(), ["sip:alice@phone.example.net"]);
  world.register("Contact: <sip:alice@phone.example.net:5060>");
  assert.equal(world.contacts().length, 2);
});

Deno.test("a REGISTER out of order fails and changes nothing; another Call-ID is a new beginning", () => {
  const world = new RegisterWorld();
  world.register(CONTACT, { cseq: 5 });
  assert.equal(world.register(`${CONTACT};expires=0`, { cseq: 5 }).status, 500);
  assert.equal(world.register("Contact: *\nExpires: 0", { cseq: 4 }).status, 500);
  assert.equal(world.contacts().length, 1);
  assert.equal(world.register(`${CONTACT};expires=0`, { cseq: 1, callId: "call-2" }).status, 200);
  assert.equal(world.contacts().length, 0);
});

Deno.test("one failing contact fails the whole request", () => {
  const world = new RegisterWorld();
  world.register("Contact: <sip:a@192.0.2.1>", { cseq: 7 });
  const answer = world.register("Contact: <sip:b@192.0.2.2>\nContact: <sip:a@192.0.2.1>", { cseq: 7 });
  assert.equal(answer.status, 500);
  assert.deepEqual(world.contacts(), ["sip:a@192.0.2.1"]);
});

Deno.test("contacts are removed one by one, or all with *", () => {
  const world = new RegisterWorld();
  world.register("Contact: <sip:a@192.0.2.1>, <sip:b@192.0.2.2>, <sip:c@192.0.2.3>");
  const answer = world.register("Contact: <sip:b@192.0.2.2>;expires=0");
  assert.equal(answer.getAll("Contact").length, 2);
  assert.equal(world.register("Contact: *\nExpires: 0").getAll("Contact").length, 0);
  assert.equal(world.registrar.location.size, 0);
  assert.equal(world.registrations.disk.size, 0);
  assert.deepEqual(world.happened.slice(-3).map((text) => text.split(" ").at(-1)), ["removed", "removed", "removed"]);
});

Deno.test("no more contacts than the limit, but refreshing goes on", () => {
  const world = new RegisterWorld({ max_contacts: 2 });
  world.register("Contact: <sip:a@192.0.2.1>", { callId: "a" });
  world.register("Contact: <sip:b@192.0.2.2>", { callId: "b" });
  assert.equal(world.register("Contact: <sip:c@192.0.2.3>", { callId: "c" }).status, 403);
  assert.equal(world.register("Contact: <sip:b@192.0.2.2>", { callId: "b" }).status, 200);
  assert.equal(world.contacts().length, 2);
});

Deno.test("a device that starts anew takes the place of its old contact", () => {
  const world = new RegisterWorld();
  world.register(`Contact: <sip:x1@192.0.2.1:4000>;${INSTANCE}`, { callId: "before" });
  world.register(`Contact: <sip:x2@192.0.2.1:4001>;${INSTANCE}`, { callId: "after" });
  assert.deepEqual(world.contacts(), ["sip:x2@192.0.2.1:4001"]);
});

Deno.test("one device may register two contacts in one life", () => {
  const world = new RegisterWorld();
  world.register(`Contact: <sip:x@192.0.2.1:4000>;${INSTANCE}`);
  world.register(`Contact: <sip:x@192.0.2.1:4000;transport=tcp>;${INSTANCE}`);
  assert.equal(world.contacts().length, 2);
});

Deno.test("a user registers by any name it has, and only for itself", () => {
  const world = new RegisterWorld();
  for (const to of ["sip:+15550001@example.test", "tel:+1-555-0001", "sip:%61lice@EXAMPLE.test;x=1"]) {
    assert.equal(world.register(CONTACT, { to }).status, 200, to);
  }
  assert.deepEqual(world.contacts(), ["sip:alice@192.0.2.10:5060"]);
  assert.equal(world.register(CONTACT, { to: "sip:bob@example.test" }).status, 403);
  assert.equal(world.register(CONTACT, { to: "sip:nobody@example.test" }).status, 404);
  assert.equal(world.register(CONTACT, { user: "sip:sue@example.test" }).status, 403);
});

Deno.test("nobody who is not authenticated registers", () => {
  const world = new RegisterWorld();
  assert.equal(
    world.register(CONTACT, { user: "sip:stranger@example.test", to: "sip:alice@example.test" }).status,
    403,
  );
});

Deno.test("a trusted server registers users in its own name, a trusted user only itself", () => {
  const world = new RegisterWorld();
  const scscf = { user: "sip:scscf@core.test", to: "sip:alice@example.test", trusted: true };
  assert.equal(world.register(CONTACT, scscf).status, 200);
  const bob = { user: "sip:bob@example.test", to: "sip:alice@example.test", trusted: true };
  assert.equal(world.register(CONTACT, bob).status, 403);
});

Deno.test("REGISTER for a domain that is not ours, and other methods, go on", () => {
  const world = new RegisterWorld();
  assert.throws(() => world.register(CONTACT, { to: "sip:x@far.test", uri: "sip:far.test" }));
  assert.deepEqual(world.passed, ["REGISTER"]);
  assert.equal(world.register(CONTACT, { to: "sip:x@far.test" }).status, 404);
});

Deno.test("several domains do not mix", () => {
  const world = new RegisterWorld();
  assert.equal(world.register(CONTACT, { user: "sip:carol@other.test", uri: "sip:other.test" }).status, 200);
  assert.equal(world.contacts("sip:carol@other.test").length, 1);
  assert.equal(world.contacts("sip:carol@example.test").length, 0);
});

Deno.test("Path is kept and told to a client that knows it; strictly, only then taken", () => {
  const path = "Path: <sip:p2@edge.test;lr>, <sip:p1@edge.test;lr>";
  const world = new RegisterWorld();
  const answer = world.register(`${CONTACT}\n${path}\nSupported: path`);
  assert.deepEqual(answer.list("Path"), ["<sip:p2@edge.test;lr>", "<sip:p1@edge.test;lr>"]);
  assert.deepEqual(world.registrar.location.bindings("sip:alice@example.test")[0].path, answer.list("Path"));
  assert.equal(world.register(`${CONTACT}\n${path}`).has("Path"), false);
  const strict = new RegisterWorld({ strict_path: true });
  assert.equal(strict.register(`${CONTACT}\n${path}`).status, 420);
  assert.equal(strict.register(`${CONTACT}\n${path}`, { trusted: true }).status, 200);
});

Deno.test("what is for later records is kept: device, access network, source", () => {
  const world = new RegisterWorld();
  const flow = new FakeFlow("tcp", "198.51.100.7", 40000);
  world.register(`${CONTACT};${INSTANCE}\nUser-Agent: Phone/1.0\nP-Access-Network-Info: IEEE-802.11`, { flow });
  const [binding] = world.registrar.location.bindings("sip:alice@example.test");
  assert.equal(binding.instance, "<urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF>");
  assert.equal(binding.userAgent, "Phone/1.0");
  assert.equal(binding.accessNetwork, "IEEE-802.11");
  assert.deepEqual(binding.source, { host: "198.51.100.7", port: 40000 });
  assert.equal(binding.transport, "tcp");
  assert.equal(binding.flowId, flow.id);
  assert.equal(binding.flowOnly, false);
});
