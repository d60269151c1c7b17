import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { copyLive } from "./live_copy.ts";
import { TemporaryFolder } from "../testing.ts";

function rows(path: string, query: string): unknown[] {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const statement = database.prepare(query);
    statement.setReadBigInts(true);
    return statement.all().map((row) => ({ ...row }));
  } finally {
    database.close();
  }
}

Deno.test("the copy holds the same schema and rows, and settings; the source is as it was", () => {
  using folder = new TemporaryFolder();
  const [from, to] = [folder.join("from"), folder.join("to")];
  const source = new DatabaseSync(from);
  source.exec(
    "PRAGMA page_size = 8192; PRAGMA user_version = 7; PRAGMA application_id = 77; PRAGMA journal_mode = WAL",
  );
  source.exec('CREATE TABLE plain (a integer primary key, b text, c real, d blob, e); CREATE TABLE "odd ""name" (k)');
  source.exec("CREATE TABLE keyed (k blob primary key, v blob not null) WITHOUT ROWID; CREATE INDEX by_b ON plain (b)");
  source.exec("CREATE TRIGGER never AFTER INSERT ON keyed BEGIN DELETE FROM keyed; END; DROP TRIGGER never");
  const insert = source.prepare("INSERT INTO plain VALUES (?, ?, ?, ?, ?)");
  insert.run(2n ** 62n + 1n, "t\u00e9xt \u{1f600}", 1.5, new Uint8Array(0), null);
  insert.run(-1, "", -0.1, new Uint8Array(70_000).fill(9), 2n ** 55n + 1n);
  source.prepare("INSERT INTO keyed VALUES (?, ?)").run(new Uint8Array([1, 0, 2]), new Uint8Array(0));
  source.exec('INSERT INTO "odd ""name" VALUES (5)');
  copyLive(from, to);
  for (
    const query of [
      "SELECT * FROM plain ORDER BY a",
      "SELECT typeof(d) AS d, typeof(e) AS e FROM plain ORDER BY a",
      "SELECT *, typeof(v) AS type FROM keyed",
      'SELECT * FROM "odd ""name"',
      "SELECT type, name, sql FROM sqlite_master ORDER BY name",
      "PRAGMA page_size",
      "PRAGMA user_version",
      "PRAGMA application_id",
    ]
  ) assert.deepEqual(rows(to, query), rows(from, query), query);
  assert.equal(Object.values(rows(to, "PRAGMA quick_check")[0] as object)[0], "ok");
  source.close();
});

Deno.test("what was deleted is in the source's file for long, and never in the copy", async () => {
  using folder = new TemporaryFolder();
  const [from, to] = [folder.join("from"), folder.join("to")];
  const kv = await Deno.openKv(from);
  const mark = (n: number) =>
    new TextEncoder().encode(`beginning of ${n}`.padEnd(30_000, "-") + `middle of ${n}`.padEnd(30_000, "="));
  for (let n = 0; n < 20; n++) await kv.set(["content", "name", n], mark(n));
  for (let n = 0; n < 300; n++) await kv.set(["small", n], `small ${n} value`);
  for (let n = 0; n < 19; n++) await kv.delete(["content", "name", n]);
  for (let n = 0; n < 300; n += 2) await kv.delete(["small", n]);
  copyLive(from, to);
  const [there, copied] = [from, to].map((path) => new TextDecoder("latin1").decode(Deno.readFileSync(path)));
  const all = there + new TextDecoder("latin1").decode(Deno.readFileSync(`${from}-wal`));
  assert.ok(all.includes("beginning of 3") && all.includes("middle of 3"));
  for (let n = 0; n < 19; n++) assert.ok(!copied.includes(`beginning of ${n}-`) && !copied.includes(`middle of ${n}=`));
  assert.ok(copied.includes("beginning of 19") && copied.includes("middle of 19"));
  for (let n = 0; n < 300; n++) assert.equal(copied.includes(`small ${n} value`), n % 2 === 1);
  kv.close();
});

Deno.test("what is written meanwhile is not in the copy, and does not wait for it", () => {
  using folder = new TemporaryFolder();
  const [from, to] = [folder.join("from"), folder.join("to")];
  const source = new DatabaseSync(from);
  source.exec("PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES (1)");
  source.exec("BEGIN; INSERT INTO t VALUES (2)");
  copyLive(from, to);
  source.exec("COMMIT");
  assert.equal(rows(from, "SELECT * FROM t").length, 2);
  assert.equal(rows(to, "SELECT * FROM t").length, 1);
  source.close();
});
