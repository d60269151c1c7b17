/** Pager mode from outside: MESSAGE through Parley as it is shipped, over real sockets. */
import { equal, match, ok } from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { header, leave, SipClient, statusOf } from "../support/sip_client.ts";
import type { DeferredMessage } from "../../storage/mod.ts";
import { withStorage } from "../support/box_storage.ts";
import { ParleyProcess, passwordOf, type TestUser, users } from "../support/parley.ts";
import { eventually } from "../support/rest.ts";

const people: TestUser[] = [
  { name: "alice", password: passwordOf("alice"), displayName: "Alice", e164: "+15550001" },
  { name: "bob", password: passwordOf("bob"), displayName: "Bob", e164: "+15550002" },
  ...Array.from({ length: 12 }, (_, i) => ({ name: `p${i}`, password: passwordOf(`p${i}`) })),
];
const CONFIG = `
[pager]
types = ["text/plain", "message/cpim", "image/*", "application/vnd.test"]
max_body_of = { "image/*" = 400 }
`;
let parley: ParleyProcess;
Deno.test.beforeAll(async () => {
  parley = await ParleyProcess.start({ users: people, config: CONFIG });
});
Deno.test.afterAll(async () => {
  await parley[Symbol.asyncDispose]();
});

const options = { sanitizeOps: false, sanitizeResources: false };

async function client(user: string, transport: "udp" | "tcp" = "udp"): Promise<SipClient> {
  return await SipClient.open({ user, domain: parley.domain, port: parley.port, transport });
}

async function online(user: string, transport: "udp" | "tcp" = "udp", params = ""): Promise<SipClient> {
  const opened = await client(user, transport);
  const answer = await opened.register(600, params);
  equal(statusOf(answer), 200, answer.raw);
  return opened;
}

Deno.test(
  "a message goes from one user to the other and is answered 200, over UDP and TCP [GR-3] [DM-1] [DM-2] [RCV-1]",
  options,
  async () => {
    for (const transport of ["udp", "tcp"] as const) {
      const alice = await online("alice", transport);
      const bob = await online("bob", transport);
      const answer = await alice.message("sip:bob@example.test", `over ${transport}: ünïcödé 😀`);
      equal(statusOf(answer), 200, answer.raw);
      const arrived = await bob.requestArrived((request) => request.body === `over ${transport}: ünïcödé 😀`);
      match(header(arrived, "from"), /<sip:alice@example\.test>;tag=/);
      match(header(arrived, "content-type"), /^text\/plain;charset=UTF-8$/);
      await alice.register(0);
      await bob.register(0);
      alice.close();
      bob.close();
    }
  },
);

Deno.test("the sender's nickname goes through as written [SND-1]", options, async () => {
  const alice = await online("alice");
  const bob = await online("bob");
  const nickname = `"Alice \\"Ace\\" Ünïcøde 🦊" <sip:alice@example.test>`;
  equal(statusOf(await alice.message("sip:bob@example.test", "hi", { from: nickname })), 200);
  const arrived = await bob.requestArrived((request) => request.body === "hi");
  ok(header(arrived, "from").startsWith(nickname), header(arrived, "from"));
  await bob.register(0);
  // … and through the store as well.
  equal(statusOf(await alice.message("sip:bob@example.test", "hi later", { from: nickname })), 202);
  await bob.register();
  const later = await bob.requestArrived((request) => request.body === "hi later");
  ok(header(later, "from").startsWith(nickname), header(later, "from"));
  await bob.register(0);
  alice.close();
  bob.close();
});

Deno.test(
  "an offline user's messages are stored with their time, and come on registration, oldest first, once [SND-3] [RCV-3] [NOT-2]",
  options,
  async () => {
    const alice = await online("alice");
    const before = Math.floor(Date.now() / 1000) * 1000;
    for (let i = 0; i < 20; i++) {
      const answer = await alice.message("sip:p0@example.test", `stored ${i}`);
      equal(statusOf(answer), 202, answer.raw);
    }
    const after = Date.now();
    const recipient = await online("p0");
    const texts = await recipient.messages(20);
    equal(texts.join(), Array.from({ length: 20 }, (_, i) => `stored ${i}`).join());
    const callIds = new Set(recipient.requests.map((request) => header(request, "call-id")));
    equal(callIds.size, 20, "a Call-ID was used twice");
    for (const request of recipient.requests) {
      const date = Date.parse(header(request, "date"));
      ok(date >= before && date <= after, `Date: ${header(request, "date")}`);
      match(header(request, "date"), /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/);
    }
    // Nothing comes twice: a second registration brings nothing.
    const again = await online("p0");
    equal(statusOf(await alice.message("sip:p0@example.test", "marker")), 200);
    await again.requestArrived((request) => request.body === "marker");
    equal(again.requests.filter((request) => request.body.startsWith("stored")).length, 0);
    await leave([alice, recipient, again]);
  },
);

