import assert from "node:assert/strict";
import { OperationError } from "../operations/mod.ts";
import type { SettingChange, SettingsOutcome } from "./settings_service.ts";
import { FakeSettingsStore, KeeperWorld, settled } from "./testing.ts";

const RISKY: SettingChange = { key: "listen.web", value: ["https://127.0.0.1:8443"] };
const OWNER = "admin:owner";

function set(world: KeeperWorld, key: string, value: unknown): Promise<SettingsOutcome> {
  return world.keeper.change([{ key, value }], { by: OWNER, version: null, dry_run: false });
}

async function tried(world: KeeperWorld): Promise<number> {
  const { version } = await world.keeper.change([RISKY], { by: OWNER, version: null, dry_run: false });
  await world.restart();
  return version;
}

function refusal(kind: OperationError["kind"], message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof OperationError, String(error));
    assert.equal(error.kind, kind);
    assert.match(error.message, message);
    return true;
  };
}

const web = ({ keeper }: KeeperWorld) => keeper.config.listen.web[0].transport;
const row = ({ keeper }: KeeperWorld, key: string) => keeper.rows().find((one) => one.key === key)!;

Deno.test("a live setting is in force at once, told, kept over a restart, and in the audit log", async () => {
  const world = await KeeperWorld.start();
  const outcome = await set(world, "pager.max_body", 2000);
  assert.deepEqual(outcome, {
    errors: [],
    changes: [{ key: "pager.max_body", from: 1300, to: 2000 }],
    version: 1,
    next: "nothing",
    candidate: null,
  });
  assert.equal(world.keeper.config.pager.max_body, 2000);
  assert.deepEqual(world.told, [2000]);
  assert.equal(world.keeper.restartNeeded, false);
  assert.deepEqual(world.audited, [["settings.change", OWNER, { version: 1, "pager.max_body": "1300 -> 2000" }]]);
  await world.kill();
  assert.equal(world.keeper.config.pager.max_body, 2000);
  const { origin, changed_by, changed_at, value } = row(world, "pager.max_body");
  assert.deepEqual([origin, changed_by, changed_at, value], ["console", OWNER, world.time.now(), 2000]);
  assert.deepEqual(world.keeper.problems, []);
});

Deno.test("what needs a restart waits for it, and says so until it is changed back", async () => {
  const world = await KeeperWorld.start();
  assert.equal((await set(world, "timers.t1", 600)).next, "restart");
  assert.deepEqual([world.keeper.config.timers.t1, world.keeper.restartNeeded], [500, true]);
  assert.equal(row(world, "timers.t1").value, 600);
  assert.equal((await set(world, "timers.t1", null)).next, "nothing");
  assert.deepEqual([world.keeper.restartNeeded, world.told], [false, []]);
  await set(world, "timers.t1", 700);
  assert.equal(world.asked, null, "nobody asked for a restart");
  await world.restart();
  assert.deepEqual([world.keeper.config.timers.t1, world.keeper.restartNeeded], [700, false]);
});

Deno.test("a dry run checks, tells what would happen, and changes nothing", async () => {
  const world = await KeeperWorld.start();
  const options = { by: OWNER, version: null, dry_run: true };
  const outcome = await world.keeper.change([RISKY, { key: "pager.max_body", value: 5 }], options);
  assert.deepEqual([outcome.next, outcome.changes.length, outcome.version], ["confirm", 2, 0]);
  const wrong = await world.keeper.change([{ key: "pager.max_body", value: 0 }], options);
  assert.deepEqual([wrong.errors.length, wrong.changes.length], [1, 0]);
  assert.deepEqual([world.keeper.history(10), world.settings.disk.size, world.asked], [[], 0, null]);
});

Deno.test("all or nothing: one mistake, and nothing is changed", async () => {
  const world = await KeeperWorld.start();
  const changes = [{ key: "pager.max_body", value: 7 }, { key: "pager.types", value: ["text"] }];
  const { errors, version } = await world.keeper.change(changes, { by: OWNER, version: null, dry_run: false });
  assert.deepEqual([errors.map(({ key }) => key), version], [["pager.types"], 0]);
  assert.equal(world.keeper.config.pager.max_body, 1300);
});

