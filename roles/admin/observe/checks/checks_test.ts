import assert from "node:assert/strict";
import { FakeTime } from "../../../../foundation/testing.ts";
import type { DnsAnswer, DnsRecords, DnsType, Resolver, SrvRecord } from "../../../../transport/net/mod.ts";
import type { AdminView, BackupView, SettingsVersion } from "../../services/mod.ts";
import { DAYS, type HealthCheck, HOURS, MINUTES, SECONDS } from "../health_check.ts";
import { auditChainCheck } from "./audit_chain.ts";
import { backupAgeCheck, type BackupFacts } from "./backup_age.ts";
import { backupFailedCheck } from "./backup_failed.ts";
import { backupTestedCheck } from "./backup_tested.ts";
import { certificateCheck } from "./certificate_alarms.ts";
import { clockJumpCheck, clockOffsetCheck, clockWrongCheck } from "./clock.ts";
import { deferredFullCheck, deferredOldCheck } from "./deferred_queue.ts";
import { diskFullCheck, diskLowCheck } from "./disk_space.ts";
import { type DnsFacts, dnsRecordsCheck } from "./dns_records.ts";
import { defaultDomainCheck, type DoorFact, doorsMissingCheck, plainDoorCheck } from "./doors.ts";
import { logLostCheck } from "./log_lost.ts";
import { ownersCheck } from "./owners.ts";
import { peersDownCheck } from "./peers_down.ts";
import { recoverySheetCheck } from "./recovery_sheet.ts";
import { registrationsCollapseCheck } from "./registrations_collapse.ts";
import { settingsProblemCheck, settingsRestartCheck, settingsRevertedCheck } from "./settings_state.ts";
import { storageSizeCheck } from "./storage_size.ts";
import { storageSlowCheck } from "./storage_slow.ts";
import { storageTroubleCheck } from "./storage_trouble.ts";

/** Severities, with the subject where there is one. */
async function found(check: HealthCheck): Promise<string[]> {
  return (await check.run()).map(({ severity, subject }) => subject === "" ? severity : `${severity} ${subject}`);
}

const GB = 1_000_000_000;

Deno.test("disk: low is relative and absolute, full is one step further, and only one of them speaks", async () => {
  const at = async (free: number, total: number) => {
    const space = () => ({ free, total });
    return [...await found(diskLowCheck(space)), ...await found(diskFullCheck(space))];
  };
  assert.deepEqual(await at(50 * GB, 100 * GB), []);
  assert.deepEqual(await at(60 * GB, 1000 * GB), []);
  assert.deepEqual(await at(5 * GB, 100 * GB), ["warning"]);
  assert.deepEqual(await at(0.9 * GB, 2 * GB), ["warning"]);
  assert.deepEqual(await at(0.1 * GB, 2 * GB), ["critical"]);
  assert.deepEqual(await at(5 * GB, 1000 * GB), ["critical"]);
  assert.deepEqual(await found(diskLowCheck(() => null)), []);
});

Deno.test("storage: trouble, a queue that stays, a database that grew", async () => {
  let trouble: string | null = null;
  assert.deepEqual(await found(storageTroubleCheck(() => trouble)), []);
  trouble = "disk full";
  assert.deepEqual(await found(storageTroubleCheck(() => trouble)), ["critical"]);
  let waiting = 5000;
  const slow = storageSlowCheck(() => waiting);
  assert.deepEqual([await found(slow), await found(slow), await found(slow)], [[], [], ["warning"]]);
  waiting = 0;
  assert.deepEqual(await found(slow), []);
  assert.deepEqual(await found(storageSizeCheck(() => Promise.resolve(9 * GB))), ["warning"]);
  assert.deepEqual(await found(storageSizeCheck(() => Promise.resolve(1 * GB))), []);
  assert.deepEqual(await found(storageSizeCheck(() => Promise.resolve(null))), []);
});

Deno.test("clock: before this version was made; a jump is told for two hours; an offset", async () => {
  const time = new FakeTime();
  assert.deepEqual(await found(clockWrongCheck(time, time.now() + 1)), ["critical"]);
  assert.deepEqual(await found(clockWrongCheck(time, time.now() - 1)), []);
  const jump = clockJumpCheck(time);
  time.advance(HOURS);
  assert.deepEqual(await found(jump), []);
  time.jump(-90 * SECONDS);
  const [one] = await jump.run();
  assert.equal(one.text, "The clock jumped 90 seconds back.");
  time.advance(HOURS);
  assert.equal((await jump.run())[0].since, one.since);
  time.advance(HOURS + MINUTES);
  assert.deepEqual(await found(jump), []);
  time.jump(2 * SECONDS);
  assert.deepEqual(await found(jump), []);
  assert.deepEqual(await found(clockOffsetCheck(() => Promise.resolve(-20_000))), ["warning"]);
  assert.deepEqual(await found(clockOffsetCheck(() => Promise.resolve(200))), []);
  assert.deepEqual(await found(clockOffsetCheck(() => Promise.resolve(null))), []);
});

