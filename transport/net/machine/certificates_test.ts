import assert from "node:assert/strict";
import { FakeTime } from "../../../foundation/testing.ts";
import { X509Certificate } from "node:crypto";
import {
  CertificateError,
  certificatesOf,
  keyTypeOf,
  makeCertificate,
  readPair,
  readPairFiles,
  savePair,
} from "./certificates.ts";
import { certificateFacts, chainProblem, foreignPurpose, isKeyOf } from "./certificate_facts.ts";
import { makeCertificateRequest } from "./certificate_request.ts";

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

Deno.test("a pair that is put into files is for its owner's eyes, whole, and what cannot be read is named", async () => {
  const directory = await Deno.makeTempDir();
  const [file, key] = [`${directory}/tls/own.pem`, `${directory}/tls/own.key`];
  try {
    for (const name of ["im.example.test", "again.test"]) {
      const made = await makeCertificate([name], time);
      await savePair(file, key, made);
      for (const path of [file, key]) assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
      assert.deepEqual(await readPairFiles(file, key), made);
    }
    assert.deepEqual([...Deno.readDirSync(`${directory}/tls`)].map(({ name }) => name).sort(), ["own.key", "own.pem"]);
    await Deno.writeTextFile(key, "damaged");
    await assert.rejects(readPairFiles(file, key), /own\.pem" is not an unencrypted/);
    await assert.rejects(readPairFiles(`${directory}/none.pem`, key), /cannot read ".*none\.pem"/);
    await assert.rejects(readPairFiles(directory, key), /cannot read ".*": it is not a file/);
    await Deno.writeTextFile(key, " ".repeat(1_000_001));
    await assert.rejects(readPairFiles(file, key), /cannot read ".*own\.key": it has 1000001 octets; at most 1000000/);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("keys that TLS here cannot sign with are refused by name, before a door shows them", async () => {
  const directory = await Deno.makeTempDir();
  const made = async (...kind: string[]): Promise<[string, string]> => {
    const args = ["req", "-x509", "-nodes", "-newkey", ...kind, "-subj", "/CN=a.test", "-days", "3"];
    const files = ["-keyout", `${directory}/a.key`, "-out", `${directory}/a.pem`];
    const { success } = await new Deno.Command("openssl", { args: [...args, ...files], stderr: "null" }).output();
    assert.ok(success);
    return [await Deno.readTextFile(`${directory}/a.pem`), await Deno.readTextFile(`${directory}/a.key`)];
  };
  const ec = (curve: string) => ["ec", "-pkeyopt", `ec_paramgen_curve:${curve}`];
  try {
    for (const kind of [ec("P-384"), ec("P-521"), ["ed25519"], ["rsa:2048"]]) readPair(...await made(...kind));
    const [p384] = await made(...ec("P-384"));
    assert.equal(keyTypeOf(new X509Certificate(p384)), "EC P-384");
    const refused: [string[], RegExp][] = [
      [ec("secp256k1"), /is ec secp256k1; allowed: EC P-256/],
      [["ed448"], /is ed448; allowed/],
      [["rsa:1024"], /is RSA with 1024 bits; allowed/],
    ];
    for (const [kind, text] of refused) {
      const pair = await made(...kind);
      assert.throws(() => readPair(...pair), (error) => error instanceof CertificateError && text.test(error.message));
    }
    const [good, key] = await made(...ec("P-256"));
    const junk = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert.throws(() => readPair(good + junk, key, "a.pem"), /certificate 2 of a\.pem is not a PEM certificate/);
    const locked = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    assert.throws(() => readPair(good, locked, "a.pem"), /the key of a\.pem is encrypted; .* openssl pkey/);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("an authority of our own signs, and its mark is in the chain", async () => {
  // A name with everything that a distinguished name has to escape.
  const authority = await makeCertificate(["Example, Inc + Co; Ü"], time, { authority: true, days: 100 });
  const pair = await makeCertificate(["a.test"], time, { issuer: authority });
  const signed = new X509Certificate(pair.certificate);
  const root = new X509Certificate(authority.certificate);
  assert.ok(signed.checkIssued(root) && signed.verify(root.publicKey));
  assert.equal(root.ca, true);
  assert.equal(signed.ca, false);
  assert.equal(pair.notAfter, authority.notAfter, "no longer than its authority");
  assert.equal(authority.names.commonName, "example, inc + co; ü");
});

Deno.test("openssl finds an issued certificate good, and its authority may sign no authorities", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const authority = await makeCertificate(["Example CA"], time, { authority: true });
    const pair = await makeCertificate(["a.test", "192.0.2.1"], time, { issuer: authority });
    await Deno.writeTextFile(`${directory}/ca.pem`, authority.certificate);
    await Deno.writeTextFile(`${directory}/a.pem`, pair.certificate);
    const run = async (...args: string[]) => {
      const { stdout, stderr } = await new Deno.Command("openssl", { args, cwd: directory }).output();
      return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    };
    const at = ["-attime", String(time.now() / 1000)];
    const strict = ["-x509_strict", "-purpose", "sslserver", "-verify_hostname", "a.test"];
    assert.match(await run("verify", ...at, ...strict, "-CAfile", "ca.pem", "a.pem"), /a\.pem: OK/);
    assert.match(await run("x509", "-in", "ca.pem", "-noout", "-text"), /CA:TRUE, pathlen:0[\s\S]*Certificate Sign/);
    assert.match(await run("x509", "-in", "a.pem", "-noout", "-text"), /URI:sip:a\.test, IP Address:192\.0\.2\.1/);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("a request carries names, organisation and country, signed with its key, as openssl reads it", async () => {
  const place = { organisation: "Example, Inc", country: "DE" };
  const { pem, key } = await makeCertificateRequest(["im.example.test", "2001:db8::1"], place);
  const openssl = new Deno.Command("openssl", {
    args: ["req", "-verify", "-noout", "-text"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = openssl.stdin.getWriter();
  await writer.write(new TextEncoder().encode(pem));
  await writer.close();
  const { stdout, stderr } = await openssl.output();
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assert.match(text, /verify OK/);
  assert.match(text, /Subject: C ?= ?DE, O ?= ?"?Example, Inc"?, CN ?= ?im\.example\.test/);
  assert.match(text, /DNS:im\.example\.test, URI:sip:im\.example\.test, IP Address:2001:DB8/);
  assert.match(key, /^-----BEGIN PRIVATE KEY-----/);
  // A name longer than a common name may be stands among the alternative names only.
  const long = `${"a".repeat(60)}.example.test`;
  assert.match((await makeCertificateRequest([long, "b.test"], place)).pem, /BEGIN CERTIFICATE REQUEST/);
});

Deno.test("facts of a chain, what is wrong with its order, and what its holder may do", async () => {
  const authority = await makeCertificate(["Example CA"], time, { authority: true });
  const other = await makeCertificate(["Other CA"], time, { authority: true });
  const pair = await makeCertificate(["a.test", "192.0.2.1"], time, { issuer: authority });
  const facts = certificateFacts(pair.certificate + authority.certificate);
  assert.equal(facts.subject, "CN=a.test");
  assert.equal(facts.issuer, "CN=Example CA");
  assert.deepEqual(facts.names, ["a.test", "sip:a.test", "192.0.2.1"]);
  assert.match(facts.fingerprint, /^(?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  assert.deepEqual([facts.chainLength, facts.selfSigned, facts.weaknesses], [2, false, []]);
  assert.equal(certificateFacts(authority.certificate).selfSigned, true);
  assert.match(
    chainProblem(pair.certificate + other.certificate + authority.certificate)!,
    /out of order: certificate 2 \(CN=Other CA\) did not sign certificate 1, number 3 did/,
  );
  assert.match(
    chainProblem(pair.certificate + other.certificate)!,
    /did not sign certificate 1 \(CN=a\.test\), which was signed by CN=Example CA/,
  );
  assert.equal(await foreignPurpose(pair.certificate), null);
  assert.ok(isKeyOf(pair.key, pair.certificate));
  assert.ok(!isKeyOf(other.key, pair.certificate) && !isKeyOf("no key", pair.certificate));
});
