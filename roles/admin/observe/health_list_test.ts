import assert from "node:assert/strict";
import { silentLog } from "../../../foundation/mod.ts";
import { FakeTime } from "../../../foundation/testing.ts";
import { OperationError } from "../../../operations/mod.ts";
import type { AuditEntry } from "../../../storage/mod.ts";
import { advice, type HealthCheck, type Issue, MINUTES } from "./health_check.ts";
import { HealthList, type HealthMark } from "./health_list.ts";
import { FakeRecords } from "./testing/fake_records.ts";

/** A check that finds what it is told to. */
class Told implements HealthCheck {
  readonly code: string;
  readonly every_ms: number;
  readonly behind: readonly string[];
  issues: Issue[] = [];
  runs = 0;
  failure: Error | null = null;
  repaired: string[] = [];

  constructor(code: string, behind: readonly string[] = [], every_ms = MINUTES) {
    this.code = code;
    this.behind = behind;
    this.every_ms = every_ms;
  }
  run(): Issue[] {
    this.runs++;
    if (this.failure !== null) throw this.failure;
    return this.issues;
  }
  repair(subject: string, by: string): Promise<string> {
    this.repaired.push(`${subject} ${by}`);
    this.issues = [];
    return Promise.resolve("mended");
  }
}

function issue(severity: Issue["severity"] = "warning", subject = "", action = ""): Issue {
  return { subject, severity, text: `${severity} ${subject}`, repair: advice("do something", "/admin", action) };
}

function world(checks: HealthCheck[], records = new FakeRecords<HealthMark>(), time = new FakeTime()) {
  const audit: AuditEntry[] = [];
  const list = new HealthList({
    checks,
    records,
    audit: { append: (entry) => audit.push(entry) },
    clock: time,
    timers: time.timers,
    log: silentLog,
  });
  let changes = 0;
  list.onChange(() => changes++);
  const codes = () => list.list().map(({ code }) => code);
  return { list, records, time, audit, codes, changes: () => changes };
}

