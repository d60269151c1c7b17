import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { StorageError } from "../storage/mod.ts";
import { expiryAlarm } from "./alarms.ts";
import { DAY_MS, Room } from "./testing/room.ts";

const BY = "admin";
const DATES = (room: Room, days: number) => ({ notBefore: room.time.now(), notAfter: room.time.now() + days * DAY_MS });

Deno.test("the box's own certificate renews itself thirty days before its end, for the names of that day", async () => {
  await using room = new Room();
  const keeper = await room.open();
  const first = keeper.pair;
  let told = 0;
  keeper.onRenewed(() => told++);
  await room.pass(794, keeper);
  assert.equal(told, 0);
  await room.pass(2, keeper);
  assert.equal(told, 1);
  assert.notEqual(keeper.pair.certificate, first.certificate);
  assert.equal(keeper.list()[0].days_left, 825);
  assert.deepEqual(keeper.alarms(), []);
  assert.deepEqual(room.audit.map(({ event, by }) => `${event} ${by}`), ["certificate.renew system"]);
  assert.equal((await room.open()).pair.certificate, keeper.pair.certificate);
});

Deno.test("renewed on demand: live where it is in use, and else another stays in use", async () => {
  await using room = new Room();
  const keeper = await room.open();
  const first = keeper.pair.certificate;
  const view = await keeper.renewSelfSigned(BY);
  assert.equal(view.in_use, true);
  assert.notEqual(keeper.pair.certificate, first);
  const uploaded = await keeper.upload(await room.made(["example.test"]), BY);
  assert.equal((await keeper.renewSelfSigned(BY)).in_use, false);
  assert.equal(keeper.list()[0].id, uploaded.id);
});

Deno.test("the internal CA issues what its certificate vouches for, and renews it thirty days before the end", async () => {
  await using room = new Room();
  const keeper = await room.open();
  assert.equal(keeper.authority(), null);
  assert.equal(keeper.authorityDer(), null);
  const wish = { names: ["example.test", "192.0.2.1"], days: 90 };
  await assert.rejects(keeper.issue(wish, BY), /there is no internal CA yet; create it first/);
  const authority = await keeper.createAuthority({ name: "Example CA", days: 3650 }, BY);
  assert.equal(authority.subject, "CN=Example CA");
  assert.ok(!JSON.stringify(authority).includes("PRIVATE"));
  const root = new X509Certificate(authority.pem);
  assert.equal(root.ca, true);
  assert.equal(new X509Certificate(keeper.authorityDer()!).fingerprint256, authority.fingerprint);

  const view = await keeper.issue(wish, BY);
  assert.equal(view.source, "internal CA");
  assert.equal(view.in_use, true);
  assert.equal(view.days_left, 90);
  assert.deepEqual(view.warnings, []);
  const first = new X509Certificate(keeper.pair.certificate);
  assert.ok(first.checkIssued(root) && first.verify(root.publicKey));

  let told = 0;
  keeper.onRenewed(() => told++);
  await room.pass(59, keeper);
  assert.equal(told, 0);
  await room.pass(2, keeper);
  assert.equal(told, 1);
  const [renewed] = keeper.list();
  assert.equal(renewed.id, view.id, "it is the same certificate to the admin");
  assert.equal(renewed.days_left, 90);
  assert.deepEqual(renewed.names, view.names);
  assert.ok(new X509Certificate(keeper.pair.certificate).verify(root.publicKey));
  assert.equal((await room.open()).pair.certificate, keeper.pair.certificate);
  assert.equal(keeper.list().length, 2, "the old one is gone");
});

Deno.test("bounds of the internal CA: its name, its days, the days of what it issues, its own end", async () => {
  await using room = new Room();
  const keeper = await room.open();
  await assert.rejects(keeper.createAuthority({ name: "", days: 365 }, BY), /name ""; allowed: 1 to 64 characters/);
  await assert.rejects(keeper.createAuthority({ name: "a", days: 29 }, BY), /days 29; allowed: 30 to 7300/);
  await keeper.createAuthority({ name: "Example CA", days: 100 }, BY);
  await assert.rejects(keeper.issue({ names: ["example.test"], days: 399 }, BY), /days 399; allowed: 1 to 398/);
  const view = await keeper.issue({ names: ["example.test"], days: 398 }, BY);
  assert.equal(view.not_after, keeper.authority()!.not_after, "no longer than its authority");
  // Near that end a renewal would win nothing: it is not tried again and again, and alarms tell.
  await room.pass(95, keeper);
  assert.equal(keeper.list()[0].fingerprint, view.fingerprint);
  const codes = keeper.alarms().map(({ code, severity }) => `${code} ${severity}`);
  assert.deepEqual(codes, ["certificate.expires critical", "certificate.expires/authority critical"]);
  await room.pass(5.5, keeper);
  await assert.rejects(
    keeper.issue({ names: ["example.test"], days: 90 }, BY),
    /internal CA has expired or is about to/,
  );
  assert.equal(keeper.alarms()[1].code, "certificate.expired/authority");
  // A new one, and the renewal is made by itself.
  await keeper.createAuthority({ name: "Next CA", days: 3650 }, BY);
  room.time.advance(3_600_000);
  await keeper.discardCsr("a turn", BY);
  assert.equal(keeper.list()[0].issuer, "CN=Next CA");
  assert.deepEqual(keeper.alarms(), []);
});