Deno.test("a message reaches every device of a user; the first 2xx answers it [USE-3]", options, async () => {
  const alice = await online("alice");
  const phone = await client("p1");
  const laptop = await client("p1", "tcp");
  equal(statusOf(await phone.register(600, `;+sip.instance="${phone.instance}"`)), 200);
  equal(statusOf(await laptop.register(600, `;+sip.instance="${laptop.instance}"`)), 200);
  equal(statusOf(await alice.message("sip:p1@example.test", "to both")), 200);
  await phone.requestArrived((request) => request.body === "to both");
  await laptop.requestArrived((request) => request.body === "to both");
  await leave([alice, phone, laptop]);
});

Deno.test(
  "a device that does not answer gets its own copy when it is back, the other device no second one [USE-3] [NOT-2]",
  options,
  async () => {
    const alice = await online("alice");
    const phone = await client("p2");
    const laptop = await client("p2");
    equal(statusOf(await phone.register(600, `;+sip.instance="${phone.instance}"`)), 200);
    equal(statusOf(await laptop.register(600, `;+sip.instance="${laptop.instance}"`)), 200);
    phone.answer = () => 480;
    equal(statusOf(await alice.message("sip:p2@example.test", "one for each")), 200);
    await laptop.requestArrived((request) => request.body === "one for each");
    await phone.requestArrived((request) => request.body === "one for each");
    phone.answer = () => 200;
    equal(statusOf(await phone.register(600, `;+sip.instance="${phone.instance}"`)), 200);
    const copies = (who: SipClient): number => who.requests.filter((request) => request.body === "one for each").length;
    // The device has it when a later message has come, for each sender's order is kept.
    ok(statusOf(await alice.message("sip:p2@example.test", "after")) < 300);
    await phone.requestArrived((request) => request.body === "after");
    equal(copies(phone), 2, "refused once, delivered once");
    equal(copies(laptop), 1);
    await leave([alice, phone, laptop]);
  },
);

Deno.test(
  "a device that stays silent: the sender has 202 within 8 seconds and the message waits [NOT-2]",
  options,
  async () => {
    const alice = await online("alice");
    // The device, known by its instance, comes back at another address and takes the place of its old contact.
    const device = `;+sip.instance="<urn:uuid:00000000-0000-1000-8000-000000000003>"`;
    const silent = await online("p3", "udp", device);
    silent.answer = () => null;
    const started = performance.now();
    const answer = await alice.message("sip:p3@example.test", "are you there?");
    equal(statusOf(answer), 202, answer.raw);
    ok(performance.now() - started < 9_500, "the answer came after the 8 seconds promised");
    silent.close();
    const back = await online("p3", "udp", device);
    await back.requestArrived((request) => request.body === "are you there?");
    await leave([alice, back]);
  },
);

Deno.test(
  "what cannot be delivered is said: unknown user 404, definite refusal passed on [NOT-2]",
  options,
  async () => {
    const alice = await online("alice");
    equal(statusOf(await alice.message("sip:nobody@example.test", "?")), 404);
    const picky = await online("p4");
    picky.answer = () => 415;
    equal(statusOf(await alice.message("sip:p4@example.test", "?")), 415);
    await leave([alice, picky]);
  },
);

Deno.test(
  "types and sizes the operator does not allow are refused, with what is allowed [ADM-7]",
  options,
  async () => {
    const alice = await online("alice");
    const send = (type: string, size: number) =>
      alice.request({
        method: "MESSAGE",
        uri: "sip:bob@example.test",
        headers: [`Content-Type: ${type}`],
        body: "x".repeat(size),
      });
    equal(statusOf(await send("text/plain", 1300)), 202);
    const long = await send("text/plain", 1301);
    equal(statusOf(long), 413);
    match(header(long, "warning"), /133 Size exceeded.*1300/);
    equal(statusOf(await send("image/png", 400)), 202);
    const image = await send("image/png", 401);
    equal(statusOf(image), 413);
    match(header(image, "warning"), /400/);
    const video = await send("video/mp4", 10);
    equal(statusOf(video), 415);
    const accept = (video.headers.get("accept") ?? []).join(",");
    for (const type of ["text/plain", "message/cpim", "image/*"]) ok(accept.includes(type), accept);
    const bob = await online("bob");
    await bob.messages(2);
    await bob.register(0);
    await leave([alice, bob]);
  },
);

