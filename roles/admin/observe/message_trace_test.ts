import assert from "node:assert/strict";
import { FakeTime } from "../../../foundation/testing.ts";
import { type Flow, FlowTrace } from "../../../transport/sip/mod.ts";
import { BOX, MessageTrace } from "./message_trace.ts";

const ALICE = { host: "192.0.2.7", port: 4001 };
const BOB = { host: "2001:db8::8", port: 5060 };

function flowTo(remote: { host: string; port: number }, transport = "udp"): Flow {
  return { transport, local: { host: "192.0.2.1", port: 5060 }, remote } as unknown as Flow;
}

function request(method: string, callId: string, more = "", uri = "sip:bob@example.test"): string {
  return `${method} ${uri} SIP/2.0\r\nv: SIP/2.0/UDP 192.0.2.7:4001;branch=z9hG4bK1\r\n` +
    `f: "Alice" <sip:alice@example.test>;tag=1\r\nTo: <sip:bob@example.test>\r\ni: ${callId}\r\n` +
    `CSeq: 2 ${method}\r\n${more}Content-Length: 5\r\n\r\n`;
}

function response(status: string, callId: string, more = ""): string {
  return `SIP/2.0 ${status}\r\nVia: SIP/2.0/UDP 192.0.2.7:4001;branch=z9hG4bK1\r\n` +
    `From: <sip:alice@example.test>;tag=1\r\nTo: <sip:bob@example.test>;tag=2\r\nCall-ID: ${callId}\r\n` +
    `CSeq: 2 MESSAGE\r\n${more}Content-Length: 0\r\n\r\n`;
}

function world() {
  const time = new FakeTime();
  const ring = new FlowTrace(time, { messages: 100, octets: 1_000_000 });
  let trace: FlowTrace | null = ring;
  const service = new MessageTrace({
    trace: () => trace,
    sourcesOf: (aor) => aor === "sip:alice@example.test" ? [ALICE] : [],
    peerAt: (host) => host === "203.0.113.5" ? "other.test" : "",
  });
  const push = (inbound: boolean, remote: typeof ALICE, head: string, body = 0) => {
    ring.push(inbound, flowTo(remote), head, body);
    time.advance(100);
  };
  return { time, service, push, turnOff: () => trace = null };
}

Deno.test("a relayed message makes a ladder: steps in order, ends named where they are known", () => {
  const { service, push, time } = world();
  const start = time.now();
  push(true, ALICE, request("MESSAGE", "c1", "Content-Type: text/plain\r\n"), 5);
  push(true, ALICE, request("MESSAGE", "other"), 5);
  push(false, BOB, request("MESSAGE", "c1"), 5);
  push(true, BOB, response("200 OK", "c1", "Server: phone\r\n"));
  push(false, ALICE, response("200 OK", "c1"));
  const ladder = service.ladder("c1")!;
  assert.deepEqual(ladder.participants, ["alice@example.test (192.0.2.7:4001)", BOX, "[2001:db8::8]:5060"]);
  assert.deepEqual(ladder.steps.map((step) => [step.direction, step.remote, step.start_line, step.at - start]), [
    ["in", ladder.participants[0], "MESSAGE sip:bob@example.test", 0],
    ["out", ladder.participants[2], "MESSAGE sip:bob@example.test", 200],
    ["in", ladder.participants[2], "200 OK", 300],
    ["out", ladder.participants[0], "200 OK", 400],
  ]);
  assert.ok(ladder.steps.every(({ local, door }) => local === BOX && door === "192.0.2.1:5060"));
  const [first] = ladder.steps;
  assert.deepEqual([first.cseq, first.from, first.to, first.body_octets, first.content_type, first.transport], [
    "2 MESSAGE",
    "sip:alice@example.test",
    "sip:bob@example.test",
    5,
    "text/plain",
    "udp",
  ]);
  assert.deepEqual(first.headers[0], ["Via", "SIP/2.0/UDP 192.0.2.7:4001;branch=z9hG4bK1"]);
  assert.deepEqual(ladder.steps[2].headers.find(([name]) => name === "Server"), ["Server", "phone"]);
});

