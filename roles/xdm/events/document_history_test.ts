import assert from "node:assert/strict";
import { parseXml } from "../../../transport/xml/mod.ts";
import type { DocumentVersion } from "../xdm_events.ts";
import { DocumentHistories, HISTORY_LIMITS, type HistoryLimits } from "./document_history.ts";

const LIMITS = { characters: 10_000_000, depth: 64, elements: 100_000, attributes: 64 };

function version(etag: string, content = `<a n="${etag}"/>`): DocumentVersion {
  return { etag, document: parseXml(`<d xmlns="urn:d">${content}</d>`, LIMITS) };
}

/** A document through these versions; "" for none. */
function histories(tags: readonly string[], limits: Partial<HistoryLimits> = {}, name = "x") {
  const all = new DocumentHistories({ ...HISTORY_LIMITS, ...limits });
  write(all, tags, name);
  return all;
}

function write(all: DocumentHistories, tags: readonly string[], name = "x", now = 0): void {
  const versions = tags.map((tag) => tag === "" ? null : version(tag));
  for (let i = 1; i < versions.length; i++) all.add(name, { before: versions[i - 1], after: versions[i] }, now + i);
}

const short = (all: DocumentHistories, from: string | null, to: string | null) =>
  all.steps("x", from, to)?.map(({ previous, next, patch }) => `${previous}>${next}${patch === null ? "" : "+"}`)
    .join() ?? null;

Deno.test("steps from where somebody stands to what there is", () => {
  const all = histories(["a", "b", "c", "", "e", "f"]);
  assert.equal(short(all, "a", "f"), "a>b+,b>c+,c>null,null>e,e>f+");
  assert.equal(short(all, "e", "f"), "e>f+");
  assert.equal(short(all, null, "f"), "null>e,e>f+");
  assert.equal(short(all, "f", "f"), "");
  assert.equal(short(all, "z", "f"), null, "unknown");
  assert.equal(short(all, "a", "z"), null, "there is a newer one that is not known yet");
  assert.equal(short(histories(["a", ""]), "a", null), "a>null");
  assert.equal(histories([]).steps("x", "a", "b"), null);
});

Deno.test("one patch over several versions, made once", () => {
  const all = histories(["a", "b", "c"]);
  const patch = all.between("x", "a", "c");
  assert.ok(Array.isArray(patch) && patch.length === 1);
  assert.equal(all.between("x", "a", "c"), patch);
  assert.equal(all.between("x", "b", "b"), null);
  assert.equal(all.between("x", "z", "c"), null);
  assert.equal(all.between("y", "a", "c"), null);
});

Deno.test("a change that was missed begins the history anew", () => {
  const all = histories(["a", "b"]);
  write(all, ["c", "d"]);
  assert.equal(short(all, "a", "d"), null);
  assert.equal(short(all, "c", "d"), "c>d+");
});

Deno.test("bounded by versions, by octets of one and of all documents, by age", () => {
  const tags = Array.from({ length: 100 }, (_, i) => `t${i}`);
  const few = histories(tags, { versions: 10 });
  assert.equal(short(few, "t89", "t99"), null);
  assert.equal(few.steps("x", "t90", "t99")?.length, 9);
  const cost = histories(["a", "b"]).cost / 2;
  const small = histories(tags, { cost: cost * 6 });
  assert.equal(short(small, "t80", "t99"), null);
  assert.ok(short(small, "t98", "t99") !== null && small.cost <= cost * 8);
  const many = histories([], { total: cost * 12 });
  for (let i = 0; i < 50; i++) write(many, ["a", "b"], `x${i}`);
  assert.ok(many.cost <= cost * 13 && many.size >= 4, `${many.cost} ${many.size}`);
  assert.ok(many.between("x49", "a", "b") !== null);
  assert.equal(many.between("x0", "a", "b"), null);
  const old = histories(["a", "b", "c"], { age: 1000 });
  old.sweep(900);
  assert.equal(short(old, "a", "c"), "a>b+,b>c+");
  old.sweep(5000);
  assert.deepEqual([old.size, old.cost], [0, 0]);
});

Deno.test("a document larger than its history may be is remembered as it is now, and fetched", () => {
  const all = new DocumentHistories({ ...HISTORY_LIMITS, cost: 1000 });
  const large = "<a>" + "x".repeat(5000) + "</a>";
  all.add("x", { before: version("a", large), after: version("b", large + "<b/>") }, 0);
  assert.equal(all.between("x", "a", "b"), null);
});
