/** SIP over WebSocket (RFC 7118) on the web doors, plain and secure, beside SIP over UDP. */
import { equal, match, ok, rejects } from "node:assert/strict";
import { header, leave, SipClient, statusOf } from "../support/sip_client.ts";
import { ParleyProcess, users } from "../support/parley.ts";
import { freePort } from "../support/process.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
const plain = freePort();
const secure = freePort();
let parley: ParleyProcess;
Deno.test.beforeAll(async () => {
  const port = freePort();
  parley = await ParleyProcess.start({
    users: users("alice", "bob", "carol"),
    port,
    config: `[listen]\nsip = ["udp://127.0.0.1:${port}", "tcp://127.0.0.1:${port}"]\n` +
      `web = ["http://127.0.0.1:${plain}", "https://127.0.0.1:${secure}"]\n`,
  });
});
Deno.test.afterAll(async () => {
  await parley[Symbol.asyncDispose]();
});

async function browser(user: string, transport: "ws" | "wss"): Promise<SipClient> {
  return await SipClient.open({
    user,
    domain: parley.domain,
    transport,
    port: transport === "ws" ? plain : secure,
    ...(transport === "ws" ? {} : { authority: await Deno.readTextFile(`${parley.dir}/data/parley-tls.pem`) }),
  });
}

for (const transport of ["ws", "wss"] as const) {
  Deno.test(
    `${transport}: a browser registers with digest and a .invalid contact, and writes to a UDP user and back [GR-3] [SYS-1]`,
    options,
    async () => {
      const alice = await browser("alice", transport);
      const challenge = await alice.request({
        method: "REGISTER",
        uri: "sip:example.test",
        to: `<${alice.aor}>`,
        headers: [`Contact: ${alice.contact}`],
        authenticate: false,
      });
      equal(statusOf(challenge), 401, challenge.raw);
      const answer = await alice.register();
      equal(statusOf(answer), 200, answer.raw);
      match(header(answer, "contact"), /\.invalid;transport=ws>/);
      const bob = await SipClient.open({ user: "bob", domain: parley.domain, port: parley.port });
      equal(statusOf(await bob.register()), 200);

      const there = `over ${transport}: 👩‍👩‍👧‍👦 שלום 你好`;
      const sent = await alice.message(bob.aor, there);
      equal(statusOf(sent), 200, sent.raw);
      const arrived = await bob.requestArrived((request) => request.body === there);
      match(header(arrived, "from"), /<sip:alice@example\.test>/);
      const back = `and back 🦊 ${transport}`;
      const returned = await bob.message(alice.aor, back);
      equal(statusOf(returned), 200, returned.raw);
      const came = await alice.requestArrived((request) => request.body === back);
      match(header(came, "via"), new RegExp(`^SIP/2\\.0/${transport.toUpperCase()} `));
      await leave([alice, bob]);
    },
  );

  Deno.test(`${transport}: two browsers write to each other`, options, async () => {
    const alice = await browser("alice", transport);
    const carol = await browser("carol", transport);
    for (const client of [alice, carol]) equal(statusOf(await client.register()), 200);
    equal(statusOf(await alice.message(carol.aor, "from one")), 200);
    equal(statusOf(await carol.message(alice.aor, "to the other")), 200);
    equal((await carol.messages(1)).join(), "from one");
    equal((await alice.messages(1)).join(), "to the other");
    await leave([alice, carol]);
  });

  Deno.test(
    `${transport}: the connection dies: the next message is kept, and comes over the new connection [SND-3] [RCV-3]`,
    options,
    async () => {
      const alice = await browser("alice", transport);
      equal(statusOf(await alice.register()), 200);
      const bob = await SipClient.open({ user: "bob", domain: parley.domain, port: parley.port });
      equal(statusOf(await bob.register()), 200);
      alice.close();
      // The end of the connection may be on its way still: then the message fails there and is kept as well.
      const kept = await bob.message(alice.aor, `kept 💤 ${transport}`);
      equal(statusOf(kept), 202, kept.raw);
      const again = await browser("alice", transport);
      equal(statusOf(await again.register()), 200);
      const came = await again.requestArrived((request) => request.body === `kept 💤 ${transport}`);
      ok(Date.parse(header(came, "date")) > 0, header(came, "date"));
      await leave([again, bob]);
    },
  );
}

Deno.test("a WebSocket without the subprotocol sip is refused", options, async () => {
  const open = async (protocols: string[]): Promise<void> => {
    const socket = new WebSocket(`ws://127.0.0.1:${plain}/ws`, protocols);
    await new Promise<void>((resolve, reject) => {
      socket.onopen = () => resolve();
      socket.onerror = (event) => reject(new Error((event as ErrorEvent).message));
    });
    socket.close();
  };
  await rejects(open(["chat"]));
  await rejects(open([]));
  await open(["chat", "sip"]);
});
