import assert from "node:assert/strict";
import fc from "fast-check";
import { canonicalHost, ipv4Number, ipv4Text, ipv6Octets, ipv6Text, isLoopback, isWildcard } from "./ip_octets.ts";
import { parseNetwork } from "./network.ts";

Deno.test("IPv4 text and number are each other's inverse; what is no IPv4 text is -1", () => {
  fc.assert(fc.property(fc.nat(0xffff_ffff), (value) => assert.equal(ipv4Number(ipv4Text(value)), value)));
  assert.equal(ipv4Number("192.0.2.1"), 0xc0000201);
  for (const text of ["", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1..2.3", "1.2.3.", ".1.2.3", "a.b.c.d", "::1"]) {
    assert.equal(ipv4Number(text), -1, text);
  }
});

Deno.test("IPv6 text takes the form of RFC 5952, and reads back", () => {
  fc.assert(fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (octets) => {
    const text = ipv6Text(octets);
    if (text.includes(":")) assert.deepEqual(ipv6Octets(text), octets);
  }));
  for (
    const [text, expected] of [
      ["2001:DB8:0:0:0:0:0:1", "2001:db8::1"],
      ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
      ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
      ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
      ["::", "::"],
      ["0:0:0:0:0:0:0:1", "::1"],
      ["::ffff:192.0.2.1", "192.0.2.1"],
      ["::FFFF:C000:201", "192.0.2.1"],
      ["fe80::1%ETH0", "fe80::1%eth0"],
      ["IM.Example.TEST", "im.example.test"],
    ]
  ) assert.equal(canonicalHost(text), expected);
  for (const text of ["", ":", ":::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "12345::", "::1.2.3", "g::"]) {
    assert.equal(ipv6Octets(text), null, text);
  }
});

Deno.test("this machine and every address are known in any spelling", () => {
  for (const host of ["127.0.0.1", "127.9.9.9", "::1", "0:0::1", "::ffff:127.0.0.1"]) assert.ok(isLoopback(host), host);
  for (const host of ["128.0.0.1", "::2", "localhost", "127.test"]) assert.ok(!isLoopback(host), host);
  for (const host of ["0.0.0.0", "::", "0:0:0:0:0:0:0:0"]) assert.ok(isWildcard(host), host);
  assert.ok(!isWildcard("0.0.0.1"));
});

Deno.test("a range holds its addresses and no others", () => {
  for (
    const [range, inside, outside] of [
      ["10.0.0.0/8", "10.255.0.1", "11.0.0.1"],
      ["192.0.2.128/25", "192.0.2.200", "192.0.2.127"],
      ["192.0.2.1", "192.0.2.1", "192.0.2.2"],
      ["192.0.2.1/32", "::ffff:192.0.2.1", "192.0.2.0"],
      ["0.0.0.0/0", "203.0.113.1", "::1"],
      ["2001:db8::/32", "2001:db8:ffff::1", "2001:db9::1"],
      ["2001:db8::/33", "2001:db8:7fff::1", "2001:db8:8000::1"],
      ["::/0", "2001:db8::1", "192.0.2.1"],
    ]
  ) {
    const network = parseNetwork(range);
    assert.ok(network.contains(inside), `${range} ${inside}`);
    assert.ok(!network.contains(outside), `${range} ${outside}`);
    assert.ok(!network.contains("example.test"));
  }
  for (const text of ["", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/x", "example.test", "10.0.0/8"]) {
    assert.throws(() => parseNetwork(text), /is not an address or a range such as/, text);
  }
});