Deno.test("a change upon a version that is no more is stale", async () => {
  const world = await KeeperWorld.start();
  await set(world, "pager.max_body", 2000);
  const change = { by: OWNER, version: 0, dry_run: false };
  await assert.rejects(
    world.keeper.change([{ key: "pager.max_body", value: 1 }], change),
    refusal("stale", /at version 1; the change was made upon version 0/),
  );
  const both = [1, 2].map((value) =>
    world.keeper.change([{ key: "pager.max_body", value }], { ...change, version: 1 })
  );
  const [first, second] = await Promise.allSettled(both);
  assert.deepEqual([first.status, second.status], ["fulfilled", "rejected"]);
});

Deno.test("a risky change is tried by a restart and stays once it is confirmed", async () => {
  const world = await KeeperWorld.start();
  const outcome = await world.keeper.change([RISKY], { by: OWNER, version: null, dry_run: false });
  assert.equal(outcome.next, "confirm");
  assert.deepEqual(world.asked?.handover, { candidate: { version: 1, since: 0 }, failed: null });
  assert.equal(web(world), "http", "not in force before the restart");
  await assert.rejects(world.keeper.confirm(OWNER), refusal("conflict", /not in force yet/));

  await world.restart();
  assert.equal(web(world), "https");
  const { candidate } = world.keeper;
  assert.deepEqual(candidate?.changes, [{ key: RISKY.key, from: ["http://127.0.0.1:8080"], to: RISKY.value }]);
  assert.equal(candidate?.confirm_before, world.time.now() + 60_000);
  await world.pass(59);
  const confirmed = await world.keeper.confirm("admin:other");
  assert.deepEqual([confirmed.version, confirmed.state], [1, "confirmed"]);
  await world.pass(600);
  assert.deepEqual([world.asked, world.keeper.candidate], [null, null]);
  await world.kill();
  assert.equal(web(world), "https");
  assert.deepEqual(world.audited.map(([event, actor]) => [event, actor]), [
    ["settings.candidate", OWNER],
    ["settings.confirm", "admin:other"],
  ]);
  await assert.rejects(world.keeper.confirm(OWNER), refusal("conflict", /no change of the settings waits/));
});

Deno.test("a candidate that nobody confirms is taken back, by a restart", async () => {
  const world = await KeeperWorld.start();
  await tried(world);
  await world.pass(61);
  assert.deepEqual(world.asked, {
    why: "settings of version 1 are taken back",
    handover: { candidate: null, failed: null },
  });
  await assert.rejects(world.keeper.confirm(OWNER), OperationError);
  await world.restart();
  assert.equal(web(world), "http");
  const [{ state, why }] = world.keeper.history(1);
  assert.deepEqual([state, why], ["reverted", "nobody confirmed it within 60 seconds"]);
  assert.equal(world.keeper.version, 2);
  assert.equal(row(world, "listen.web").changed_at, 0);
  assert.deepEqual(world.audited.at(-1), ["settings.revert", "system", { version: 1, why }]);
});

Deno.test("live settings of a candidate come and go with it", async () => {
  const world = await KeeperWorld.start();
  const changes = [RISKY, { key: "pager.max_body", value: 50 }];
  await world.keeper.change(changes, { by: OWNER, version: null, dry_run: false });
  assert.equal(world.keeper.config.pager.max_body, 1300);
  await world.restart();
  assert.equal(world.keeper.config.pager.max_body, 50);
  await world.keeper.revert(OWNER);
  assert.equal(world.keeper.config.pager.max_body, 1300, "at once");
  assert.deepEqual(world.told, [1300]);
  assert.equal(web(world), "https", "until the restart");
  assert.equal(world.keeper.restartNeeded, true);
  await world.restart();
  assert.equal(web(world), "http");
  assert.equal(world.keeper.history(1)[0].why, `${OWNER} took it back`);
});

Deno.test("a candidate taken back before the restart does not come with it", async () => {
  const world = await KeeperWorld.start();
  await world.keeper.change([RISKY], { by: OWNER, version: null, dry_run: false });
  await world.keeper.revert(OWNER);
  await world.restart();
  assert.deepEqual([web(world), world.keeper.candidate], ["http", null]);
});

Deno.test("a box that was killed, or cannot start with a candidate, has the confirmed settings", async () => {
  const world = await KeeperWorld.start();
  await tried(world);
  await world.kill();
  assert.equal(web(world), "http");
  assert.match(world.keeper.history(1)[0].why, /^the service ended before it was confirmed$/);

  await world.keeper.change([RISKY], { by: OWNER, version: null, dry_run: false });
  await world.restartFails("address in use: 127.0.0.1:8443");
  assert.equal(web(world), "http");
  const [{ state, why }] = world.keeper.history(1);
  assert.deepEqual([state, why], ["reverted", "the service could not start with it: address in use: 127.0.0.1:8443"]);
  await world.pass(300);
  assert.equal(world.asked, null);
});

