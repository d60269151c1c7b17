/**
 * CPU time of reading, editing and writing messages, without any socket: what a proxy does with a MESSAGE and with its
 * answer. Prints µs for each step, the least of several rounds (the others had company on the processor).
 *
 *     deno run -A tests/bench/parse_bench.ts [--rounds 15]
 */
import { fromLatin1, latin1Into, toLatin1 } from "../../foundation/mod.ts";
import { HeadEditor, parseMessage, responseHead, SipRequest, SipResponse } from "../../transport/sip/mod.ts";

const BODY = "Good morning! The meeting is at ten, in the big room on the second floor. Bring the plans, please.";

/** About 700 octets, as common clients write it; every one differs in branch, tag, Call-ID and CSeq. */
function request(n: number): Uint8Array {
  return fromLatin1(
    `MESSAGE sip:bob${n % 500}@example.test SIP/2.0\r\n` +
      `Via: SIP/2.0/UDP 192.0.2.17:5062;branch=z9hG4bK.${n}pYgH3kq;rport\r\n` +
      `From: "Alice Example" <sip:alice${n % 500}@example.test>;tag=7Gh${n}\r\n` +
      `To: <sip:bob${n % 500}@example.test>\r\n` +
      `Call-ID: aYx8-${n}-kd83jDk2\r\n` +
      `CSeq: ${20 + (n % 100)} MESSAGE\r\n` +
      `Max-Forwards: 70\r\n` +
      `Route: <sip:im.example.test;lr>\r\n` +
      `Supported: replaces, outbound, gruu, path\r\n` +
      `Contact: <sip:alice${n % 500}@192.0.2.17:5062>;+sip.instance="<urn:uuid:0f1e2d3c-${1000 + (n % 500)}>"\r\n` +
      `User-Agent: Linphone/5.1.2 (belle-sip/5.1.1)\r\n` +
      `Date: Sat, 21 Nov 2026 10:00:00 GMT\r\n` +
      `Content-Type: text/plain;charset=UTF-8\r\n` +
      `Content-Length: ${BODY.length}\r\n\r\n${BODY}`,
  );
}

function response(n: number): Uint8Array {
  return fromLatin1(
    `SIP/2.0 200 OK\r\n` +
      `Via: SIP/2.0/UDP im.example.test:5060;branch=z9hG4bK${n}QW8kz0;rport=5060;received=192.0.2.1\r\n` +
      `Via: SIP/2.0/UDP 192.0.2.17:5062;branch=z9hG4bK.${n}pYgH3kq;rport=5062;received=192.0.2.17\r\n` +
      `From: "Alice Example" <sip:alice${n % 500}@example.test>;tag=7Gh${n}\r\n` +
      `To: <sip:bob${n % 500}@example.test>;tag=Kk${n}\r\n` +
      `Call-ID: aYx8-${n}-kd83jDk2\r\n` +
      `CSeq: ${20 + (n % 100)} MESSAGE\r\n` +
      `Record-Route: <sip:im.example.test;lr>\r\n` +
      `User-Agent: baresip v1.0.0 (x86_64/linux)\r\n` +
      `Content-Length: 0\r\n\r\n`,
  );
}

const COUNT = 2000;
const requests = Array.from({ length: COUNT }, (_, n) => request(n));
const responses = Array.from({ length: COUNT }, (_, n) => response(n));
const out = new Uint8Array(65_536);
let sink = 0;

/** Where each head ends: a framer finds that among the octets. */
const headEnds = new Map(
  [...requests, ...responses].map((octets) => [octets, toLatin1(octets).indexOf("\r\n\r\n") + 4]),
);

function split(datagram: Uint8Array): { head: string; body: Uint8Array } {
  const end = headEnds.get(datagram)!;
  return { head: toLatin1(datagram, 0, end), body: datagram.subarray(end) };
}

function parsed(datagram: Uint8Array): SipRequest | SipResponse {
  const { head, body } = split(datagram);
  return parseMessage(head, body);
}

function checked(datagram: Uint8Array): SipRequest | SipResponse {
  const message = parsed(datagram);
  const problem = message.check();
  if (problem !== null) throw new Error(problem.reason);
  return message;
}

function edited(message: SipRequest, n: number): string {
  return new HeadEditor(message)
    .startLine(`MESSAGE sip:bob@192.0.2.33:5060;transport=udp SIP/2.0`)
    .prepend("Via", `SIP/2.0/UDP im.example.test:5060;branch=z9hG4bK${n}QW8kz0;rport`)
    .prepend("Record-Route", "<sip:im.example.test;lr>")
    .set("Max-Forwards", String(message.maxForwards - 1))
    .pop("Route")
    .toString();
}

function write(head: string, body: Uint8Array): number {
  const at = latin1Into(head, out, 0);
  out.set(body, at);
  return at + body.length;
}

const STEPS: [string, (i: number) => number][] = [
  ["request: octets to text", (i) => split(requests[i]).head.length],
  ["request: + parse", (i) => parsed(requests[i]).lines],
  ["request: + check", (i) => checked(requests[i]).lines],
  ["request: + stamp", (i) => {
    const message = checked(requests[i]);
    message.stampVia("192.0.2.17", 5062);
    return message.head.length;
  }],
  ["request: + forward edit and encode", (i) => {
    const message = checked(requests[i]) as SipRequest;
    message.stampVia("192.0.2.17", 5062);
    return write(edited(message, i), message.body);
  }],
  ["request: parse, check, stamp, answer 200, encode", (i) => {
    const message = checked(requests[i]) as SipRequest;
    message.stampVia("192.0.2.17", 5062);
    return write(responseHead(message, 200, { toTag: "a8Kd93kdL1" }), message.body);
  }],
  ["response: parse and check", (i) => checked(responses[i]).lines],
  ["response: + Via pop and encode", (i) => {
    const message = checked(responses[i]);
    return write(new HeadEditor(message).pop("Via").toString(), message.body);
  }],
];

/** µs of one run of `step`, the least of `rounds` rounds over all messages. */
function measure(step: (i: number) => number, rounds: number): number {
  let least = Infinity;
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    for (let i = 0; i < COUNT; i++) sink += step(i);
    least = Math.min(least, performance.now() - start);
  }
  return least * 1000 / COUNT;
}

const flag = Deno.args.indexOf("--rounds");
const rounds = flag < 0 ? 40 : Number(Deno.args[flag + 1]);
for (let pass = 0; pass < 2; pass++) {
  for (const [name, step] of STEPS) {
    const us = measure(step, rounds);
    if (pass === 1) console.log(`${us.toFixed(2).padStart(7)} µs  ${name}`);
  }
}
console.log(`(${requests[0].length} and ${responses[0].length} octets; ${sink > 0 ? "ok" : "nothing done"})`);
