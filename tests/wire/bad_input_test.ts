/** Bad input from outside: a precise answer or a closed connection, and a good client served all the while. */
import { equal, match, ok } from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { header, leave, readText, SipClient, statusOf, type TextMessage } from "../support/sip_client.ts";
import { Child } from "../support/process.ts";
import { ParleyProcess, users } from "../support/parley.ts";

let parley: ParleyProcess;
Deno.test.beforeAll(async () => {
  parley = await ParleyProcess.start({ users: users("alice", "bob") });
});
Deno.test.afterAll(async () => {
  await parley[Symbol.asyncDispose]();
});
const options = { sanitizeOps: false, sanitizeResources: false };

/** Sends one datagram from a socket of its own and gives the first answer. */
async function ask(text: string): Promise<TextMessage> {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const timer = setTimeout(() => socket.close(), 10_000);
  try {
    await socket.send(new TextEncoder().encode(text), { transport: "udp", hostname: "127.0.0.1", port: parley.port });
    const [bytes] = await socket.receive();
    return readText(new TextDecoder().decode(bytes));
  } finally {
    clearTimeout(timer);
    socket.close();
  }
}

/** Sends octets over a new TCP connection and gives all that comes until the server closes it. */
async function pour(text: string): Promise<string> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: parley.port });
  await connection.write(new TextEncoder().encode(text));
  let all = "";
  for await (const chunk of connection.readable) all += new TextDecoder().decode(chunk);
  return all;
}

function request(method: string, uri: string, lines: Record<string, string | null> = {}, body = ""): string {
  const headers: Record<string, string | null> = {
    Via: `SIP/2.0/UDP 127.0.0.1:1;branch=z9hG4bK${randomUUID()};rport`,
    "Max-Forwards": "70",
    From: "<sip:alice@example.test>;tag=a",
    To: `<${uri}>`,
    "Call-ID": randomUUID(),
    CSeq: `1 ${method}`,
    "Content-Length": String(body.length),
    ...lines,
  };
  const text = Object.entries(headers).filter(([, value]) => value !== null).map(([name, value]) =>
    `${name}: ${value}`
  );
  return `${method} ${uri} SIP/2.0\r\n${text.join("\r\n")}\r\n\r\n${body}`;
}

Deno.test("malformed requests get 400 with the reason in the phrase", options, async () => {
  const cases: [string, Record<string, string | null>, RegExp][] = [
    ["no Call-ID", { "Call-ID": null }, /Call-ID/],
    ["no From", { From: null }, /From/],
    ["CSeq of another method", { CSeq: "1 INVITE" }, /CSeq/],
    ["CSeq out of range", { CSeq: "99999999999 MESSAGE" }, /CSeq/],
    ["a body that is not all there", { "Content-Length": "10" }, /Content-Length/],
    ["Max-Forwards that is no number", { "Max-Forwards": "many" }, /Max-Forwards/],
  ];
  for (const [what, lines, phrase] of cases) {
    const answer = await ask(request("MESSAGE", "sip:bob@example.test", lines));
    equal(statusOf(answer), 400, what);
    match(answer.start, phrase, what);
  }
});

Deno.test("another SIP version 505, an unknown scheme 416, no hops left 483", options, async () => {
  equal(statusOf(await ask(request("OPTIONS", "sip:bob@example.test").replace("SIP/2.0\r\n", "SIP/3.0\r\n"))), 505);
  const alice = await SipClient.open({ user: "alice", domain: "example.test", port: parley.port });
  equal(statusOf(await alice.register()), 200);
  equal(statusOf(await alice.request({ method: "MESSAGE", uri: "fax:12345", to: "<sip:bob@example.test>" })), 416);
  const noHops = await alice.message("sip:bob@example.test", "?", { headers: ["Max-Forwards: 0"] });
  equal(statusOf(noHops), 483, noHops.raw);
  await leave([alice]);
});

Deno.test(
  "a monitor's OPTIONS to the server itself is answered without a challenge, one to a user is not",
  options,
  async () => {
    const ping = await ask(request("OPTIONS", "sip:example.test", { From: "<sip:monitor@ops.test>;tag=m" }));
    equal(statusOf(ping), 200, ping.raw);
    match(header(ping, "allow"), /MESSAGE/);
    equal(statusOf(await ask(request("OPTIONS", "sip:bob@example.test"))), 407);
  },
);

Deno.test("an unknown method to the server 405 with Allow, an unknown Require 420 naming it", options, async () => {
  const alice = await SipClient.open({ user: "alice", domain: "example.test", port: parley.port });
  equal(statusOf(await alice.register()), 200);
  const dance = await alice.request({ method: "DANCE", uri: "sip:example.test" });
  equal(statusOf(dance), 405, dance.raw);
  match(header(dance, "allow"), /MESSAGE/);
  const extension = await alice.request({
    method: "REGISTER",
    uri: "sip:example.test",
    to: `<${alice.aor}>`,
    headers: [`Contact: ${alice.contact}`, "Require: time-travel"],
  });
  equal(statusOf(extension), 420, extension.raw);
  match(header(extension, "unsupported"), /time-travel/);
  const options = await alice.request({ method: "OPTIONS", uri: "sip:example.test" });
  equal(statusOf(options), 200, options.raw);
  match(header(options, "allow"), /REGISTER/);
  await leave([alice]);
});

