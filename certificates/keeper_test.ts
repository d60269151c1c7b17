import assert from "node:assert/strict";
import { OperationError } from "../operations/mod.ts";
import { StorageError } from "../storage/mod.ts";
import { type CertificatePair, makeCertificate } from "../transport/net/machine/mod.ts";
import { openssl, Room } from "./testing/room.ts";

const BY = "admin";

/** An assertion for `rejects`: refused with this kind and words. */
function refused(kind: OperationError["kind"], text: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof OperationError, String(error));
    assert.match(error.message, text);
    assert.equal(error.kind, kind);
    return true;
  };
}

Deno.test("without files and uploads the box shows its own certificate, the same over restarts", async () => {
  await using room = new Room();
  const keeper = await room.open();
  const [view, ...others] = keeper.list();
  assert.deepEqual(others, []);
  assert.equal(view.source, "self-signed");
  assert.equal(view.in_use, true);
  assert.deepEqual(view.names, ["example.test", "sip:example.test", "127.0.0.1"]);
  assert.equal(view.days_left, 825);
  assert.equal(view.key_type, "EC P-256");
  assert.equal(view.chain_length, 1);
  assert.match(view.fingerprint, /^(?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  assert.deepEqual(view.warnings, []);
  assert.equal((await Deno.stat(`${room.dir}/data/parley-tls.key`)).mode! & 0o777, 0o600);
  assert.equal((await room.open()).pair.certificate, keeper.pair.certificate);
  assert.deepEqual([keeper.troubles, keeper.alarms(), keeper.lockedBy], [[], [], ""]);
  assert.deepEqual(keeper.options.certificates, [keeper.pair]);
});

Deno.test("the box's own certificate is made anew where it is damaged, expired or half written", async () => {
  await using room = new Room();
  const first = (await room.open()).pair;
  const old = await room.made(["example.test"], { from: -500 });
  const breakages: [string, () => Promise<void>][] = [
    ["damaged", () => Deno.writeTextFile(`${room.dir}/data/parley-tls.pem`, "damaged")],
    ["another's key", () => Deno.writeTextFile(`${room.dir}/data/parley-tls.key`, old.key)],
    ["no key", () => Deno.remove(`${room.dir}/data/parley-tls.key`)],
    ["expired", async () => {
      await Deno.writeTextFile(`${room.dir}/data/parley-tls.pem`, old.certificate);
      await Deno.writeTextFile(`${room.dir}/data/parley-tls.key`, old.key);
    }],
  ];
  let before = first.certificate;
  for (const [what, breakIt] of breakages) {
    await breakIt();
    const keeper = await room.open();
    assert.notEqual(keeper.pair.certificate, before, what);
    assert.ok(keeper.pair.notAfter > room.time.now(), what);
    assert.deepEqual(keeper.alarms(), [], what);
    assert.equal(await Deno.readTextFile(`${room.dir}/data/parley-tls.pem`), keeper.pair.certificate, what);
    before = keeper.pair.certificate;
  }
});

Deno.test("a folder that takes no files: a certificate all the same, and an alarm", async () => {
  await using room = new Room();
  await Deno.writeTextFile(`${room.dir}/data`, "a file in the place of the folder");
  const keeper = await room.open();
  assert.equal(keeper.list()[0].source, "self-signed");
  const [alarm] = keeper.alarms();
  assert.equal(alarm.code, "certificate.bad/self-signed");
  assert.equal(alarm.severity, "warning");
  assert.match(alarm.text, /parley-tls\.pem" cannot be written: /);
});

Deno.test("bad files of [tls] never end the start: the own certificate is shown, with an alarm that says why", async () => {
  await using room = new Room();
  const [good, other] = [await room.made(["example.test"]), await room.made(["example.test"])];
  const expired = await room.made(["example.test"], { from: -401 });
  const early = await room.made(["example.test"], { from: 10 });
  const junk = "-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n";
  const cases: [{ certificate: string; key: string } | null, string, RegExp][] = [
    [null, "certificate.bad", /^Cannot read ".*own\.pem": /],
    [
      expired,
      "certificate.expired",
      /^".*own\.pem" expired on 2026-05-31 00:00 UTC\. In use meanwhile: self-signed, until/,
    ],
    [early, "certificate.bad", /is valid from 2026-06-10 .* is the clock of this machine right/],
    [{ certificate: good.certificate, key: other.key }, "certificate.bad", /key does not belong to ".*own\.pem"/],
    [{ certificate: junk, key: good.key }, "certificate.bad", /is not a PEM certificate/],
    [{ certificate: good.certificate, key: "no key" }, "certificate.bad", /is not an unencrypted PEM private key/],
  ];
  for (const [pair, code, text] of cases) {
    if (pair !== null) await room.install(pair);
    const keeper = await room.open(room.withFiles);
    assert.equal(keeper.list()[0].source, "self-signed");
    assert.ok(keeper.pair.notAfter > room.time.now());
    const [alarm, ...more] = keeper.alarms();
    assert.deepEqual(more, []);
    assert.equal(alarm.code, code);
    assert.equal(alarm.severity, "critical");
    assert.match(alarm.text, text);
    assert.equal(alarm.since, room.time.now());
    assert.deepEqual(keeper.troubles.map((trouble) => trouble.code), [code]);
    assert.equal(keeper.lockedBy, "", "the console may help meanwhile");
  }
  assert.equal(room.audit.filter(({ event }) => event === "certificate.trouble").length, cases.length);
  // An expired one can still be looked at.
  await room.install(expired);
  const view = (await room.open(room.withFiles)).list().find(({ source }) => source === "file")!;
  assert.equal(view.in_use, false);
  assert.equal(view.days_left, -1);
  assert.deepEqual(view.warnings, ["it has expired"]);
});

Deno.test("files that become good are taken at once, bad ones never take the place of good ones", async () => {
  await using room = new Room();
  const keeper = await room.open(room.withFiles);
  const told: CertificatePair[] = [];
  keeper.onRenewed((pair) => told.push(pair));
  const [first, second] = [await room.made(["example.test"]), await room.made(["example.test"])];
  await room.install(first);
  await room.pass(1, keeper);
  assert.deepEqual(told.map(({ certificate }) => certificate), [first.certificate]);
  assert.deepEqual([keeper.troubles, keeper.alarms()], [[], []]);
  assert.equal(keeper.lockedBy, `[tls] certificate in ${room.dir}/parley.toml`);
  assert.equal(keeper.list()[0].source, "file");

  await room.install({ certificate: second.certificate, key: first.key });
  await assert.rejects(keeper.reload(BY), refused("invalid", /key does not belong/));
  assert.equal(keeper.pair.certificate, first.certificate);
  assert.match(keeper.alarms()[0].text, /In use meanwhile: file/);
  assert.equal(keeper.alarms()[0].repair.action, "Read again");
  await room.install(second);
  assert.match(await keeper.repair("certificate.bad", BY), /^in use: CN=example\.test \(file\)/);
  assert.equal(told.length, 2);
  assert.deepEqual(keeper.alarms(), []);
  // Nothing else may be put in use while the settings say what is.
  const locked = refused("conflict", /is set by \[tls\] certificate in .*parley\.toml; change it there/);
  await assert.rejects(keeper.upload(first, BY), locked);
  await assert.rejects(keeper.use("self-signed", BY), locked);
  await assert.rejects(keeper.issue({ names: ["example.test"], days: 90 }, BY), locked);
  assert.equal(keeper.list()[0].id, "file");
});

Deno.test("files that are valid from tomorrow on are taken tomorrow", async () => {
  await using room = new Room();
  await room.install(await room.made(["example.test"], { from: 2 }));
  const keeper = await room.open(room.withFiles);
  assert.equal(keeper.list()[0].source, "self-signed");
  await room.pass(1.5, keeper);
  assert.equal(keeper.list()[0].source, "file");
  assert.deepEqual(keeper.alarms(), []);
});

Deno.test("[tls] ca that cannot be used: the box starts, and takes nobody's certificate instead of everybody's", async () => {
  await using room = new Room();
  const keeper = await room.open(`[tls]\nca = "${room.dir}/none.pem"\nclient_certificates = "require"\n`);
  const { authorities, clientCertificates } = keeper.options;
  assert.equal(clientCertificates, "require");
  assert.match(authorities, /BEGIN CERTIFICATE/);
  assert.match(keeper.alarms()[0].text, /none\.pem" \(\[tls\] ca\) cannot be used/);
  const ca = await makeCertificate(["ca.test"], room.time, { authority: true });
  await Deno.writeTextFile(`${room.dir}/ca.pem`, `text before\n${ca.certificate}`);
  const good = await room.open(`[tls]\nca = "${room.dir}/ca.pem"\n`);
  assert.equal(good.options.authorities.trim(), ca.certificate.trim());
  assert.deepEqual(good.alarms(), []);
  await Deno.writeTextFile(`${room.dir}/ca.pem`, "no certificate");
  assert.equal((await room.open(`[tls]\nca = "${room.dir}/ca.pem"\n`)).alarms()[0].code, "certificate.bad/ca");
});

Deno.test("an upload is checked, live on all doors at once, kept over a restart, and its key is told nobody", async () => {
  await using room = new Room();
  const keeper = await room.open();
  const told: CertificatePair[] = [];
  keeper.onRenewed((pair) => told.push(pair));
  const ca = await makeCertificate(["Example CA"], room.time, { authority: true });
  const pair = await room.made(["example.test"], { issuer: ca });
  const view = await keeper.upload({ certificate: pair.certificate + ca.certificate, key: pair.key }, BY);
  assert.equal(view.source, "uploaded");
  assert.equal(view.in_use, true);
  assert.equal(view.chain_length, 2);
  assert.equal(view.issuer, "CN=Example CA");
  assert.deepEqual(view.warnings, []);
  assert.equal(told.length, 1);
  assert.equal(told[0].key, pair.key);
  assert.deepEqual(room.audit.at(-1)!.event, "certificate.upload");
  assert.equal(room.audit.at(-1)!.by, BY);
  // Once more, with the key in one text with the certificate: the same certificate, and no change.
  const again = await keeper.upload({ certificate: pair.key + pair.certificate + ca.certificate, key: null }, BY);
  assert.equal(again.id, view.id);
  assert.equal(told.length, 1);
  const shown = JSON.stringify([keeper.list(), keeper.alarms(), room.audit]) + keeper.certificatePem(view.id);
  assert.ok(!shown.includes("PRIVATE KEY") && !shown.includes(pair.key.split("\n")[1]));
  const restarted = await room.open();
  assert.equal(restarted.list()[0].id, view.id);
  assert.equal(restarted.pair.key, pair.key);
});

Deno.test("what does not cover the box's names is taken with a warning and an alarm", async () => {
  await using room = new Room();
  const keeper = await room.open('domains = ["two.test"]\n[advertise]\nhost = "im.example.test"\n');
  const pair = await room.made(["two.test"]);
  const view = await keeper.upload(pair, BY);
  assert.deepEqual(view.warnings, ["it does not name example.test", "it does not name im.example.test"]);
  const [alarm] = keeper.alarms();
  assert.equal(alarm.code, "certificate.names");
  assert.equal(alarm.severity, "warning");
  assert.match(alarm.text, /does not name example\.test, im\.example\.test: clients/);
  const args = ["req", "-x509", "-nodes", "-newkey", "rsa:2048", "-keyout", "w.key", "-out", "w.pem", "-days", "900"];
  await openssl(room.dir, ...args, "-subj", "/CN=w", "-addext", "subjectAltName=DNS:two.test,DNS:*.example.test");
  room.time.jump(Date.now() - room.time.now());
  const wild = {
    certificate: await Deno.readTextFile(`${room.dir}/w.pem`),
    key: await Deno.readTextFile(`${room.dir}/w.key`),
  };
  const { warnings, key_type, not_after } = await keeper.upload(wild, BY);
  assert.equal(key_type, "RSA 2048");
  assert.ok(not_after > room.time.now());
  assert.deepEqual(warnings, [
    "it does not name example.test",
    "it names im.example.test only as *.example.test, which browsers take and SIP does not (RFC 5922 §7.2)",
  ]);
});

Deno.test("uploads that cannot be used are refused with the reason, and nothing changes", async () => {
  await using room = new Room();
  const keeper = await room.open();
  const before = keeper.pair.certificate;
  const ca = await makeCertificate(["Example CA"], room.time, { authority: true });
  const old = await makeCertificate(["Old CA"], room.time, { authority: true, days: 30 });
  const pair = await room.made(["example.test"], { issuer: ca });
  const other = await room.made(["example.test"]);
  const csr = await keeper.makeCsr({ names: ["example.test"] }, BY);
  const junk = "-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n";
  const args = ["req", "-x509", "-nodes", "-newkey", "rsa:2048", "-keyout", "c.key", "-out", "c.pem", "-days", "9000"];
  await openssl(room.dir, ...args, "-subj", "/CN=c", "-addext", "extendedKeyUsage=clientAuth,emailProtection");
  const clients = await Deno.readTextFile(`${room.dir}/c.pem`);
  const cases: [string, string | null, RegExp][] = [
    ["", pair.key, /not PEM: it has no line .* \(a \.pfx or \.p12 file: openssl pkcs12/],
    [csr.pem, null, /not PEM: this is the request \(CSR\); needed is the certificate/],
    [pair.key, null, /not PEM: this is a private key/],
    [junk, null, /certificate 1 cannot be read/],
    [pair.certificate + junk, pair.key, /certificate 2 cannot be read/],
    [pair.certificate, other.key, /the key does not belong to the certificate \(CN=example\.test\)/],
    [pair.certificate, "hello", /not an unencrypted PEM private key/],
    [pair.certificate, null, /\(CN=example\.test\) answers none of the requests made here; give its key too/],
    [
      pair.certificate + old.certificate,
      pair.key,
      /certificate 2 \(CN=Old CA\) did not sign certificate 1 .* CN=Example CA/,
    ],
    [pair.certificate + old.certificate + ca.certificate, pair.key, /the chain is out of order: .* number 3 did/],
    [pair.certificate + ca.certificate.repeat(10), pair.key, /the chain has 11 certificates; at most 10/],
    [pair.certificate, "x".repeat(15_001), /the key has 15001 characters; at most 15000/],
    [(await room.made(["example.test"], { from: -500 })).certificate, other.key, /key does not belong/],
    [clients, await Deno.readTextFile(`${room.dir}/c.key`), /is valid from/],
  ];
  for (const [certificate, key, text] of cases) {
    await assert.rejects(keeper.upload({ certificate, key }, BY), refused("invalid", text));
  }
  const expired = await room.made(["example.test"], { from: -500 });
  await assert.rejects(keeper.upload(expired, BY), refused("invalid", /the certificate expired on 2026-0/));
  assert.equal(keeper.pair.certificate, before);
  assert.equal(keeper.list().length, 1);
  // Both need the day that openssl made them on.
  room.time.jump(Date.now() - room.time.now());
  const key = await Deno.readTextFile(`${room.dir}/c.key`);
  await assert.rejects(
    keeper.upload({ certificate: clients, key }, BY),
    refused("invalid", /not for servers: its extended key usage is clientAuth, emailProtection/),
  );
});

Deno.test("a request: its key stays here, and the certificate made of it is taken without a key", async () => {
  await using room = new Room();
  // openssl signs with today's date.
  room.time.jump(Date.now() - room.time.now());
  const keeper = await room.open();
  const wish = { names: [" Example.TEST ", "[::1]"], organisation: "Example, Ltd", country: "IE" };
  const csr = await keeper.makeCsr(wish, BY);
  assert.deepEqual(csr.names, ["example.test", "::1"]);
  const other = await keeper.makeCsr({ names: ["other.test"] }, BY);
  assert.deepEqual(keeper.listCsrs().map(({ id }) => id).sort(), [csr.id, other.id].sort());
  assert.ok(!JSON.stringify([keeper.listCsrs(), room.audit]).includes("PRIVATE"));

  const ca = await makeCertificate(["Far CA"], room.time, { authority: true });
  for (const [name, text] of [["csr.pem", csr.pem], ["ca.pem", ca.certificate], ["ca.key", ca.key]]) {
    await Deno.writeTextFile(`${room.dir}/${name}`, text);
  }
  const sign = ["x509", "-req", "-in", "csr.pem", "-CA", "ca.pem", "-CAkey", "ca.key", "-copy_extensions", "copyall"];
  await openssl(room.dir, ...sign, "-days", "90", "-out", "signed.pem");
  // The request outlives a restart.
  const later = await room.open();
  // A second more than the file says: certificates count in whole seconds.
  room.time.jump(2000);
  const certificate = await Deno.readTextFile(`${room.dir}/signed.pem`);
  const view = await later.upload({ certificate, key: null }, BY);
  assert.match(view.subject, /O=Example, Ltd/);
  assert.deepEqual(view.names.slice(0, 2), ["example.test", "sip:example.test"]);
  assert.equal(view.in_use, true);
  assert.deepEqual(view.warnings, ["it is sent without its issuer (CN=Far CA): clients must know that one already"]);
  assert.deepEqual(later.listCsrs().map(({ id }) => id), [other.id]);
  assert.equal(await later.discardCsr(other.id, BY), true);
  assert.equal(await later.discardCsr(other.id, BY), false);
  assert.deepEqual(later.listCsrs(), []);
});

Deno.test("requests with bad words are refused one by one, and there are at most ten", async () => {
  await using room = new Room();
  const keeper = await room.open();
  const cases: [Parameters<typeof keeper.makeCsr>[0], RegExp][] = [
    [{ names: [] }, /^0 names; allowed: 1 to 50/],
    [{ names: ["bad name"] }, /^name "bad name"; allowed: a host name in ASCII/],
    [{ names: ["*.example.test"] }, /without wildcards \(RFC 5922/],
    [{ names: ["1.2.3.4.5"] }, /allowed: a host name/],
    [{ names: ["bücher.test"] }, /in ASCII/],
    [{ names: ["a.test"], country: "de" }, /country "de"; allowed: two capital letters/],
    [{ names: ["a.test"], organisation: 'a "b"' }, /no quotation mark/],
    [{ names: ["a.test"], organisation: "x".repeat(65) }, /1 to 64 characters/],
  ];
  for (const [wish, text] of cases) await assert.rejects(keeper.makeCsr(wish, BY), refused("invalid", text));
  for (let i = 0; i < 10; i++) await keeper.makeCsr({ names: [`n${i}.test`] }, BY);
  await assert.rejects(
    keeper.makeCsr({ names: ["n.test"] }, BY),
    refused("conflict", /10 requests wait .* discard one/),
  );
});

Deno.test("use and remove: what is in use stays, another may be put in its place", async () => {
  await using room = new Room();
  const keeper = await room.open();
  const own = keeper.pair.certificate;
  const first = await keeper.upload(await room.made(["example.test"], { days: 100 }), BY);
  const second = await keeper.upload(await room.made(["example.test"]), BY);
  assert.deepEqual(keeper.list().filter(({ in_use }) => in_use).map(({ id }) => id), [second.id]);
  await assert.rejects(keeper.remove(second.id, BY), refused("conflict", /is in use; put another one in use first/));
  assert.equal((await keeper.use(first.id, BY)).in_use, true);
  assert.equal((await keeper.remove(second.id, BY)).id, second.id);
  await assert.rejects(keeper.remove(second.id, BY), refused("not-found", /there is no certificate/));
  await assert.rejects(keeper.use(second.id, BY), refused("not-found", /there is no certificate/));
  await assert.rejects(keeper.remove("self-signed", BY), refused("conflict", /not the console's to remove/));
  await assert.rejects(keeper.use("file", BY), refused("conflict", /files/));
  assert.equal((await keeper.use("self-signed", BY)).in_use, true);
  assert.equal(keeper.pair.certificate, own);
  await room.pass(101, keeper);
  await assert.rejects(keeper.use(first.id, BY), refused("invalid", /expired on/));
  assert.equal((await room.open()).pair.certificate, own);
});

Deno.test("a chosen certificate that has expired at a start gives way to the box's own, with an alarm", async () => {
  await using room = new Room();
  const keeper = await room.open();
  const { id } = await keeper.upload(await room.made(["example.test"], { days: 100 }), BY);
  await room.pass(101, keeper);
  // While it runs nobody's certificate changes unasked.
  assert.equal(keeper.list()[0].id, id);
  assert.equal(keeper.alarms()[0].code, "certificate.expired");
  const restarted = await room.open();
  assert.equal(restarted.list()[0].source, "self-signed");
  const [alarm] = restarted.alarms();
  assert.equal(alarm.code, "certificate.expired/uploaded");
  assert.match(alarm.text, /^The uploaded certificate expired on 2026-09-09 .*In use meanwhile: self-signed/);
  await restarted.remove(id, BY);
  assert.deepEqual(restarted.alarms(), []);
});

Deno.test("a store that fails changes nothing on the doors, and there is room for thirty certificates", async () => {
  await using room = new Room();
  const keeper = await room.open();
  const own = keeper.pair.certificate;
  const pair = await room.made(["example.test"]);
  room.records.fault = new StorageError("full", "disk full");
  await assert.rejects(keeper.upload(pair, BY), refused("unavailable", /disk full/));
  assert.equal(keeper.pair.certificate, own);
  room.records.fault = null;
  for (let i = 0; i < 30; i++) await keeper.upload(await room.made([`n${i}.test`]), BY);
  await assert.rejects(keeper.upload(pair, BY), refused("conflict", /there are 30 certificates already; remove one/));
});

Deno.test("changes that come together take turns: the last one is in use", async () => {
  await using room = new Room();
  const keeper = await room.open();
  const pairs = await Promise.all([1, 2, 3].map(() => room.made(["example.test"])));
  const told: string[] = [];
  keeper.onRenewed(({ certificate }) => told.push(certificate));
  const end = keeper.onRenewed(() => assert.fail("was told after it had ended its interest"));
  end();
  await Promise.all(pairs.map((pair) => keeper.upload(pair, BY)));
  assert.deepEqual(told.map((text) => text.trim()), pairs.map(({ certificate }) => certificate.trim()));
  assert.equal(keeper.list().filter(({ in_use }) => in_use).length, 1);
});
