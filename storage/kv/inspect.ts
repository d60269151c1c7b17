import { DatabaseSync } from "node:sqlite";
import { fileInfo } from "./durable_file.ts";
import { reasonOf, StoreRefusal } from "./refusal.ts";

const MAGIC = "SQLite format 3\0";
const HEAD_OCTETS = 100;
/** DenoKV's encoding of the key ["parley"]: string tag, UTF-8, end. */
const MARKER_KEY = new Uint8Array([2, ...new TextEncoder().encode("parley"), 0]);

/** `absent`: nothing there, a new store may be made; `ours`: a store of Parley. */
export type Found = "absent" | "ours";

/**
 * Looks at a database file before DenoKV may touch it (which would add its tables to any SQLite database). Throws StoreRefusal
 * for what is no database, a damaged one, or somebody else's. Only reads. (SQLite's `immutable` would spare the lock, but wants
 * a URI, and Deno's SQLite takes one only where all of the disk may be read.)
 *
 * All pages are checked (`PRAGMA quick_check`, half a second for 100 MB): on a malformed page DenoKV does not throw, it ends
 * the process (denokv_sqlite 0.14 panics in its queue thread).
 */
export function inspect(path: string): Found {
  const info = fileInfo(path);
  if (info === null) return "absent";
  if (!info.isFile) throw new StoreRefusal(path, "is not a file");
  const log = fileInfo(`${path}-wal`);
  const index = fileInfo(`${path}-shm`);
  const logged = log !== null && log.size > 0;
  if (info.size === 0 && !logged) return "absent";
  // A first start that was cut off leaves an empty file and a log that SQLite takes up by itself.
  if (info.size > 0) checkHead(path, info.size, logged);
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { readOnly: true });
    checkPages(path, database);
    return checkTables(path, database);
  } catch (error) {
    if (error instanceof StoreRefusal) throw error;
    throw new StoreRefusal(path, `is a damaged database: ${reasonOf(error)}; restore it from a backup`, {
      cause: error,
    });
  } finally {
    database?.close();
    // Reading makes these two where they are missing, and a file that is refused must be left as it was found.
    if (log === null) removeFile(`${path}-wal`);
    if (index === null) removeFile(`${path}-shm`);
  }
}

function removeFile(path: string): void {
  if (fileInfo(path) !== null) Deno.removeSync(path);
}

function checkHead(path: string, size: number, logged: boolean): void {
  const head = new Uint8Array(HEAD_OCTETS);
  const file = Deno.openSync(path, { read: true });
  let got: number | null;
  try {
    got = file.readSync(head);
  } finally {
    file.close();
  }
  if (got === null || got < HEAD_OCTETS || new TextDecoder("latin1").decode(head.subarray(0, 16)) !== MAGIC) {
    throw new StoreRefusal(path, "is not a database (it does not begin as a SQLite file does)");
  }
  const view = new DataView(head.buffer);
  const pageSize = view.getUint16(16) === 1 ? 65536 : view.getUint16(16);
  // SQLite file format §1.3.8: the page count holds when these two counters agree; with a log, pages may be in the log yet.
  const counted = view.getUint32(24) === view.getUint32(92);
  if (!logged && counted && view.getUint32(28) * pageSize > size) {
    throw new StoreRefusal(
      path,
      `is cut off: ${size} octets, where ${
        view.getUint32(28)
      } pages of ${pageSize} should be; restore it from a backup`,
    );
  }
}

function checkPages(path: string, database: DatabaseSync): void {
  const row = database.prepare("PRAGMA quick_check(1)").get() as { quick_check: string } | undefined;
  if (row?.quick_check !== "ok") {
    throw new StoreRefusal(path, `is a damaged database: ${row?.quick_check}; restore it from a backup`);
  }
}

function checkTables(path: string, database: DatabaseSync): Found {
  const tables = (database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all() as { name: string }[])
    .map((row) => row.name);
  // DenoKV had made none, or only its first ones, when the first start was cut off.
  if (tables.length === 0) return "absent";
  if (!tables.includes("kv")) {
    if (tables.every((name) => name === "migration_state")) return "absent";
    throw new StoreRefusal(path, `is a database of another program (tables: ${tables.slice(0, 5).join(", ")})`);
  }
  if (database.prepare("SELECT 1 FROM kv WHERE k = ?").get(MARKER_KEY) !== undefined) return "ours";
  if (database.prepare("SELECT 1 FROM kv LIMIT 1").get() === undefined) return "absent";
  throw new StoreRefusal(path, "is a DenoKV database of another program (it holds values, but not Parley's marker)");
}