Deno.test("a restart for another reason takes the candidate along, and its time runs on", async () => {
  const world = await KeeperWorld.start();
  await tried(world);
  await world.pass(40);
  await world.restart();
  assert.equal(web(world), "https");
  assert.equal(world.keeper.candidate?.confirm_before, world.time.now() + 20_000);
  await world.pass(21);
  assert.notEqual(world.asked, null);

  // One that takes too long comes back with the confirmed ones.
  const slow = await KeeperWorld.start();
  await tried(slow);
  const { handover } = slow.keeper;
  await slow.keeper.close();
  await slow.pass(70);
  assert.equal(slow.asked, null, "a keeper that is closed does nothing more");
  assert.notEqual(handover.candidate, null);
  await slow.restart();
  assert.equal(web(slow), "http");
  assert.match(slow.keeper.history(1)[0].why, /nobody confirmed it within 60 seconds/);
});

Deno.test("a restart that never comes ends the candidate", async () => {
  const world = await KeeperWorld.start();
  await world.keeper.change([RISKY], { by: OWNER, version: null, dry_run: false });
  await world.pass(80);
  assert.notEqual(world.keeper.candidate, null);
  await world.pass(15);
  assert.equal(world.keeper.candidate, null);
  assert.equal(world.keeper.history(1)[0].why, "the service did not restart with it");
});

Deno.test("while a candidate waits no other change is taken", async () => {
  const world = await KeeperWorld.start();
  await tried(world);
  const waits = refusal("conflict", /version 1 of the settings, by admin:owner, waits/);
  await assert.rejects(set(world, "pager.max_body", 5), waits);
  await assert.rejects(world.keeper.revertTo(0, { by: OWNER }), waits);
  await world.keeper.confirm(OWNER);
  await set(world, "pager.max_body", 5);
});

Deno.test("the time to confirm is a setting, as confirmed", async () => {
  const world = await KeeperWorld.start({ text: "[console]\nconfirm_seconds = 120\n" });
  await tried(world);
  await world.pass(119);
  assert.equal(world.asked, null);
  await world.pass(3);
  assert.match(world.keeper.history(1)[0].why, /within 120 seconds/);
});

Deno.test("what comes after the time is up comes too late, also where the timer has not fired yet", async () => {
  const world = await KeeperWorld.start({ text: "[console]\nconfirm_seconds = 90\n" });
  await tried(world);
  await world.pass(0.5);
  // Timers above a minute are rounded up to whole seconds: this one is late by half a second.
  await world.restart();
  await world.pass(89.6);
  assert.notEqual(world.keeper.candidate, null);
  await assert.rejects(world.keeper.confirm(OWNER), refusal("conflict", /was not confirmed in time and is taken back/));
  await world.pass(1);
  assert.equal(world.keeper.candidate, null);
});

Deno.test("a step of the wall clock neither ends nor prolongs a candidate", async () => {
  const world = await KeeperWorld.start();
  await tried(world);
  world.time.jump(-86_400_000);
  await world.restart();
  world.time.jump(200_000_000);
  await world.pass(55);
  assert.equal(web(world), "https");
  assert.equal(world.asked, null);
  await world.pass(6);
  assert.notEqual(world.asked, null);
});

Deno.test("the history tells what was changed, and each confirmed version can come back", async () => {
  const world = await KeeperWorld.start();
  await set(world, "pager.max_body", 2000);
  await set(world, "deferred.default_days", 3);
  await set(world, "pager.max_body", null);
  assert.deepEqual(world.keeper.history(2).map(({ version, changes }) => [version, changes]), [
    [3, [{ key: "pager.max_body", from: 2000, to: 1300 }]],
    [2, [{ key: "deferred.default_days", from: 7, to: 3 }]],
  ]);
  const dry = await world.keeper.revertTo(1, { by: OWNER, dry_run: true });
  assert.deepEqual(dry.changes, [
    { key: "deferred.default_days", from: 3, to: 7 },
    { key: "pager.max_body", from: 1300, to: 2000 },
  ]);
  assert.equal(world.keeper.version, 3);
  await world.keeper.revertTo(1, { by: OWNER });
  const { pager, deferred } = world.keeper.config;
  assert.deepEqual([pager.max_body, deferred.default_days, world.keeper.version], [2000, 7, 4]);
  await world.keeper.revertTo(0, { by: OWNER });
  assert.equal(world.keeper.config.pager.max_body, 1300);
  await assert.rejects(world.keeper.revertTo(17, { by: OWNER }), refusal("not-found", /version 17/));
});