Deno.test("no credentials, challenges, passwords, push tokens, subjects or unknown headers are shown", () => {
  const { service, push } = world();
  const secret = [
    'Authorization: Digest username="alice", nonce="n0", response="deadbeef"',
    'Proxy-Authorization: Digest response="deadbeef"',
    'WWW-Authenticate: Digest nonce="deadbeef"',
    'Proxy-Authenticate: Digest nonce="deadbeef"',
    'Authentication-Info: rspauth="deadbeef"',
    "P-Charging-Vector: icid-value=deadbeef",
    "P-Access-Network-Info: deadbeef",
    "Subject: deadbeef",
    "X-Token: deadbeef",
    "Contact: <sip:alice:deadbeef@192.0.2.7;pn-prid=deadbeef;pn-provider=apns>",
  ].join("\r\n");
  push(true, ALICE, request("REGISTER", "c2", `${secret}\r\n`, "sip:bob:deadbeef@example.test"));
  const text = JSON.stringify(service.ladder("c2"));
  assert.ok(!text.includes("deadbeef"), text);
  assert.match(text, /pn-provider=apns/);
  assert.match(text, /sip:alice:…@192\.0\.2\.7/);
});

Deno.test("recent groups by Call-ID, newest first, and is searched in Call-ID, From and To", () => {
  const { service, push } = world();
  push(true, ALICE, request("MESSAGE", "c1"));
  push(true, ALICE, request("REGISTER", "c2"));
  push(false, ALICE, response("407 Proxy Authentication Required", "c1"));
  push(false, ALICE, response("202 Accepted", "c1"));
  push(true, ALICE, "no SIP at all\r\n\r\n");
  const all = service.recent({ search: "", limit: 10 });
  assert.deepEqual(all.map(({ call_id, method, status, messages }) => [call_id, method, status, messages]), [
    ["c1", "MESSAGE", 202, 3],
    ["c2", "REGISTER", 0, 1],
  ]);
  assert.deepEqual(service.recent({ search: "C2", limit: 10 }).map(({ call_id }) => call_id), ["c2"]);
  assert.equal(service.recent({ search: "ALICE@", limit: 1 }).length, 1);
  assert.deepEqual(service.recent({ search: "carol", limit: 10 }), []);
});

Deno.test("octets beyond ASCII are shown as UTF-8, long values are cut, what has no Call-ID breaks nothing", () => {
  const { service, push } = world();
  push(true, ALICE, request("MESSAGE", "c3", `User-Agent: caf\xc3\xa9\r\nWarning: 399 x "${"y".repeat(2000)}"\r\n`));
  push(true, ALICE, "MESSAGE sip:bob@example.test SIP/2.0\r\n\r\n");
  const [step] = service.ladder("c3")!.steps;
  assert.deepEqual(step.headers.find(([name]) => name === "User-Agent"), ["User-Agent", "café"]);
  assert.equal(step.headers.find(([name]) => name === "Warning")![1].length, 501);
  assert.equal(service.recent({ search: "", limit: 10 }).length, 1);
});

Deno.test("a peer's server is called by its domain", () => {
  const { service, push } = world();
  push(false, { host: "203.0.113.5", port: 5061 }, request("MESSAGE", "c4"));
  assert.deepEqual(service.ladder("c4")!.participants, [BOX, "other.test (203.0.113.5:5061)"]);
});

Deno.test("a Call-ID that is inside another one is not mixed up; unknown ones and a trace that is off give nothing", () => {
  const { service, push, turnOff } = world();
  push(true, ALICE, request("MESSAGE", "abc"));
  push(true, ALICE, request("MESSAGE", "xabcx"));
  assert.equal(service.ladder("abc")!.steps.length, 1);
  assert.equal(service.ladder("nothing"), null);
  assert.equal(service.capacity, 100);
  turnOff();
  assert.equal(service.capacity, 0);
  assert.equal(service.ladder("abc"), null);
  assert.deepEqual(service.recent({ search: "", limit: 10 }), []);
});
