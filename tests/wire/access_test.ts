/** Who may use the service, and what is kept of it: registration, authentication, privacy, as seen from outside. */
import { equal, match, notEqual, ok } from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { header, leave, SipClient, statusOf } from "../support/sip_client.ts";
import { Child } from "../support/process.ts";
import { ParleyProcess, passwordOf, users } from "../support/parley.ts";

let parley: ParleyProcess;
Deno.test.beforeAll(async () => {
  const names = ["alice", "bob", ...Array.from({ length: 14 }, (_, i) => `p${i}`)];
  parley = await ParleyProcess.start({
    users: [...users(...names), { name: "carol", password: passwordOf("carol"), e164: "+15550003" }],
  });
});
Deno.test.afterAll(async () => {
  await parley[Symbol.asyncDispose]();
});

const options = { sanitizeOps: false, sanitizeResources: false };

async function client(user: string, transport: "udp" | "tcp" = "udp"): Promise<SipClient> {
  return await SipClient.open({ user, domain: parley.domain, port: parley.port, transport });
}

async function online(user: string): Promise<SipClient> {
  const opened = await client(user);
  const answer = await opened.register();
  equal(statusOf(answer), 200, answer.raw);
  return opened;
}

Deno.test(
  "without credentials nothing is done: REGISTER and MESSAGE are challenged, SHA-256 first, then MD5 [PRI-12] [SEC-9] [SEC-11]",
  options,
  async () => {
    const bob = await online("bob");
    const alice = await client("alice");
    const register = await alice.request({
      method: "REGISTER",
      uri: "sip:example.test",
      to: `<${alice.aor}>`,
      headers: [`Contact: ${alice.contact}`],
      authenticate: false,
    });
    equal(statusOf(register), 401);
    const offers = register.headers.get("www-authenticate") ?? [];
    equal(offers.length, 2);
    match(offers[0], /algorithm=SHA-256/i);
    match(offers[1], /algorithm=MD5/i);
    for (const offer of offers) {
      match(offer, /realm="example\.test"/);
      match(offer, /qop="auth"/);
    }
    const message = await alice.message(bob.aor, "who am I?", { authenticate: false });
    equal(statusOf(message), 407);
    equal((message.headers.get("proxy-authenticate") ?? []).length, 2);
    // A message that is let through afterwards is the first that arrives.
    equal(statusOf(await alice.register()), 200);
    equal(statusOf(await alice.message(bob.aor, "known")), 200);
    equal((await bob.messages(1)).join(), "known");
    await leave([alice, bob]);
  },
);

Deno.test("a user ID with its password is let in, with another password not [SEC-4] [REG-7]", options, async () => {
  const p0 = await client("p0");
  const refused = await p0.request({
    method: "REGISTER",
    uri: "sip:example.test",
    to: `<${p0.aor}>`,
    headers: [`Contact: ${p0.contact}`],
    password: "wrong",
  });
  ok([401, 403].includes(statusOf(refused)), refused.raw);
  equal(statusOf(await p0.register()), 200);
  p0.close();
});

Deno.test(
  "an E.164 number is authenticated as its user: register and log in by number [SEC-1] [REG-7]",
  options,
  async () => {
    const carol = await client("carol");
    const number = "sip:+15550003@example.test;user=phone";
    const register = (password: string) =>
      carol.request({
        method: "REGISTER",
        uri: "sip:example.test",
        from: `<${number}>`,
        to: `<${number}>`,
        headers: [`Contact: ${carol.contact}`, "Expires: 600"],
        password,
      });
    ok([401, 403].includes(statusOf(await register("wrong"))));
    const answer = await register(passwordOf("carol"));
    equal(statusOf(answer), 200, answer.raw);
    const associated = (answer.headers.get("p-associated-uri") ?? []).join(",");
    match(associated, /sip:carol@example\.test/);
    match(associated, /tel:\+15550003/);
    const alice = await online("alice");
    equal(statusOf(await alice.message("sip:carol@example.test", "by name")), 200);
    await carol.requestArrived((request) => request.body === "by name");
    await leave([alice, carol]);
  },
);

Deno.test("nobody sends in another's name [SEC-9] [PRI-12]", options, async () => {
  const p1 = await online("p1");
  const forged = await p1.message("sip:bob@example.test", "I am alice", { from: "<sip:alice@example.test>" });
  equal(statusOf(forged), 403, forged.raw);
  const other = await p1.request({
    method: "REGISTER",
    uri: "sip:example.test",
    to: "<sip:alice@example.test>",
    headers: [`Contact: ${p1.contact}`],
  });
  equal(statusOf(other), 403, other.raw);
  p1.close();
});

Deno.test(
  "who is not logged in sends nothing; after registration the same message goes [SEC-12] [SEC-11]",
  options,
  async () => {
    const p2 = await client("p2");
    const before = await p2.message("sip:p3@example.test", "not yet");
    equal(statusOf(before), 403, before.raw);
    equal(statusOf(await p2.register()), 200);
    equal(statusOf(await p2.message("sip:p3@example.test", "now")), 202);
    p2.close();
  },
);

