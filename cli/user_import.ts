import { parseCsv } from "./csv.ts";
import type { NewUser } from "../operations/mod.ts";

/** Columns of an import file; the first line names them, in any order. */
export const COLUMNS = ["uri", "password", "display_name", "e164"] as const;

/** The users of a file, with the line each stands on. */
export interface ImportFile {
  readonly users: readonly NewUser[];
  /** Line of `users[i]`. */
  readonly lines: readonly number[];
  /** What is wrong with the form of the file, a line of text each, `line N: …`. */
  readonly errors: readonly string[];
}

export const MAX_ROWS = 1_000_000;

/** Reads an import file. Never throws: what is wrong is in `errors`. */
export function readImport(text: string): ImportFile {
  const nothing = (error: string): ImportFile => ({ users: [], lines: [], errors: [error] });
  let records;
  try {
    records = parseCsv(text);
  } catch (error) {
    return nothing((error as SyntaxError).message);
  }
  if (records.length === 0) return nothing(`the file is empty; its first line must be ${COLUMNS.join(",")}`);
  if (records.length > MAX_ROWS) {
    return nothing(`the file has ${records.length} lines; at most ${MAX_ROWS} are read at once`);
  }
  const [head, ...rows] = records;
  const names = head.fields.map((name) => name.trim().toLowerCase());
  const strange = names.find((name) => !COLUMNS.includes(name as typeof COLUMNS[number]));
  if (
    strange !== undefined || new Set(names).size !== names.length || !names.includes("uri") ||
    !names.includes("password")
  ) {
    const found = head.fields.join(",").slice(0, 80);
    return nothing(
      `line ${head.line}: the first line is "${found}"; allowed: ${COLUMNS.join(",")} (uri and password must be there)`,
    );
  }
  const users: NewUser[] = [];
  const lines: number[] = [];
  const errors: string[] = [];
  const place = COLUMNS.map((column) => names.indexOf(column));
  for (const { line, fields } of rows) {
    if (fields.length !== names.length) {
      errors.push(`line ${line}: ${fields.length} fields; the first line has ${names.length}`);
      continue;
    }
    const [uri, password, display_name, e164] = place.map((at) => at < 0 ? "" : fields[at]);
    users.push({ uri: uri.trim(), password, display_name, e164: e164.trim() });
    lines.push(line);
  }
  return { users, lines, errors };
}
