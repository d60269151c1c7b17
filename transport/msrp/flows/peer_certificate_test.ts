import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { certificateNames } from "../../net/mod.ts";
import { hostProblem, isFingerprintOf, namesIn } from "./peer_certificate.ts";

const DER = new TextEncoder().encode("a certificate");
const digest = (hash: string) => createHash(hash).update(DER).digest("hex").toUpperCase().replace(/..(?=.)/g, "$&:");

Deno.test("every hash of RFC 8122 §5, in any case of letters", () => {
  for (const bits of ["1", "224", "256", "384", "512"]) {
    const text = `sha-${bits} ${digest(`sha${bits}`)}`;
    assert.equal(isFingerprintOf(DER, text), true, text);
    assert.equal(isFingerprintOf(DER, text.toLowerCase()), true);
    assert.equal(isFingerprintOf(DER, text.toUpperCase()), true);
    assert.equal(isFingerprintOf(DER.subarray(1), text), false);
  }
  for (
    const bad of [
      `md5 ${digest("md5")}`,
      `sha-256 ${digest("sha1")}`,
      "sha-256",
      "sha-256 zz:00",
      `sha-256 ${digest("sha256")} x`,
    ]
  ) {
    assert.equal(isFingerprintOf(DER, bad), false, bad);
  }
});

const problem = (host: string, subjectaltname: string | undefined, CN = "cn.test") =>
  hostProblem(host, { subject: { CN }, ...(subjectaltname === undefined ? {} : { subjectaltname }) });

Deno.test("a certificate is for the hosts among its alternative names; the common name counts where there are none", () => {
  assert.equal(problem("im.test", "DNS:im.test, DNS:b.test"), undefined);
  assert.equal(problem("IM.test", "DNS:im.TEST"), undefined);
  // Unlike in SIP, a URI of a domain does not push host names out.
  assert.equal(problem("im.test", "URI:sip:example.test, DNS:im.test"), undefined);
  assert.equal(problem("192.0.2.1", "IP Address:192.0.2.1"), undefined);
  assert.equal(problem("cn.test", undefined), undefined);
  assert.match(problem("cn.test", "DNS:im.test")!.message, /for im.test, not for "cn.test"/);
  assert.match(problem("example.test", "URI:sip:example.test")!.message, /for no host/);
  assert.match(problem("192.0.2.1", "DNS:192.0.2.1")!.message, /not for "192.0.2.1"/);
});

Deno.test("a wildcard stands for one whole label at the left (RFC 9525 §6.3)", () => {
  assert.equal(problem("im.example.test", "DNS:*.example.test"), undefined);
  for (const host of ["example.test", "a.im.example.test", ".example.test"]) {
    assert.notEqual(problem(host, "DNS:*.example.test"), undefined, host);
  }
  assert.notEqual(problem("example.test", "DNS:*.test"), undefined, "too wide");
  assert.notEqual(problem("im.example.test", "DNS:i*.example.test"), undefined);
});

Deno.test("names: hosts and domains once each, the common name only without any", () => {
  assert.deepEqual(namesIn(certificateNames("DNS:a.test, URI:sip:a.test, URI:sip:b.test", "c.test")), [
    "a.test",
    "b.test",
  ]);
  assert.deepEqual(namesIn(certificateNames(undefined, "c.test")), ["c.test"]);
  assert.deepEqual(namesIn(certificateNames("IP Address:192.0.2.1", "c.test")), []);
});