Deno.test(
  "a device that registers again is the same device; another device is one more of the same user [REG-5] [USE-3]",
  options,
  async () => {
    const phone = await client("p4");
    const registered = await phone.register(600, `;+sip.instance="${phone.instance}";reg-id=1`);
    equal(statusOf(registered), 200, registered.raw);
    // The same device from another address: a new network.
    const moved = await client("p4", "tcp");
    const again = await moved.register(600, `;+sip.instance="${phone.instance}";reg-id=1`);
    equal(statusOf(again), 200, again.raw);
    const contacts = (answer: typeof again): readonly string[] => answer.headers.get("contact") ?? [];
    equal(contacts(again).length, 1, "registered twice");
    ok(contacts(again)[0].includes(String(moved.local.port)));
    const laptop = await client("p4");
    const second = await laptop.register(600, `;+sip.instance="${laptop.instance}";reg-id=1`);
    equal(contacts(second).length, 2);
    await leave([phone, moved, laptop]);
  },
);

Deno.test(
  "a mobile device behind a NAT is reached over the flow it opened, and from its new address after it moved [GR-1]",
  options,
  async () => {
    const alice = await online("alice");
    for (const transport of ["tcp", "udp"] as const) {
      const phone = await client("p5", transport);
      // What a phone behind a NAT writes: an address that nobody outside can reach.
      const contact = `<sip:p5@192.0.2.77:5060;transport=${transport};ob>;+sip.instance="${phone.instance}";reg-id=1`;
      const answer = await phone.request({
        method: "REGISTER",
        uri: "sip:example.test",
        to: `<${phone.aor}>`,
        headers: [`Contact: ${contact}`, "Supported: path, outbound, gruu", "Expires: 600"],
      });
      equal(statusOf(answer), 200, answer.raw);
      equal((answer.headers.get("contact") ?? []).length >= 1, true);
      equal(statusOf(await alice.message("sip:p5@example.test", `through the NAT by ${transport}`)), 200);
      await phone.requestArrived((request) => request.body === `through the NAT by ${transport}`);
      phone.close();
    }
    alice.close();
  },
);

Deno.test(
  "a user of a phone whose connection died is not lost: the message waits and comes over the new one [GR-1] [NOT-2]",
  options,
  async () => {
    const alice = await online("alice");
    const instance = `<urn:uuid:${randomUUID()}>`;
    const register = async (phone: SipClient) => {
      const answer = await phone.request({
        method: "REGISTER",
        uri: "sip:example.test",
        to: `<${phone.aor}>`,
        headers: [
          `Contact: <sip:p6@192.0.2.78:5060;transport=tcp;ob>;+sip.instance="${instance}";reg-id=1`,
          "Supported: path, outbound",
          "Expires: 600",
        ],
      });
      equal(statusOf(answer), 200, answer.raw);
    };
    const first = await client("p6", "tcp");
    await register(first);
    first.close();
    equal(statusOf(await alice.message("sip:p6@example.test", "in the tunnel")), 202);
    const second = await client("p6", "tcp");
    await register(second);
    await second.requestArrived((request) => request.body === "in the tunnel");
    await leave([alice, second]);
  },
);

Deno.test("the password never crosses the wire, and TLS carries the registration whole [REG-1]", options, async () => {
  // An independent TLS client speaks for the user; what it sends is what it prints.
  const tls = new Child("openssl", "openssl", {
    args: ["s_client", "-quiet", "-connect", `127.0.0.1:${parley.tlsPort}`],
    stdin: "piped",
  });
  const send = async (cseq: number, extra: string): Promise<void> => {
    await tls.write(
      [
        "REGISTER sip:example.test SIP/2.0",
        `Via: SIP/2.0/TLS 127.0.0.1:9999;branch=z9hG4bK${randomUUID()};rport`,
        "Max-Forwards: 70",
        "From: <sip:p7@example.test>;tag=t",
        "To: <sip:p7@example.test>",
        "Call-ID: tls-registration",
        `CSeq: ${cseq} REGISTER`,
        "Contact: <sip:p7@127.0.0.1:9999;transport=tls>",
        "Expires: 600",
        ...(extra === "" ? [] : [extra]),
        "Content-Length: 0",
        "",
        "",
      ].join("\r\n"),
    );
  };
  try {
    await send(1, "");
    await tls.printed(/SIP\/2\.0 401[\s\S]*\r?\n\r?\n/);
    const { answerChallenge, readText } = await import("../support/sip_client.ts");
    const challenge = readText(/SIP\/2\.0 401[\s\S]*?\r\n\r\n/.exec(tls.output)![0]);
    const credentials = answerChallenge(challenge, "p7", passwordOf("p7"), {
      method: "REGISTER",
      uri: "sip:example.test",
    });
    ok(!credentials.includes(passwordOf("p7")));
    await send(2, credentials);
    await tls.printed(/SIP\/2\.0 200/);
  } finally {
    await tls.stop();
  }
});