Deno.test("certificates: the keeper's alarms with their own codes, and its repair", async () => {
  const repair = { text: "renew it", page: "/admin/certificates", action: "Renew" };
  const check = certificateCheck({
    alarms: () => [{ code: "certificate.expired", severity: "critical", text: "over", since: 5, repair }],
    repair: (code, by) => Promise.resolve(`${code} ${by}`),
  });
  const [one] = await check.run();
  assert.deepEqual([one.code, one.since, one.repair.action], ["certificate.expired", 5, "Renew"]);
  assert.equal(await check.repair!(one.subject, "admin:ann"), "certificate.expired admin:ann");
});

function backups(time: FakeTime, files: Partial<BackupView>[], enabled = true) {
  const made: string[] = [];
  let tests = { ok: true, reason: "" };
  const facts: BackupFacts = {
    list: () => Promise.resolve(files.map((file) => ({ name: "b", tested: null, ...file }) as BackupView)),
    schedule: () => ({ enabled, at: "02:30", every: "day", keep: 7, test: true, target: { kind: "none" } }),
    recovery: () => ({ id: "k", created_at: 0, confirmed_at: 0 }),
    create: (by) => {
      made.push(by);
      return Promise.resolve({ name: "parley-1.parley" } as BackupView);
    },
    test: () => Promise.resolve({ at: time.now(), ...tests, users: 3, registrations: 0, deferred_messages: 1, ms: 5 }),
  };
  return { facts, made, fail: () => tests = { ok: false, reason: "key missing" } };
}

Deno.test("backups: none, old, failed, never tested, tested long ago, tested in vain; one click mends them", async () => {
  const time = new FakeTime();
  const now = time.now();
  const age = (days: number, enabled = true) => {
    const { facts } = backups(time, [{ created_at: now - days * DAYS }], enabled);
    return found(backupAgeCheck(facts, time, now));
  };
  assert.deepEqual(await found(backupAgeCheck(backups(time, []).facts, time, now)), []);
  assert.deepEqual(await found(backupAgeCheck(backups(time, []).facts, time, now - 2 * DAYS)), ["warning"]);
  assert.deepEqual([await age(1), await age(3), await age(3, false), await age(9, false), await age(40)], [
    [],
    ["warning"],
    [],
    ["warning"],
    ["critical"],
  ]);
  const { facts, made, fail } = backups(time, [{ name: "b9", created_at: now - 3 * DAYS }]);
  await backupAgeCheck(facts, time, 0).repair!("", "admin:ann");
  await backupFailedCheck(facts, () => null).repair!("", "admin:ann");
  assert.deepEqual(made, ["admin:ann", "admin:ann"]);
  assert.deepEqual(await found(backupFailedCheck(facts, () => ({ at: 1, reason: "no route" }))), ["warning"]);
  assert.deepEqual(await found(backupFailedCheck(facts, () => null)), []);

  assert.deepEqual(await found(backupTestedCheck(facts, time)), ["warning"]);
  assert.match(await backupTestedCheck(facts, time).repair!("", "x"), /^b9 can be restored: 3 users/);
  fail();
  await assert.rejects(backupTestedCheck(facts, time).repair!("", "x"), /key missing/);
  const tested = (days: number, ok: boolean) => {
    const test = { at: now - days * DAYS, ok, reason: "", users: 0, registrations: 0, deferred_messages: 0, ms: 0 };
    return found(backupTestedCheck(backups(time, [{ created_at: now, tested: test }]).facts, time));
  };
  assert.deepEqual([await tested(1, true), await tested(60, true), await tested(1, false)], [[], ["warning"], [
    "critical",
  ]]);
  assert.deepEqual(await found(recoverySheetCheck(facts)), ["warning"]);
  const confirmed = { ...facts, recovery: () => ({ id: "k", created_at: 1, confirmed_at: 2 }) };
  assert.deepEqual(await found(recoverySheetCheck(confirmed)), []);
});