Deno.test("bodies pass and wait byte for byte, whatever their type and encoding [DM-2] [SYS-1]", options, async () => {
  const alice = await online("alice", "tcp");
  const bytes = new Uint8Array(256).map((_, i) => i);
  const headers = [
    "MESSAGE sip:p5@example.test SIP/2.0",
    `Via: SIP/2.0/TCP 127.0.0.1:${alice.local.port};branch=z9hG4bK${randomUUID()};rport`,
    "Max-Forwards: 70",
    `From: <${alice.aor}>;tag=bytes`,
    "To: <sip:p5@example.test>",
    `Call-ID: ${randomUUID()}`,
    "CSeq: 1 MESSAGE",
    "Content-Type: application/vnd.test",
    "Content-Encoding: deflate",
    "X-Unknown: kept",
    "Content-Length: 256",
  ].join("\r\n");
  // The trusted way around a challenge is not open here: take one first, then send the octets with its credentials.
  const { answerChallenge, readText } = await import("../support/sip_client.ts");
  const challenge = await alice.request({ method: "MESSAGE", uri: "sip:p5@example.test", authenticate: false });
  equal(statusOf(challenge), 407);
  const credentials = answerChallenge(challenge, "alice", passwordOf("alice"), {
    method: "MESSAGE",
    uri: "sip:p5@example.test",
  });
  const head = new TextEncoder().encode(`${headers}\r\n${credentials}\r\n\r\n`);
  await alice.raw(new Uint8Array([...head, ...bytes]));
  // Read by a socket of our own, which sees octets.
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const { port } = socket.addr as Deno.NetAddr;
  const registrar = await client("p5");
  const register = await registrar.request({
    method: "REGISTER",
    uri: "sip:example.test",
    to: "<sip:p5@example.test>",
    headers: [`Contact: <sip:p5@127.0.0.1:${port}>`, "Expires: 600"],
  });
  equal(statusOf(register), 200, register.raw);
  const [datagram] = await socket.receive();
  const text = new TextDecoder("latin1").decode(datagram);
  const split = text.indexOf("\r\n\r\n");
  const received = readText(text.slice(0, split + 4));
  equal(header(received, "content-type"), "application/vnd.test");
  equal(header(received, "content-encoding"), "deflate");
  equal(header(received, "x-unknown"), "kept");
  equal(datagram.subarray(split + 4).join(), bytes.join());
  socket.close();
  await leave([alice, registrar]);
});

Deno.test(
  "messages of every size reach a client that has UDP only, though the larger ones should go by TCP [RCV-1]",
  options,
  async () => {
    const alice = await online("alice");
    const recipient = await online("p8");
    for (let size = 100; size <= 1300; size += 100) {
      const answer = await alice.message("sip:p8@example.test", "z".repeat(size));
      equal(statusOf(answer), 200, `${size} octets: ${answer.start}`);
    }
    equal(
      (await recipient.messages(13)).map((text) => text.length).join(),
      Array.from({ length: 13 }, (_, i) => 100 * (i + 1)).join(),
    );
    await leave([alice, recipient]);
  },
);

Deno.test("a retransmission is answered again and delivered once, also after a restart [SND-3]", options, async () => {
  const alice = await online("alice");
  const fixed = { callId: randomUUID(), fromTag: "same", cseq: 7 };
  equal(statusOf(await alice.message("sip:p6@example.test", "once", fixed)), 202);
  equal(statusOf(await alice.message("sip:p6@example.test", "once", fixed)), 202);
  await parley.kill();
  await parley.run();
  await alice.register();
  equal(statusOf(await alice.message("sip:p6@example.test", "once", fixed)), 202);
  const recipient = await online("p6");
  // 202 while the stored one is still on its way: nothing overtakes it.
  ok(statusOf(await alice.message("sip:p6@example.test", "marker")) < 300);
  await recipient.requestArrived((request) => request.body === "marker");
  equal(recipient.requests.filter((request) => request.body === "once").length, 1);
  await leave([alice, recipient]);
});