Deno.test("a renewal that fails is an alarm and is tried again in an hour", async () => {
  await using room = new Room();
  const keeper = await room.open();
  await keeper.createAuthority({ name: "Example CA", days: 3650 }, BY);
  const { fingerprint } = await keeper.issue({ names: ["example.test"], days: 90 }, BY);
  room.records.fault = new StorageError("full", "disk full");
  await room.pass(61, keeper);
  const [alarm] = keeper.alarms();
  assert.equal(alarm.code, "certificate.bad/renewal");
  assert.equal(alarm.severity, "warning");
  assert.match(
    alarm.text,
    /^The renewal of the certificate in use \(internal CA\) failed: disk full\. In use meanwhile/,
  );
  room.records.fault = null;
  room.time.advance(1_800_000);
  await keeper.discardCsr("a turn", BY);
  assert.equal(keeper.list()[0].fingerprint, fingerprint);
  room.time.advance(1_900_000);
  await keeper.discardCsr("a turn", BY);
  assert.notEqual(keeper.list()[0].fingerprint, fingerprint);
  assert.deepEqual(keeper.alarms(), []);
});

Deno.test("an uploaded certificate: a warning below 21 days, critical below 7, then expired", async () => {
  await using room = new Room();
  const keeper = await room.open();
  const { not_after } = await keeper.upload(await room.made(["example.test"], { days: 60 }), BY);
  const day = (n: number) => keeper.alarms(not_after - n * DAY_MS).map((alarm) => ({ ...alarm, repair: undefined }));
  assert.deepEqual(day(21.1), []);
  const [warning] = day(20.5);
  assert.deepEqual(warning, {
    code: "certificate.expires",
    severity: "warning",
    text: "The certificate in use (uploaded) expires on 2026-07-31, in 20 days.",
    since: not_after - 21 * DAY_MS,
    repair: undefined,
  });
  assert.equal(day(1.5)[0].text, "The certificate in use (uploaded) expires on 2026-07-31, in 1 day.");
  assert.equal(day(6.9)[0].severity, "critical");
  assert.match(day(0.5)[0].text, /within a day/);
  const [expired] = day(-0.5);
  assert.equal(expired.code, "certificate.expired");
  assert.equal(expired.severity, "critical");
  assert.equal(expired.since, not_after);
  assert.deepEqual(keeper.alarms(not_after)[0].repair, {
    text: "upload a new one, or renew it",
    page: "/admin/certificates",
    action: "",
  });
});

Deno.test("a short life is no alarm for what renews itself, an overdue renewal is", () => {
  const room = { time: { now: () => 0 } } as Room;
  const ten = DATES(room, 10);
  // Renewed with 3.3 days left.
  assert.equal(expiryAlarm(ten, "internal CA", 0, 7 * DAY_MS), null);
  assert.equal(expiryAlarm(ten, "internal CA", 0, 8 * DAY_MS)?.severity, "warning");
  assert.equal(expiryAlarm(ten, "internal CA", 0, 9.5 * DAY_MS)?.severity, "critical");
  assert.equal(expiryAlarm(ten, "uploaded", 5 * DAY_MS, 6 * DAY_MS)?.since, 5 * DAY_MS, "not before it was there");
});

Deno.test("the button of an alarm renews what the box made, with the names it lacks", async () => {
  await using room = new Room();
  const first = await room.open();
  await first.createAuthority({ name: "Example CA", days: 3650 }, BY);
  const issued = await first.issue({ names: ["example.test"], days: 90 }, BY);
  const keeper = await room.open('domains = ["two.test"]\n');
  assert.equal(keeper.alarms()[0].repair.action, "Renew now");
  await keeper.repair("certificate.names", BY);
  assert.deepEqual(keeper.list()[0].names.filter((name) => !name.startsWith("sip:")), ["example.test", "two.test"]);
  assert.deepEqual(keeper.alarms(), []);
  assert.notEqual(keeper.list()[0].id, issued.id);
  await keeper.use("self-signed", BY);
  assert.equal(keeper.alarms()[0].code, "certificate.names", "it was made for one domain");
  await keeper.repair("certificate.names", BY);
  assert.deepEqual(keeper.alarms(), []);
  await assert.rejects(keeper.repair("certificate.names", BY), /cannot be repaired by a button/);
});