Deno.test(
  "over a connection: too large a body 413, too large a message 513, no Content-Length 400; then it is closed",
  options,
  async () => {
    const big = await pour(request("MESSAGE", "sip:bob@example.test", { "Content-Length": "10000000" }));
    match(big, /^SIP\/2\.0 413 /);
    const long = await pour(request("MESSAGE", "sip:bob@example.test", { "X-Long": "x".repeat(70_000) }));
    match(long, /^SIP\/2\.0 513 /);
    const none = await pour(request("MESSAGE", "sip:bob@example.test", { "Content-Length": null }));
    match(none, /^SIP\/2\.0 400 /);
  },
);

Deno.test("garbage on UDP and TCP stops nobody: a good client is served in between", options, async () => {
  const alice = await SipClient.open({ user: "alice", domain: "example.test", port: parley.port });
  const bob = await SipClient.open({ user: "bob", domain: "example.test", port: parley.port });
  equal(statusOf(await alice.register()), 200);
  equal(statusOf(await bob.register()), 200);
  const noise = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const junk = [
    "\0".repeat(100),
    "GET / HTTP/1.1\r\n\r\n",
    "SIP/2.0 200 OK\r\n\r\n",
    "MESSAGE\r\n\r\n",
    "\r\n\r\n",
    "",
    "x",
  ];
  for (let i = 0; i < 70; i++) {
    const bytes = new TextEncoder().encode(junk[i % junk.length]);
    await noise.send(bytes, { transport: "udp", hostname: "127.0.0.1", port: parley.port });
    if (i % 10 === 0) equal(statusOf(await alice.message("sip:bob@example.test", `between ${i}`)), 200);
  }
  noise.close();
  await pour("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  await pour("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + "\0".repeat(600) + "\r\n\r\n");
  equal(statusOf(await alice.message("sip:bob@example.test", "still here")), 200);
  await bob.requestArrived((message) => message.body === "still here");
  await leave([alice, bob]);
});

Deno.test(
  "a mistake in the configuration: one line with file, key, value and what is allowed, exit code 2",
  options,
  async () => {
    const dir = await Deno.makeTempDir();
    const cases: [string, RegExp][] = [
      ['domian = "example.test"', /parley\.toml.*domian.*domain/],
      [
        'domain = "example.test"\n[listen]\nsip = ["carrier-pigeon://127.0.0.1:5060"]',
        /parley\.toml.*listen\.sip.*carrier-pigeon.*udp/,
      ],
      ['domain = "example.test"\n[deferred]\ndefault_days = 999', /parley\.toml.*deferred\.default_days.*999.*365/],
      ["domain = ", /parley\.toml/],
    ];
    for (const [text, line] of cases) {
      await Deno.writeTextFile(`${dir}/parley.toml`, text);
      const child = new Child("parley", "node", {
        args: ["tools/run.mjs", "serve", "--config", `${dir}/parley.toml`, "--data", `${dir}/data`],
        cwd: new URL("../../", import.meta.url).pathname,
      });
      const { code } = await child.finished(30_000);
      equal(code, 2, child.output);
      equal(child.output.trim().split("\n").length, 1, child.output);
      match(child.output, line);
    }
    await Deno.remove(dir, { recursive: true });
  },
);

Deno.test("a foreign key or a damaged database: refuses to start, says which, touches nothing", options, async () => {
  const first = await ParleyProcess.start({ users: users("alice") });
  await first.stop();
  const data = `${first.dir}/data`;
  const names: string[] = [];
  for await (const entry of Deno.readDir(data)) if (entry.isFile) names.push(entry.name);
  const key = names.find((name) => name.endsWith(".key"));
  ok(key !== undefined, names.join());
  const attempt = async (): Promise<{ code: number; output: string }> => {
    const child = new Child("parley", "node", {
      args: ["tools/run.mjs", "serve", "--config", `${first.dir}/parley.toml`, "--data", data],
      cwd: new URL("../../", import.meta.url).pathname,
    });
    const { code } = await child.finished(30_000);
    return { code, output: child.output };
  };
  const other = await ParleyProcess.start({ users: users("bob") });
  await other.stop();
  const ownKey = await Deno.readFile(`${data}/${key}`);
  await Deno.writeFile(`${data}/${key}`, await Deno.readFile(`${other.dir}/data/${key}`));
  const foreign = await attempt();
  ok(foreign.code !== 0, foreign.output);
  match(foreign.output, new RegExp(key));
  await Deno.writeFile(`${data}/${key}`, ownKey);

  const database = "parley.kv";
  const good = await Deno.readFile(`${data}/${database}`);
  const bad = good.slice();
  bad.fill(0x58, 0, 100);
  await Deno.writeFile(`${data}/${database}`, bad);
  const damaged = await attempt();
  ok(damaged.code !== 0, damaged.output);
  match(damaged.output, /parley\.kv/);
  equal((await Deno.readFile(`${data}/${database}`)).slice(0, 100).join(), bad.slice(0, 100).join(), "it was touched");
  await Deno.writeFile(`${data}/${database}`, good);
  await first.run();
  await first[Symbol.asyncDispose]();
  await other[Symbol.asyncDispose]();
});