Deno.test("settings: one that cannot be used, one that was taken back lately, a restart that waits", async () => {
  const time = new FakeTime();
  assert.deepEqual(await found(settingsProblemCheck(() => ["pager.max_body is -1"])), ["warning"]);
  assert.deepEqual(await found(settingsProblemCheck(() => [])), []);
  const last: SettingsVersion = {
    version: 4,
    at: time.now(),
    by: "admin:ann",
    changes: [{ key: "listen.sip", from: [], to: [] }],
    state: "reverted",
    why: "nobody confirmed it in 60 s",
  };
  const reverted = (version: SettingsVersion) => settingsRevertedCheck({ history: () => [version] }, time);
  const [one] = await reverted(last).run();
  assert.equal(one.text, "The change of listen.sip was taken back: nobody confirmed it in 60 s.");
  assert.deepEqual(await found(reverted({ ...last, state: "confirmed" })), []);
  assert.deepEqual(await found(reverted({ ...last, at: time.now() - 8 * DAYS })), []);
  assert.deepEqual(await found(settingsRevertedCheck({ history: () => [] }, time)), []);
  assert.deepEqual(await found(settingsRestartCheck({ restartNeeded: true })), ["info"]);
  assert.deepEqual(await found(settingsRestartCheck({ restartNeeded: false })), []);
});

Deno.test("deferred: near the limit in messages or octets; the oldest by its arrival", async () => {
  const time = new FakeTime();
  const store = {
    count: 10,
    bytes: 10,
    recipients: () => ["sip:a@x", "sip:b@x"],
    pending: (aor: string) => [{ id: aor === "sip:b@x" ? 3 : 7 }, { id: 9 }] as never,
    read: (id: number) => Promise.resolve({ arrivedAt: time.now() - id * 7 * DAYS } as never),
  };
  const limits = (messages: number, octets: number) => ({ store, limits: () => ({ messages, octets }) });
  assert.deepEqual(await found(deferredFullCheck(limits(100, 100))), []);
  assert.deepEqual(await found(deferredFullCheck(limits(12, 100))), ["warning"]);
  assert.deepEqual(await found(deferredFullCheck(limits(100, 10))), ["critical"]);
  const old = deferredOldCheck(limits(100, 100), time);
  assert.match((await old.run())[0].text, /has waited for 21 days/);
  const empty = { ...store, recipients: () => [] };
  assert.deepEqual(
    await found(deferredOldCheck({ store: empty, limits: () => ({ messages: 1, octets: 1 }) }, time)),
    [],
  );
});

Deno.test("registrations: half of them gone within ten minutes, told until they are back or two hours went by", async () => {
  const time = new FakeTime();
  let count = 100;
  const check = registrationsCollapseCheck(() => count, time);
  assert.deepEqual(await found(check), []);
  // Slowly, as people go home.
  for (; count > 40; count -= 2) {
    time.advance(MINUTES);
    assert.deepEqual(await found(check), []);
  }
  count = 10;
  assert.deepEqual(await found(check), ["critical"]);
  time.advance(30 * MINUTES);
  assert.deepEqual(await found(check), ["critical"]);
  count = 50;
  assert.deepEqual(await found(check), []);
  count = 5;
  assert.deepEqual(await found(check), ["critical"]);
  time.advance(2 * HOURS + MINUTES);
  assert.deepEqual(await found(check), []);
  const few = registrationsCollapseCheck(() => count, time);
  count = 15;
  await found(few);
  count = 0;
  assert.deepEqual(await found(few), []);
});

function door(scheme: string, host: string, open = true): DoorFact {
  return { area: scheme.startsWith("http") ? "web" : "sip", scheme, host, port: 5060, open };
}

Deno.test("doors: one that is not open; in the clear without TLS beside it; localhost for the network", async () => {
  const [here, out] = [door("udp", "127.0.0.1"), door("udp", "0.0.0.0")];
  assert.deepEqual(await found(doorsMissingCheck(() => [here, door("tcp", "::", false)])), [
    "critical tcp://[::]:5060",
  ]);
  const plain = (...doors: DoorFact[]) => found(plainDoorCheck(() => doors));
  assert.deepEqual(await plain(here, door("http", "localhost")), []);
  assert.deepEqual(await plain(out, door("http", "192.0.2.1")), ["warning web", "warning sip"]);
  assert.deepEqual(await plain(out, door("tls", "0.0.0.0"), door("http", "::"), door("https", "::")), []);
  assert.deepEqual(await plain(out, door("tls", "127.0.0.1")), ["warning sip"]);
  const domain = (name: string, one: DoorFact) => found(defaultDomainCheck(() => [one], () => [name]));
  assert.deepEqual([await domain("localhost", out), await domain("localhost", here), await domain("a.org", out)], [
    ["warning"],
    [],
    [],
  ]);
});

