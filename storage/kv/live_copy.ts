import { letGo } from "../../foundation/mod.ts";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";

/** Database-wide settings that a copy takes over, in the order in which they can be set. */
const SETTINGS = ["encoding", "page_size", "auto_vacuum", "application_id", "user_version"];

/** A part of the schema: what it is, its name and what makes it. */
interface Part {
  readonly type: string;
  readonly name: string;
  readonly sql: string;
}

/**
 * Copies what lives in a SQLite database into a new one, row by row, as it was at one moment. A copy of the pages would be faster, but
 * takes along what was deleted and stands in free pages and in the gaps of others until it is written over: in a backup, perhaps
 * for years. (VACUUM INTO does the same as this; but it attaches the copy, which Deno refuses unless all of the disk may be
 * written.) `to` is there and empty.
 */
export function copyLive(from: string, to: string): void {
  const source = new DatabaseSync(from, { readOnly: true });
  try {
    const target = new DatabaseSync(to);
    try {
      // A copy that is cut off is thrown away; whoever makes a file of a whole one sees that it is on disk.
      target.exec("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF");
      source.exec("BEGIN");
      takeSettings(source, target);
      copyAll(source, target);
    } finally {
      target.close();
    }
  } finally {
    source.close();
  }
}

function takeSettings(source: DatabaseSync, target: DatabaseSync): void {
  for (const name of SETTINGS) {
    const value = Object.values(source.prepare(`PRAGMA ${name}`).get()!)[0];
    target.exec(`PRAGMA ${name} = ${typeof value === "string" ? quoted(value) : value}`);
  }
}

function copyAll(source: DatabaseSync, target: DatabaseSync): void {
  const query =
    "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
  const parts = source.prepare(query).all() as unknown as Part[];
  const tables = parts.filter(({ type }) => type === "table");
  target.exec("BEGIN");
  for (const { name, sql } of tables) {
    target.exec(sql);
    copyRows(source, target, quoted(name));
  }
  // Indexes are made faster from what is there, and triggers must not see it come.
  for (const { type, sql } of parts) if (type !== "table") target.exec(sql);
  target.exec("COMMIT");
}

function copyRows(source: DatabaseSync, target: DatabaseSync, table: string): void {
  const query = source.prepare(`SELECT * FROM ${table}`);
  // Integers of 64 bits.
  query.setReadBigInts(true);
  query.setReturnArrays(true);
  const places = query.columns().map(() => "?").join();
  const insert = target.prepare(`INSERT INTO ${table} VALUES (${places})`);
  for (const row of query.iterate()) {
    const values = row as unknown as SQLInputValue[];
    insert.run(...values);
    for (const value of values) if (value instanceof Uint8Array) letGo(value);
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
