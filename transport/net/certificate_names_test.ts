import assert from "node:assert/strict";
import { certificateMatches, certificateNames, sipIdentities } from "./certificate_names.ts";

Deno.test("identities are sip URIs; without one DNS names; without any alternative name the CN (RFC 5922 §7.1)", () => {
  const of = (names: string | undefined, cn = "") => sipIdentities(certificateNames(names, cn));
  assert.deepEqual(of("DNS:host.test, URI:sip:Example.test, URI:https://x.test"), ["example.test"]);
  assert.deepEqual(of("URI:sip:alice@example.test, DNS:host.test", "cn.test"), ["host.test"]);
  assert.deepEqual(of("URI:SIP:example.test;transport=tls"), ["example.test"]);
  assert.deepEqual(of("IP Address:192.0.2.1", "cn.test"), []);
  assert.deepEqual(of(undefined, "CN.test"), ["cn.test"]);
  assert.deepEqual(of(undefined, "Some Company"), []);
});

Deno.test("names match whole, in any case, without wildcards (RFC 5922 §7.2)", () => {
  const matches = (names: string, name: string) => certificateMatches(certificateNames(names, ""), name);
  assert.ok(matches("DNS:example.test", "EXAMPLE.test"));
  assert.ok(!matches("DNS:*.example.test", "a.example.test"));
  assert.ok(!matches("DNS:example.test", "a.example.test"));
  assert.ok(!matches("DNS:a.test, URI:sip:b.test", "a.test"));
  assert.ok(matches("IP Address:192.0.2.1", "192.0.2.1"));
  assert.ok(matches("IP Address:2001:DB8:0:0:0:0:0:1", "2001:db8::1"));
  assert.ok(!matches("DNS:192.0.2.1", "192.0.2.1"));
});

Deno.test("a name cannot be smuggled in inside another one", () => {
  // The library quotes an entry that holds a comma or a quote.
  assert.deepEqual(certificateNames('DNS:"a.test, DNS:evil.test", DNS:b.test', "").dns, ["b.test"]);
  assert.deepEqual(certificateNames('URI:"sip:x,DNS:evil.test"', "").dns, []);
});
