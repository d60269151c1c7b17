import assert from "node:assert/strict";
import { type Log, silentLog } from "../../../foundation/mod.ts";
import { FakeTime } from "../../../foundation/testing.ts";
import { diskSpace, MachineWatch } from "./machine_figures.ts";

Deno.test("the delay is the worst of the last minute", () => {
  const time = new FakeTime();
  const watch = new MachineWatch({ clock: time, log: silentLog, disk: () => Promise.reject(new Error("none")) });
  watch.beat();
  const beat = (late: number) => {
    time.advance(500 + late);
    watch.beat();
  };
  beat(0);
  assert.equal(watch.lag(), 0);
  beat(300);
  for (let i = 0; i < 100; i++) beat(0);
  assert.equal(watch.lag(), 300);
  for (let i = 0; i < 30; i++) beat(0);
  assert.equal(watch.lag(), 0);
});

Deno.test("free disk space is a share; where it cannot be asked it is unknown, and said once", async () => {
  const said: string[] = [];
  const log: Log = { ...silentLog, warn: (text) => said.push(text) };
  let answer: Promise<{ free: number; total: number }> = Promise.resolve({ free: 25, total: 100 });
  const watch = new MachineWatch({ clock: new FakeTime(), log, disk: () => answer });
  await watch.lookAtDisk();
  assert.equal(watch.diskFree(), 0.25);
  answer = Promise.reject(new Error("no permission"));
  await watch.lookAtDisk();
  await watch.lookAtDisk();
  assert.equal(watch.diskFree(), null);
  assert.equal(watch.space, null);
  assert.equal(said.length, 1);
});

Deno.test("the machine's own figures make sense", async () => {
  const { free, total } = await diskSpace(Deno.cwd());
  assert.ok(free > 0 && free <= total);
  const watch = new MachineWatch({ clock: new FakeTime(), log: silentLog, disk: () => diskSpace(Deno.cwd()) });
  await watch.start();
  assert.ok(watch.diskFree()! > 0);
  assert.ok(watch.memory() > 1_000_000);
  const before = watch.cpuSeconds();
  assert.ok(before > 0 && before < 100_000);
  watch.stop();
});