Deno.test("going back over doors has to be confirmed too; what the file sets by now stays", async () => {
  const settings = new FakeSettingsStore();
  const world = await KeeperWorld.start({ settings });
  await set(world, "pager.max_body", 2000);
  await tried(world);
  await world.keeper.confirm(OWNER);
  assert.equal((await world.keeper.revertTo(1, { by: OWNER })).next, "confirm");

  const later = await KeeperWorld.start({ settings, text: "[pager]\nmax_body = 900\n" });
  assert.equal(row(later, "pager.max_body").locked, "set by /etc/parley.toml");
  const { changes } = await later.keeper.revertTo(0, { by: OWNER, dry_run: true });
  assert.deepEqual(changes.map(({ key }) => key), ["listen.web"]);
});

Deno.test("a store that cannot write refuses a change, and nothing was changed", async () => {
  const world = await KeeperWorld.start();
  world.settings.refusal = new Error("disk full");
  await assert.rejects(set(world, "pager.max_body", 5), /disk full/);
  await assert.rejects(world.keeper.change([RISKY], { by: OWNER, version: null, dry_run: false }), /disk full/);
  assert.deepEqual([world.keeper.version, world.told, world.asked, world.audited], [0, [], null, []]);
});

Deno.test("a store that cannot write does not keep a candidate in force", async () => {
  const world = await KeeperWorld.start();
  await tried(world);
  world.settings.refusal = new Error("disk full");
  await assert.rejects(world.keeper.confirm(OWNER), /disk full/);
  await world.pass(61);
  assert.equal(world.asked?.handover.candidate, null);
  await world.restart();
  assert.equal(web(world), "http");
  assert.match(world.keeper.problems[0].message, /version 1 was taken back could not be stored: disk full/);
  world.settings.refusal = null;
  await set(world, "pager.max_body", 5);
  assert.deepEqual(world.keeper.problems, []);
  await world.kill();
  assert.deepEqual([web(world), world.keeper.config.pager.max_body], ["http", 5]);
});

Deno.test("damage in the store is told and does not keep the box from starting", async () => {
  const settings = new FakeSettingsStore();
  settings.disk.set("console_settings", '{"version":4,"values":{"pager.max_body":44,"pager.old":1},"history":7}');
  const world = await KeeperWorld.start({ settings });
  assert.equal(world.keeper.config.pager.max_body, 44);
  const said = world.keeper.problems.map(({ message }) => message);
  assert.match(said[0], /damaged at changed/);
  assert.match(said[1], /^unknown key pager.old/);
});

Deno.test("rows are every setting as data", async () => {
  const world = await KeeperWorld.start({ text: "domain = 'a.test'\n", environment: { PARLEY_LOG: "debug" } });
  const rows = world.keeper.rows();
  assert.equal(rows.length, new Set(rows.map(({ key }) => key)).size);
  assert.deepEqual(row(world, "deferred.max_days"), {
    key: "deferred.max_days",
    area: "deferred",
    kind: "number",
    help: "Longest, whatever the sender says.",
    allowed: "a whole number from 1 to 365 (days)",
    unit: "days",
    choices: [],
    default: 30,
    value: 30,
    origin: "default",
    set_by: "",
    apply: "live",
    risky: false,
    changed_at: 0,
    changed_by: "",
    words: "retention offline storage expiry policy",
    locked: "",
  });
  const level = row(world, "log.level");
  assert.deepEqual([level.kind, level.choices.length, level.origin, level.set_by, level.locked], [
    "choice",
    4,
    "environment",
    "PARLEY_LOG",
    "set by PARLEY_LOG",
  ]);
  assert.deepEqual([row(world, "domain").origin, row(world, "domain").set_by], ["file", "/etc/parley.toml"]);
  assert.match(row(world, "storage.kv").locked, /^only the settings file can set it: it is needed before the store/);
  assert.equal(row(world, "listen.sip").risky, true);
  assert.equal(row(world, "peer").kind, "tables");
});

Deno.test("a closed keeper takes no change", async () => {
  const world = await KeeperWorld.start();
  await world.keeper.close();
  await assert.rejects(set(world, "pager.max_body", 5), refusal("unavailable", /restarts/));
  await settled();
});
