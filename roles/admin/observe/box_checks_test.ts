import assert from "node:assert/strict";
import { silentLog } from "../../../foundation/mod.ts";
import { FakeTime } from "../../../foundation/testing.ts";
import type { BackupView } from "../services/mod.ts";
import { boxChecks, type HealthFacts } from "./box_checks.ts";
import { HealthList, type HealthMark } from "./health_list.ts";
import { FakeRecords } from "./testing/fake_records.ts";

function healthy(time: FakeTime): HealthFacts {
  const tested = { at: time.now(), ok: true, reason: "", users: 1, registrations: 1, deferred_messages: 0, ms: 1 };
  const backup = { name: "b", created_at: time.now(), tested } as BackupView;
  return {
    clock: time,
    builtAt: time.now() - 1,
    firstStart: time.now() - 1,
    clockOffset: () => Promise.resolve(null),
    disk: () => ({ free: 50e9, total: 100e9 }),
    storageTrouble: () => null,
    storageWaiting: () => 0,
    storageOctets: () => Promise.resolve(1e6),
    certificates: { alarms: () => [], repair: () => Promise.resolve("") },
    backups: {
      list: () => Promise.resolve([backup]),
      schedule: () => ({ enabled: true, at: "02:30", every: "day", keep: 7, test: true, target: { kind: "none" } }),
      recovery: () => ({ id: "k", created_at: 1, confirmed_at: 2 }),
      create: () => Promise.resolve(backup),
      test: () => Promise.resolve(tested),
    },
    lastBackupFailure: () => null,
    settings: { history: () => [], restartNeeded: false },
    settingsProblems: () => [],
    deferred: {
      store: { count: 0, bytes: 0, recipients: () => [], pending: () => [], read: () => Promise.resolve(null) },
      limits: () => ({ messages: 100, octets: 100 }),
    },
    registered: () => 0,
    doors: () => [{ area: "sip", scheme: "tls", host: "0.0.0.0", port: 5061, open: true }],
    dns: {
      resolver: { resolve: (_name, _type, done) => done({ status: "none" }) },
      domains: () => ["a.test"],
      advertised: () => "",
      isOwn: () => false,
    },
    peers: () => [],
    audit: { verify: () => Promise.resolve({ ok: true, entries: 0, first: 0, last: 0, head: "" }) },
    logLost: () => 0,
    admins: () => [],
  };
}

function listOf(facts: HealthFacts, time: FakeTime): HealthList {
  return new HealthList({
    checks: boxChecks(facts),
    records: new FakeRecords<HealthMark>(),
    audit: { append: () => {} },
    clock: time,
    timers: time.timers,
    log: silentLog,
  });
}

Deno.test("a box that is well has an empty list", async () => {
  const time = new FakeTime();
  assert.deepEqual(await listOf(healthy(time), time).run(), []);
});

Deno.test("a full disk is one item, whatever follows from it", async () => {
  const time = new FakeTime();
  const list = listOf({
    ...healthy(time),
    disk: () => ({ free: 1e6, total: 100e9 }),
    storageTrouble: () => "disk full",
    storageOctets: () => Promise.resolve(90e9),
    lastBackupFailure: () => ({ at: 1, reason: "disk full" }),
  }, time);
  assert.deepEqual((await list.run()).map(({ code }) => code), ["disk.full"]);
});
