import assert from "node:assert/strict";
import { silentLog } from "../../../foundation/mod.ts";
import { MemoryRecords, settled } from "./testing/mail_store.ts";
import { MAX_TOLD_MARKS, type ToldMark, ToldMarks } from "./told_marks.ts";

const BOB = "sip:bob@example.test";

Deno.test("a mark holds at once, and after a restart; it only goes forward", async () => {
  const records = new MemoryRecords<ToldMark>();
  const marks = new ToldMarks(records, silentLog);
  assert.equal(marks.told(BOB, 5), true);
  assert.equal(marks.told(BOB, 7), true);
  assert.equal(marks.get(BOB).upTo, 7, "before it is written");
  assert.equal(marks.told(BOB, 6), false);
  marks.reminded(BOB, 20_000);
  await settled();
  const again = new ToldMarks(records, silentLog);
  assert.deepEqual(again.get(BOB), { upTo: 7, remindedOn: 20_000 });
  again.forget(BOB);
  await settled();
  assert.equal(records.size, 0);
  assert.equal(again.get(BOB).upTo, 0);
});

Deno.test("a store that fails: the mark is lost with a warning, and the next one is written", async () => {
  const records = new MemoryRecords<ToldMark>();
  const warnings: string[] = [];
  const marks = new ToldMarks(records, { ...silentLog, warn: (text) => void warnings.push(text) });
  const put = records.put.bind(records);
  records.put = () => Promise.reject(new Error("no disk"));
  marks.told(BOB, 5);
  await settled();
  assert.equal(warnings.length, 1);
  records.put = put;
  assert.equal(marks.told(BOB, 5), true, "it was not told for certain");
  await settled();
  assert.equal(records.get(BOB)?.upTo, 5);
});

Deno.test("as many marks as there may be: the oldest makes room", async () => {
  const records = new MemoryRecords<ToldMark>();
  for (let i = 0; i < MAX_TOLD_MARKS; i++) records.values.set(`sip:u${i}@example.test`, { upTo: i + 2, remindedOn: 0 });
  records.values.set("sip:u777@example.test", { upTo: 1, remindedOn: 0 });
  const marks = new ToldMarks(records, silentLog);
  marks.told(BOB, 200_000);
  await settled();
  assert.equal(records.size, MAX_TOLD_MARKS);
  assert.equal(records.get("sip:u777@example.test"), undefined);
  assert.equal(records.get(BOB)?.upTo, 200_000);
});
