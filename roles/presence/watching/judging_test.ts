import assert from "node:assert/strict";
import { silentLog } from "../../../foundation/mod.ts";
import { FakeTime } from "../../../foundation/testing.ts";
import { Judging } from "./judging.ts";

function setUp() {
  const time = new FakeTime();
  const read: string[] = [], done: string[] = [];
  const gates = new Map<string, PromiseWithResolvers<void>>();
  let running = 0, most = 0;
  const judging = new Judging<string>({
    read: (item) => {
      read.push(item);
      most = Math.max(most, ++running);
      const gate = Promise.withResolvers<void>();
      gates.set(item, gate);
      return gate.promise.finally(() => running--);
    },
    done: (item) => done.push(item),
    timers: time.timers,
    log: silentLog,
  });
  const settle = async () => {
    for (let i = 0; i < 10; i++) await Promise.resolve();
  };
  const finish = async (item: string, error?: Error) => {
    const gate = gates.get(item)!;
    if (error === undefined) gate.resolve();
    else gate.reject(error);
    await settle();
  };
  return { time, judging, read, done, finish, most: () => most };
}

Deno.test("so many are read at a time, the others in their order", async () => {
  const { judging, read, done, finish, most } = setUp();
  for (let i = 0; i < 40; i++) judging.add(`p${i}`);
  assert.equal(read.length, 16);
  for (let i = 0; i < 40; i++) await finish(`p${i}`);
  assert.deepEqual([most(), done.length, read], [16, 40, Array.from({ length: 40 }, (_, i) => `p${i}`)]);
});

Deno.test("many who ask are one reading; who asks while it runs has another one after it", async () => {
  const { judging, read, done, finish } = setUp();
  for (let i = 0; i < 16; i++) judging.add(`p${i}`);
  for (let i = 0; i < 5; i++) judging.add("q");
  judging.add("p0");
  judging.add("p0");
  assert.equal(read.filter((item) => item === "p0").length, 1);
  await finish("p0");
  await finish("q");
  await finish("p0");
  assert.deepEqual(done, ["p0", "q", "p0"]);
  assert.equal(read.length, 18);
});

Deno.test("what cannot be read is read again later, or as soon as somebody asks", async () => {
  const { time, judging, read, done, finish } = setUp();
  judging.add("a");
  judging.add("b");
  await finish("a", new Error("disk"));
  await finish("b", new Error("disk"));
  judging.add("b");
  assert.deepEqual(read, ["a", "b", "b"]);
  await finish("b");
  time.advance(9000);
  assert.equal(read.length, 3);
  time.advance(2000);
  assert.deepEqual(read, ["a", "b", "b", "a"]);
  await finish("a");
  assert.deepEqual(done, ["b", "a"]);
});
