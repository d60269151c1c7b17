import assert from "node:assert/strict";
import { silentLog } from "../foundation/mod.ts";
import { memoryReturn, readOnlySegments, segmentsIn } from "./memory_return.ts";
import { MemoryWatch } from "./memory_watch.ts";

const MB = 1024 * 1024;

/** Memory that the test sets, and returns of it that are counted. */
function watched() {
  const use = { rss: 60 * MB, heapUsed: 12 * MB };
  let returns = 0;
  const watch = new MemoryWatch(() => ({ ...use }), () => {
    returns++;
    use.rss = 50 * MB;
  });
  const looks = (count: number) => {
    for (let i = 0; i < count; i++) watch.look();
  };
  return { use, watch, looks, returns: () => returns };
}

Deno.test("memory is returned once at the start, and not again while little is gained", () => {
  const { watch, use, looks, returns } = watched();
  watch.start();
  use.rss = 70 * MB;
  looks(20);
  watch.stop();
  assert.equal(returns(), 1);
});

Deno.test("after a burst memory is returned when it is quiet, at most once a minute", () => {
  const { watch, use, looks, returns } = watched();
  watch.start();
  use.rss = 200 * MB;
  for (let i = 0; i < 8; i++) {
    use.heapUsed += 10 * MB;
    looks(1);
  }
  assert.equal(returns(), 1, "not in the middle of work");
  use.heapUsed = 20 * MB;
  looks(1);
  assert.equal(returns(), 1, "a heap that shrank was collected during work");
  looks(1);
  assert.equal(returns(), 2);
  use.rss = 200 * MB;
  looks(5);
  assert.equal(returns(), 2);
  looks(1);
  assert.equal(returns(), 3);
  watch.stop();
});

Deno.test("program segments that can be written are left alone, and pages shared with them", () => {
  const table = new DataView(new ArrayBuffer(4 * 56));
  const header = (i: number, type: number, flags: number, address: bigint, length: bigint) => {
    table.setUint32(i * 56, type, true);
    table.setUint32(i * 56 + 4, flags, true);
    table.setBigUint64(i * 56 + 16, address, true);
    table.setBigUint64(i * 56 + 40, length, true);
  };
  header(0, 6, 4, 0x40n, 0xe0n);
  header(1, 1, 4, 0n, 0x2f00n);
  header(2, 1, 5, 0x3f00n, 0x3200n);
  header(3, 1, 6, 0x8000n, 0x1000n);
  assert.deepEqual(segmentsIn(table, 56, 0x7000_0040n, 0x1000n), [
    { start: 0x7000_0000n, length: 0x2000n },
    { start: 0x7000_4000n, length: 0x3000n },
  ]);
  header(0, 0, 4, 0x40n, 0xe0n);
  assert.deepEqual(segmentsIn(table, 56, 0x7000_0040n, 0x1000n), [], "nothing says where the program stands");
});

Deno.test({
  name: "the running program works on after its pages were given back, and less of it is resident",
  ignore: Deno.build.os !== "linux",
  fn: () => {
    const before = Deno.memoryUsage().rss;
    memoryReturn(silentLog)();
    assert.ok(Deno.memoryUsage().rss < before);
    assert.deepEqual(JSON.parse(JSON.stringify({ works: [1, "two"] })), { works: [1, "two"] });
    assert.deepEqual(readOnlySegments({ getauxval: () => 0n }), []);
  },
});