Deno.test("a known nonce serves the next message: one round trip, no second challenge [USE-14]", options, async () => {
  const alice = await online("alice");
  const bob = await online("bob");
  const challenge = await alice.message("sip:bob@example.test", "first", { authenticate: false });
  equal(statusOf(challenge), 407);
  const { answerChallenge } = await import("../support/sip_client.ts");
  const credentials = answerChallenge(challenge, "alice", passwordOf("alice"), {
    method: "MESSAGE",
    uri: "sip:bob@example.test",
  });
  const answer = await alice.message("sip:bob@example.test", "at once", {
    authenticate: false,
    headers: [credentials],
  });
  equal(statusOf(answer), 200, answer.raw);
  await bob.requestArrived((request) => request.body === "at once");
  equal(bob.requests.filter((request) => /authorization/i.test(request.raw)).length, 0, "credentials left the server");
  await bob.register(0);
  await leave([alice, bob]);
});

Deno.test("a telephone number reaches its user, as tel: and as sip: [DM-1] [SEC-1]", options, async () => {
  const alice = await online("alice");
  const bob = await online("bob");
  for (const [i, uri] of ["tel:+15550002", "sip:+15550002@example.test;user=phone", "tel:+1-555-0002"].entries()) {
    const answer = await alice.request({
      method: "MESSAGE",
      uri,
      to: `<${uri}>`,
      headers: ["Content-Type: text/plain"],
      body: `number ${i}`,
    });
    equal(statusOf(answer), 200, answer.raw);
    await bob.requestArrived((request) => request.body === `number ${i}`);
  }
  await bob.register(0);
  await leave([alice, bob]);
});

Deno.test("a message with very many header lines waits and comes with all of them [SND-3]", options, async () => {
  const alice = await online("alice");
  const headers = Array.from({ length: 200 }, (_, i) => `X-Line-${i}: ${i}`);
  equal(statusOf(await alice.message("sip:p9@example.test", "many lines", { headers })), 202);
  const recipient = await online("p9");
  const arrived = await recipient.requestArrived((request) => request.body === "many lines");
  for (let i = 0; i < 200; i++) equal(header(arrived, `x-line-${i}`), String(i));
  await leave([alice, recipient]);
});

Deno.test("a message that expires is not delivered afterwards [RCV-3]", options, async () => {
  const alice = await online("alice");
  equal(statusOf(await alice.message("sip:p7@example.test", "short-lived", { headers: ["Expires: 1"] })), 202);
  equal(statusOf(await alice.message("sip:p7@example.test", "lasting", { headers: ["Expires: 600"] })), 202);
  const expired = Date.now() + 1_100;
  // Waits by traffic, not by sleep: other users talk until the second has passed.
  const bob = await online("bob");
  while (Date.now() < expired) equal(statusOf(await alice.message("sip:bob@example.test", "tick")), 200);
  const recipient = await online("p7");
  equal((await recipient.messages(1)).join(), "lasting");
  await bob.register(0);
  await leave([alice, bob, recipient]);
});

Deno.test(
  "what waits for an address that no user has is gone after the start, and so is what waited for a user removed while no box runs",
  options,
  async () => {
    const [ghost, gone] = ["sip:ghost@example.test", "sip:gone@example.test"];
    const waits = (recipient: string): DeferredMessage => ({
      recipient,
      device: "",
      sender: "sip:alice@example.test",
      arrivedAt: Date.now(),
      expiresAt: Date.now() + 600_000,
      transaction: `t ${recipient}`,
      headers: `From: <sip:alice@example.test>\r\nTo: <${recipient}>\r\nContent-Type: text/plain\r\n`,
      body: new TextEncoder().encode("for somebody else"),
    });
    const box = await ParleyProcess.start({
      users: users("alice", "gone"),
      prepare: (data) =>
        withStorage(data, async ({ deferredMessages }) => {
          // As a kill leaves it in the middle of a removal.
          for (const recipient of [ghost, gone]) {
            await new Promise<void>((done) => deferredMessages.store(waits(recipient), () => done()));
          }
        }),
    });
    try {
      await box.stop();
      equal((await box.command("user", "remove", gone)).code, 0);
      await box.addUsers(users("ghost", "gone"));
      await box.run();
      const alice = await SipClient.open({ user: "alice", domain: box.domain, port: box.port });
      equal(statusOf(await alice.register()), 200);
      for (const user of ["ghost", "gone"]) {
        const client = await SipClient.open({ user, domain: box.domain, port: box.port });
        equal(statusOf(await client.register()), 200);
        equal(statusOf(await alice.message(client.aor, "for you")), 200);
        // Nothing overtakes what waits: this came first, so nothing did.
        equal((await client.messages(1)).join(), "for you");
        client.close();
      }
      await eventually(
        async () => /^parley_deferred_waiting 0$/m.test(await box.metrics()),
        "what was left of those who are gone is removed",
      );
      alice.close();
    } finally {
      await box[Symbol.asyncDispose]();
    }
  },
);
