import assert from "node:assert/strict";
import { FakeFlow } from "./testing/fake_exchange.ts";
import { TrustedHops } from "./trust.ts";

const ADDRESSES: readonly (readonly [hop: string, address: string, trusted: boolean])[] = [
  ["192.0.2.7", "192.0.2.7", true],
  ["192.0.2.7", "192.0.2.8", false],
  ["192.0.2.7", "::ffff:192.0.2.7", true],
  ["192.0.2.0/24", "192.0.2.255", true],
  ["192.0.2.99/24", "192.0.2.1", true],
  ["192.0.2.0/24", "192.0.3.0", false],
  ["10.0.0.0/8", "10.255.255.255", true],
  ["0.0.0.0/0", "203.0.113.5", true],
  ["0.0.0.0/0", "2001:db8::1", false],
  ["2001:db8::/32", "2001:db8:ffff::1", true],
  ["2001:db8::/32", "2001:db9::1", false],
  ["2001:DB8::1", "2001:db8:0:0:0:0:0:1", true],
  ["[::1]", "::1", true],
  ["fe80::/10", "fe80::1%eth0", true],
  ["::/0", "192.0.2.1", false],
  ["127.0.0.1/32", "127.0.0.2", false],
];
for (const [hop, address, trusted] of ADDRESSES) {
  Deno.test(`hop ${hop} ${trusted ? "is" : "is not"} ${address}`, () => {
    assert.equal(new TrustedHops([hop]).trusts(new FakeFlow("tcp", address)), trusted);
  });
}

Deno.test("hops by the name in their certificate, in any case, a SIP URI too", () => {
  const hops = new TrustedHops(["Core.Example.net"]);
  const names: [string[], boolean][] = [
    [["core.example.net"], true],
    [["x.test", "sip:CORE.example.net"], true],
    [["evil-core.example.net"], false],
    [[], false],
  ];
  for (const [peerNames, trusted] of names) {
    assert.equal(hops.trusts(new FakeFlow("tls", "198.51.100.1", 1, peerNames)), trusted, peerNames.join());
  }
});

Deno.test("what is no hop is refused by name", () => {
  for (const hop of ["192.0.2.0/33", "2001:db8::/129", "192.0.2.0/x", "core.test/24", "a b", ""]) {
    assert.throws(() => new TrustedHops([hop]), new RegExp(`"${hop.replaceAll("/", "\\/")}"`));
  }
});

Deno.test("without hops nobody is trusted", () => {
  assert.equal(new TrustedHops([]).trusts(new FakeFlow("tls", "127.0.0.1", 1, ["localhost"])), false);
});
