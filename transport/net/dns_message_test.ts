import assert from "node:assert/strict";
import fc from "fast-check";
import { concatBytes } from "../../foundation/mod.ts";
import { decodeReply, encodeQuery, isDnsName } from "./dns_message.ts";

/** Octets from hexadecimal text; blanks and line ends do not count. */
function hex(text: string): Uint8Array {
  return Uint8Array.from(text.replace(/\s/g, "").match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

const QUESTION = "07 6578616d706c65 04 74657374 00"; // example.test

Deno.test("a query is one question, recursion desired, with room for 1232 octets of reply", () => {
  assert.deepEqual(
    encodeQuery(0xbeef, "example.test", "SRV"),
    hex(`beef 0100 0001 0000 0000 0001 ${QUESTION} 0021 0001  00 0029 04d0 00000000 0000`),
  );
});

Deno.test("a query cannot be made for what is no DNS name", () => {
  for (const name of ["", "a..b", "x".repeat(64), "a.".repeat(127) + "b", "a b", "ü.test"]) {
    assert.equal(isDnsName(name), false, name);
    assert.throws(() => encodeQuery(1, name, "A"), RangeError);
  }
  assert.equal(isDnsName("_sip._udp.example.test."), true);
});

Deno.test("SRV records are read, names through compression, the root as no name", () => {
  const reply = decodeReply(hex(`
    0001 8180 0001 0002 0000 0001 04 5f736970 04 5f756470 ${QUESTION} 0021 0001
    c00c 0021 0001 0000003c 000f  000a 0014 13c4  06 736572766572 c016
    c00c 0021 0001 0000003c 0007  0014 0000 13c5  00
    00 0029 04d0 00000000 0000
  `));
  assert.equal(reply.name, "_sip._udp.example.test");
  assert.equal(reply.type, 33);
  assert.deepEqual(reply.answers.map(({ data, ttl }) => ({ data, ttl })), [
    { data: { priority: 10, weight: 20, port: 5060, target: "server.example.test" }, ttl: 60 },
    { data: { priority: 20, weight: 0, port: 5061, target: "" }, ttl: 60 },
  ]);
});

Deno.test("a NAPTR record is read, its texts lower-case", () => {
  const reply = decodeReply(hex(`
    0002 8180 0001 0001 0000 0000 ${QUESTION} 0023 0001
    c00c 0023 0001 00000e10 001d  0032 0064 01 53 08 534950532b443254 00
    05 5f73697073 04 5f746370 c00c
  `));
  assert.deepEqual(reply.answers[0].data, {
    order: 50,
    preference: 100,
    flags: "s",
    service: "sips+d2t",
    regexp: "",
    replacement: "_sips._tcp.example.test",
  });
});

Deno.test("AAAA comes in the one form of RFC 5952, CNAME as a name", () => {
  const reply = decodeReply(hex(`
    0003 8180 0001 0002 0000 0000 ${QUESTION} 001c 0001
    c00c 0005 0001 00000005 0006  03 777777 c00c
    c00c 001c 0001 00000005 0010  20010db8 00000000 00000000 00000001
  `));
  assert.deepEqual(reply.answers.map(({ data }) => data), ["www.example.test", "2001:db8::1"]);
});

Deno.test("a missing name brings the negative time: the lesser of the SOA's TTL and minimum", () => {
  const reply = decodeReply(hex(`
    0004 8183 0001 0000 0001 0000 ${QUESTION} 0001 0001
    c00c 0006 0001 00000e10 0018  c00c c00c 00000001 00000002 00000003 00000004 00000078
  `));
  assert.equal(reply.rcode, 3);
  assert.equal(reply.negativeTtl, 120);
});

Deno.test("pointer loops, forward pointers and cut records are refused, a cut truncated reply is read", () => {
  const head = "0005 8180 0001 0001 0000 0000";
  assert.throws(() => decodeReply(hex(`${head} c00c 0001 0001`)), /backwards/);
  assert.throws(() => decodeReply(hex(`${head} c020 0001 0001`)), /backwards/);
  assert.throws(() => decodeReply(hex(`${head} ${QUESTION} 0001 0001 c00c 0001 0001 00000001 0004 c000`)), SyntaxError);
  assert.throws(() => decodeReply(hex(`${head} ${QUESTION} 0001 0001 c00c 0001 0001 00000001 0003 c00002`)), /length/);
  assert.throws(() => decodeReply(encodeQuery(1, "a.test", "A")), /not a reply/);
  const cut = decodeReply(hex(`0005 8380 0001 0001 0000 0000 ${QUESTION} 0001 0001 c00c 0001`));
  assert.equal(cut.truncated, true);
  assert.deepEqual(cut.answers, []);
});

Deno.test("no octets make the reader do anything but read or throw SyntaxError", () => {
  const head = hex(`0005 8180 0001 0003 0001 0000 ${QUESTION} 0001 0001`);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (tail, headed) => {
      try {
        decodeReply(headed ? concatBytes([head, tail]) : tail);
      } catch (error) {
        assert.ok(error instanceof SyntaxError, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});