Deno.test(
  "an asserted identity is made inside, never believed from outside, and withheld where privacy is asked [PRI-1]",
  options,
  async () => {
    const alice = await online("alice");
    const p8 = await online("p8");
    const forged = "P-Asserted-Identity: <sip:ceo@example.test>";
    equal(statusOf(await alice.message(p8.aor, "plain", { headers: [forged] })), 200);
    const plain = await p8.requestArrived((request) => request.body === "plain");
    ok(!plain.raw.includes("ceo@example.test"), "a forged identity came through");
    equal(statusOf(await alice.message(p8.aor, "private", { headers: ["Privacy: id"] })), 200);
    const hidden = await p8.requestArrived((request) => request.body === "private");
    equal(header(hidden, "p-asserted-identity"), "");
    // What cannot be given although it is critical is said, and nothing goes out.
    const critical = await alice.message(p8.aor, "secret route", { headers: ["Privacy: session;critical"] });
    equal(statusOf(critical), 500, critical.raw);
    ok(!p8.requests.some((request) => request.body === "secret route"));
    await leave([alice, p8]);
  },
);

Deno.test("what is stored cannot be read from the disk: no name, no address, no text [PRI-11]", options, async () => {
  const alice = await online("alice");
  const secret = "the-merger-is-on-friday";
  equal(statusOf(await alice.message("sip:p9@example.test", secret)), 202);
  await parley.stop();
  let octets = 0;
  for await (const entry of Deno.readDir(`${parley.dir}/data`)) {
    if (!entry.isFile) continue;
    const text = new TextDecoder("latin1").decode(await Deno.readFile(`${parley.dir}/data/${entry.name}`));
    octets += text.length;
    for (const word of [secret, "sip:p9@example.test", "sip:alice@example.test", passwordOf("p9"), "+15550003"]) {
      ok(!text.includes(word), `${entry.name} holds "${word}" in the clear`);
    }
  }
  ok(octets > 10_000, "nothing was looked at");
  await parley.run();
  const p9 = await online("p9");
  equal((await p9.messages(1)).join(), secret);
  await leave([alice, p9]);
});

Deno.test(
  "after too many wrong passwords the user is locked out for a time, and the log says so, without the secrets [SEC-6] [SEC-9]",
  options,
  async () => {
    const p10 = await client("p10");
    const attempt = (password: string) =>
      p10.request({
        method: "REGISTER",
        uri: "sip:example.test",
        to: `<${p10.aor}>`,
        headers: [`Contact: ${p10.contact}`],
        password,
      });
    for (let i = 0; i < 12; i++) notEqual(statusOf(await attempt(`guess-${i}`)), 200);
    const locked = await attempt(passwordOf("p10"));
    equal(statusOf(locked), 403, "the right password was taken during the lock-out");
    const fine = await online("p11");
    const { code, output } = await parley.command("audit", "--event", "login", "--json");
    equal(code, 0, output);
    match(output, /p10@example\.test/);
    match(output, /wrong-password/);
    match(output, /locked/);
    match(output, /p11@example\.test/);
    ok(!output.includes("guess-") && !output.includes(passwordOf("p10")), "a secret is in the record");
    await leave([p10, fine]);
  },
);

Deno.test("a suspended user is refused and says why; resumed, it works again [SEC-11]", options, async () => {
  const p12 = await online("p12");
  equal((await parley.command("user", "suspend", "sip:p12@example.test")).code, 0);
  const refused = await p12.message("sip:bob@example.test", "?");
  equal(statusOf(refused), 403, refused.raw);
  equal((await parley.command("user", "resume", "sip:p12@example.test")).code, 0);
  equal(statusOf(await p12.register()), 200);
  const answer = await p12.message("sip:p13@example.test", "back");
  equal(statusOf(answer), 202, answer.raw);
  p12.close();
});

Deno.test(
  "other services of the same user pass untouched: a voice INVITE, other feature tags, unknown headers [USE-7]",
  options,
  async () => {
    const alice = await online("alice");
    const bob = await client("bob");
    equal(statusOf(await bob.register(600, ';+g.poc.talkburst;audio;methods="INVITE,MESSAGE"')), 200);
    bob.answer = () => 486;
    const sdp = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";
    const answer = await alice.request({
      method: "INVITE",
      uri: bob.aor,
      headers: [
        `Contact: ${alice.contact}`,
        "Content-Type: application/sdp",
        "Accept-Contact: *;+g.poc.talkburst",
        "X-Talk: burst",
      ],
      body: sdp,
    });
    equal(statusOf(answer), 486, answer.raw);
    const invite = await bob.requestArrived((request) => request.start.startsWith("INVITE "));
    equal(invite.body, sdp);
    equal(header(invite, "x-talk"), "burst");
    match(header(invite, "accept-contact"), /\+g\.poc\.talkburst/);
    await leave([alice, bob]);
  },
);
