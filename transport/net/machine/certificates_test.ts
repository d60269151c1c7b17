import assert from "node:assert/strict";
import { FakeTime } from "../../../foundation/testing.ts";
import { CertificateError, certificatesOf, loadCertificate, makeCertificate, ownCertificate } from "./certificates.ts";

const time = new FakeTime(Date.UTC(2026, 5, 1));
const DAY_MS = 86_400_000;

Deno.test("a certificate of our own names its hosts, and is checked as any other", async () => {
  const pair = await makeCertificate(["im.example.test", "192.0.2.1", "2001:db8::1"], time);
  assert.deepEqual(pair.names.dns, ["im.example.test"]);
  assert.deepEqual(pair.names.sip, ["im.example.test"]);
  assert.deepEqual(pair.names.ip, ["192.0.2.1", "2001:db8::1"]);
  assert.equal(pair.names.commonName, "im.example.test");
  assert.ok(pair.notBefore < time.now() && pair.notAfter > time.now() + 365 * DAY_MS);
});

Deno.test("what cannot be used is refused with what was found", async () => {
  const pair = await makeCertificate(["a.test"], time);
  const other = await makeCertificate(["b.test"], time);
  const refused = (run: () => unknown, text: RegExp) =>
    assert.throws(run, (error) => error instanceof CertificateError && text.test(error.message));
  refused(
    () => certificatesOf(pair.certificate, other.key, time, "a.pem"),
    /key does not belong to a\.pem \(CN=a\.test\)/,
  );
  refused(() => certificatesOf("hello", pair.key, time, "a.pem"), /a\.pem is not a PEM certificate/);
  refused(() => certificatesOf(pair.certificate, "hello", time, "a.pem"), /not an unencrypted PEM private key/);
  const later = new FakeTime(time.now() + 1000 * DAY_MS);
  refused(() => certificatesOf(pair.certificate, pair.key, later, "a.pem"), /a\.pem expired on/);
  const earlier = new FakeTime(time.now() - 1000 * DAY_MS);
  refused(() => certificatesOf(pair.certificate, pair.key, earlier, "a.pem"), /valid from .* is the clock/);
});

Deno.test("the box's own pair is made once, for its owner's eyes, and loaded ever after", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const made = await ownCertificate(`${directory}/tls`, "own", ["im.example.test"], time);
    assert.equal((await Deno.stat(`${directory}/tls/own.key`)).mode! & 0o777, 0o600);
    const again = await ownCertificate(`${directory}/tls`, "own", ["another.test"], time);
    assert.equal(again.certificate, made.certificate);
    assert.equal(again.key, made.key);
    await Deno.writeTextFile(`${directory}/tls/own.key`, "damaged");
    await assert.rejects(
      ownCertificate(`${directory}/tls`, "own", ["x.test"], time),
      /own\.pem" is not an unencrypted/,
    );
    assert.equal(await Deno.readTextFile(`${directory}/tls/own.key`), "damaged");
    await assert.rejects(
      loadCertificate(`${directory}/none.pem`, `${directory}/none.key`, time),
      /cannot read ".*none\.pem"/,
    );
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("an authority of our own signs, and its mark is in the chain", async () => {
  const authority = await makeCertificate(["Parley internal authority"], time, { authority: true });
  const pair = await makeCertificate(["a.test"], time, { issuer: authority });
  const { X509Certificate } = await import("node:crypto");
  const signed = new X509Certificate(pair.certificate);
  assert.ok(signed.verify(new X509Certificate(authority.certificate).publicKey));
  assert.match(signed.issuer, /Parley internal authority/);
  assert.equal(new X509Certificate(authority.certificate).ca, true);
  assert.equal(signed.ca, false);
});