/** Lets what was started in this turn come to its end. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

Deno.test("items come and go by themselves, the worst first, and listeners hear of each change only", async () => {
  const [disk, peer] = [new Told("disk"), new Told("peer.down")];
  const { list, time, codes, changes } = world([peer, disk]);
  list.start();
  await settled();
  assert.deepEqual(codes(), []);
  assert.equal(changes(), 0);
  peer.issues = [issue("warning", "a.test"), issue("info", "b.test")];
  disk.issues = [issue("critical")];
  time.advance(MINUTES);
  await settled();
  assert.deepEqual(codes(), ["disk", "peer.down/a.test", "peer.down/b.test"]);
  const after = changes();
  time.advance(5 * MINUTES);
  await settled();
  assert.equal(changes(), after);
  disk.issues = [];
  time.advance(MINUTES);
  await settled();
  assert.deepEqual(codes(), ["peer.down/a.test", "peer.down/b.test"]);
  assert.equal(changes(), after + 1);
  list.stop();
  const { runs } = disk;
  time.advance(10 * MINUTES);
  assert.equal(disk.runs, runs);
});

Deno.test("each check runs at its own pace", async () => {
  const [often, seldom] = [new Told("often", [], 10_000), new Told("seldom", [], 10 * MINUTES)];
  const { list, time } = world([often, seldom]);
  list.start();
  for (let i = 0; i < 60; i++) {
    time.advance(10_000);
    await settled();
  }
  assert.ok(often.runs >= 59 && often.runs <= 61, String(often.runs));
  assert.equal(seldom.runs, 2);
});

Deno.test("one root cause hides its echoes, over several steps; an item of no weight hides nothing", async () => {
  const root = new Told("disk.full");
  const echo = new Told("storage.trouble", ["disk.full"]);
  const far = new Told("backup.old", ["storage.trouble"]);
  const { list, codes } = world([far, echo, root]);
  far.issues = [issue()];
  root.issues = [issue("critical")];
  await list.run();
  assert.deepEqual(codes(), ["disk.full"]);
  root.issues = [issue("info")];
  await list.run();
  assert.deepEqual(codes(), ["backup.old", "disk.full"]);
  root.issues = [];
  echo.issues = [issue("critical")];
  await list.run();
  assert.deepEqual(codes(), ["storage.trouble"]);
});

Deno.test("since stays while an item lasts, over a restart, and begins anew when it comes back", async () => {
  const time = new FakeTime();
  const check = new Told("disk.low");
  check.issues = [issue()];
  const first = world([check], undefined, time);
  const begun = time.now();
  await first.list.run();
  time.advance(30 * MINUTES);
  const second = world([check], first.records, time);
  await second.list.run();
  assert.equal(second.list.list()[0].since, begun);
  check.issues = [];
  await second.list.run();
  assert.equal(first.records.size, 0);
  time.advance(MINUTES);
  check.issues = [issue("critical")];
  await second.list.run();
  assert.equal(second.list.list()[0].since, time.now());
});

Deno.test("a snoozed item stands last, stays snoozed over a restart and while it comes and goes, and wakes in time", async () => {
  const time = new FakeTime();
  const [low, old] = [new Told("disk.low"), new Told("backup.old")];
  low.issues = [issue("critical")];
  old.issues = [issue("warning")];
  const first = world([low, old], undefined, time);
  await first.list.run();
  const until = time.now() + 60 * MINUTES;
  const item = await first.list.snooze("disk.low", until, "admin:ann");
  assert.equal(item?.snoozed_until, until);
  assert.deepEqual(first.codes(), ["backup.old", "disk.low"]);
  assert.deepEqual(first.audit.map(({ event, actor, facts }) => [event, actor, facts.code]), [
    ["health.snooze", "admin:ann", "disk.low"],
  ]);

  low.issues = [];
  await first.list.run();
  low.issues = [issue("critical")];
  const second = world([low, old], first.records, time);
  second.list.start();
  await settled();
  assert.equal(second.list.list().at(-1)?.snoozed_until, until);
  const before = second.changes();
  time.advance(61 * MINUTES);
  await settled();
  assert.deepEqual(second.codes(), ["disk.low", "backup.old"]);
  assert.ok(second.changes() > before);
});

Deno.test("a snooze is refused for what is not there and for times that are none; 0 ends it", async () => {
  const check = new Told("disk.low");
  check.issues = [issue()];
  const { list, time } = world([check]);
  await list.run();
  assert.equal(await list.snooze("nothing", time.now() + 1000, "x"), null);
  for (const until of [1, -1, NaN, time.now(), time.now() + 400 * 86_400_000]) {
    await assert.rejects(list.snooze("disk.low", until, "x"), OperationError);
  }
  await list.snooze("disk.low", time.now() + 1000, "x");
  assert.equal((await list.snooze("disk.low", 0, "x"))?.snoozed_until, 0);
});

Deno.test("a one-click repair runs, is audited, and its item is gone at once", async () => {
  const check = new Told("certificate.old");
  check.issues = [issue("warning", "tls", "Renew")];
  const { list, audit, codes } = world([check]);
  await list.run();
  assert.equal(await list.repair("certificate.old/tls", "admin:ann"), "mended");
  assert.deepEqual(check.repaired, ["tls admin:ann"]);
  assert.deepEqual(codes(), []);
  assert.deepEqual(audit.map(({ event, facts }) => [event, facts.code]), [["health.repair", "certificate.old/tls"]]);
  await assert.rejects(list.repair("certificate.old/tls", "x"), { kind: "not-found" });
  check.issues = [issue()];
  await list.run();
  await assert.rejects(list.repair("certificate.old", "x"), { kind: "invalid" });
});

Deno.test("a check that throws is told of, and hides and disturbs nobody", async () => {
  const [bad, echo] = [new Told("bad"), new Told("echo", ["bad"])];
  bad.failure = new Error("no such table");
  echo.issues = [issue()];
  const { list, codes } = world([bad, echo]);
  await list.run();
  assert.deepEqual(codes(), ["echo", "bad/check-failed"]);
  assert.match(list.list()[1].text, /no such table/);
});

Deno.test("a store that takes nothing costs the list its memory, not its items", async () => {
  const check = new Told("storage.trouble");
  check.issues = [issue("critical")];
  const { list, records, codes } = world([check]);
  records.failure = new Error("disk full");
  await list.run();
  assert.deepEqual(codes(), ["storage.trouble"]);
});

Deno.test("who asks while a check runs waits for the same run", async () => {
  let runs = 0;
  const slow: HealthCheck = {
    code: "slow",
    every_ms: MINUTES,
    behind: [],
    async run() {
      runs++;
      await settled();
      return [issue()];
    },
  };
  const { list } = world([slow]);
  const [a, b] = await Promise.all([list.run(), list.run()]);
  assert.equal(runs, 1);
  assert.deepEqual(a, b);
  assert.equal(a.length, 1);
});

Deno.test("an item may carry a code of its own under its check's", async () => {
  const check = new Told("certificate");
  check.issues = [{ ...issue(), subject: "certificate.expired", code: "certificate.expired" }];
  const { list, codes, records } = world([check]);
  await list.run();
  assert.deepEqual(codes(), ["certificate.expired"]);
  check.issues = [];
  await list.run();
  assert.equal(records.size, 0);
});

Deno.test("a listener that throws disturbs nobody; marks of checks that are gone are forgotten", async () => {
  const check = new Told("disk.low");
  check.issues = [issue()];
  const records = new FakeRecords<HealthMark>();
  records.values.set("gone.long", { since: 1, snoozed_until: 0, by: "" });
  const { list, codes } = world([check], records);
  list.onChange(() => {
    throw new Error("broken pipe");
  });
  let told = 0;
  list.onChange(() => told++);
  list.start();
  await settled();
  assert.deepEqual(codes(), ["disk.low"]);
  assert.equal(told, 1);
  assert.deepEqual([...records.values.keys()], ["disk.low"]);
});

Deno.test("codes that clash and checks that are not there are found at the start", () => {
  assert.throws(() => world([new Told("a"), new Told("a")]), RangeError);
  assert.throws(() => world([new Told("a", ["b"])]), RangeError);
  assert.throws(() => world([new Told("a"), new Told("a.b")]), RangeError);
});