Deno.test("peers: two failures in a row, and gone with the first answer", async () => {
  const reasons = new Map<string, string | null>([["a.test", null], ["b.test", "timeout"]]);
  const check = peersDownCheck(() =>
    [...reasons].map(([domain, reason]) => ({ domain, ping: () => Promise.resolve(reason) }))
  );
  assert.deepEqual(await found(check), []);
  reasons.set("a.test", "transport");
  assert.deepEqual(await found(check), ["warning b.test"]);
  assert.deepEqual(await found(check), ["warning a.test", "warning b.test"]);
  reasons.set("b.test", null);
  assert.deepEqual(await found(check), ["warning a.test"]);
});

class Zone implements Resolver {
  readonly records = new Map<string, unknown[] | null>();
  asked = 0;
  resolve<T extends DnsType>(name: string, type: T, done: (answer: DnsAnswer<DnsRecords[T]>) => void): void {
    this.asked++;
    const records = this.records.get(`${type} ${name}`);
    if (records === null) done({ status: "failed" });
    else if (records === undefined) done({ status: "none" });
    else done({ status: "found", records: records as DnsRecords[T][] });
  }
}

Deno.test("dns: no SRV record, one that leads elsewhere, one that leads here by name or by address", async () => {
  const zone = new Zone();
  const srv = (target: string): SrvRecord => ({ priority: 1, weight: 1, port: 5061, target });
  const facts = (domain: string, reachable = true): DnsFacts => ({
    resolver: zone,
    domains: () => [domain],
    advertised: () => "im.parley.org",
    isOwn: (address) => address === "198.51.100.7",
    reachable: () => reachable,
  });
  const look = (domain = "parley.org", reachable = true) => found(dnsRecordsCheck(facts(domain, reachable)));
  assert.deepEqual(await look(), ["info parley.org"]);
  zone.records.set("SRV _sips._tcp.parley.org", [srv("other.parley.org")]);
  zone.records.set("A other.parley.org", ["203.0.113.9"]);
  assert.deepEqual(await look(), ["warning parley.org"]);
  zone.records.set("A other.parley.org", ["198.51.100.7"]);
  assert.deepEqual(await look(), []);
  zone.records.set("SRV _sips._tcp.parley.org", [srv("im.parley.org")]);
  assert.deepEqual(await look(), []);
  // No server answers: nothing is known.
  zone.records.set("SRV _sips._tcp.parley.org", null);
  assert.deepEqual(await look(), []);
  zone.asked = 0;
  for (const name of ["localhost", "box", "a.test", "x.example.com", "home.local", "192.0.2.1"]) {
    assert.deepEqual(await look(name), []);
  }
  assert.deepEqual(await look("parley.org", false), []);
  assert.equal(zone.asked, 0);
});

Deno.test("audit: a broken chain; log: many lines left out within an hour; admins: one owner alone", async () => {
  const good = { ok: true as const, entries: 3, first: 1, last: 3, head: "00" };
  assert.deepEqual(await found(auditChainCheck({ verify: () => Promise.resolve(good) })), []);
  const broken = { ok: false as const, at: 17, reason: "entry 17 does not follow entry 16" };
  const [one] = await auditChainCheck({ verify: () => Promise.resolve(broken) }).run();
  assert.equal(one.severity, "critical");
  assert.match(one.text, /entry 17/);

  const time = new FakeTime();
  let lost = 50_000;
  const log = logLostCheck(() => lost, time);
  assert.deepEqual(await found(log), []);
  lost += 2000;
  time.advance(MINUTES);
  assert.deepEqual(await found(log), ["info"]);
  time.advance(HOURS + MINUTES);
  assert.deepEqual(await found(log), []);

  const admin = (role: AdminView["role"]) => ({ name: "ann", role }) as AdminView;
  assert.deepEqual(await found(ownersCheck(() => [admin("owner"), admin("operator")])), ["info"]);
  assert.deepEqual(await found(ownersCheck(() => [admin("owner"), admin("owner")])), []);
  assert.deepEqual(await found(ownersCheck(() => [])), []);
});
