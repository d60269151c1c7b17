import { csvRecords } from "./csv.ts";
import type { NewUser } from "./operations.ts";

/** Columns of an import file; the first line names them, in any order. */
export const COLUMNS = ["uri", "password", "display_name", "e164"] as const;

/** The users of a file, with the line each stands on. */
export interface ImportFile {
  readonly users: readonly NewUser[];
  /** Line of `users[i]`. */
  readonly lines: readonly number[];
  /** What is wrong with the form of the file: the line (0: the whole) and what. */
  readonly faults: readonly { readonly line: number; readonly message: string }[];
}

export const MAX_ROWS = 1_000_000;
/** Rows read in one go; some 3 ms. */
const SLICE = 1000;

/**
 * Reads an import file, a slice of rows after another, so that others get their turn meanwhile. Never rejects: what is wrong
 * is in `faults`.
 */
export async function readImport(text: string): Promise<ImportFile> {
  const reader = new ImportReader();
  const records = csvRecords(text);
  try {
    for (let n = 1;; n++) {
      const { value, done } = records.next();
      if (done === true) break;
      if (!reader.read(value.line, value.fields)) return reader.file();
      if (n % SLICE === 0) await new Promise((resolve) => setTimeout(resolve, 0));
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { users: [], lines: [], faults: [faultOf(error.message)] };
  }
  return reader.file();
}

class ImportReader {
  #names: string[] | null = null;
  #place: number[] = [];
  readonly #users: NewUser[] = [];
  readonly #lines: number[] = [];
  readonly #faults: { line: number; message: string }[] = [];

  /** False where it makes no sense to read on. */
  read(line: number, fields: readonly string[]): boolean {
    if (this.#names === null) return this.#readHead(line, fields);
    if (fields.length !== this.#names.length) {
      this.#faults.push({ line, message: `${fields.length} fields; the first line has ${this.#names.length}` });
      return true;
    }
    if (this.#users.length >= MAX_ROWS) {
      this.#faults.push({ line, message: `at most ${MAX_ROWS} users are read at once` });
      return false;
    }
    const [uri, password, display_name, e164] = this.#place.map((at) => at < 0 ? "" : fields[at]);
    this.#users.push({ uri: uri.trim(), password, display_name, e164: e164.trim() });
    this.#lines.push(line);
    return true;
  }

  file(): ImportFile {
    if (this.#names === null && this.#faults.length === 0) {
      this.#faults.push({ line: 0, message: `the file is empty; its first line must be ${COLUMNS.join(",")}` });
    }
    return { users: this.#users, lines: this.#lines, faults: this.#faults };
  }

  #readHead(line: number, fields: readonly string[]): boolean {
    const names = fields.map((name) => name.trim().toLowerCase());
    const strange = names.some((name) => !COLUMNS.includes(name as typeof COLUMNS[number]));
    if (strange || new Set(names).size !== names.length || !names.includes("uri") || !names.includes("password")) {
      const found = fields.join(",").slice(0, 80);
      const message = `the first line is "${found}"; allowed: ${COLUMNS.join(",")} (uri and password must be there)`;
      this.#faults.push({ line, message });
      return false;
    }
    this.#names = names;
    this.#place = COLUMNS.map((column) => names.indexOf(column));
    return true;
  }
}

/** `line 3: a quote …` as line and message. */
function faultOf(text: string): { line: number; message: string } {
  const [, line, message] = /^line ([0-9]+): (.*)$/s.exec(text) ?? ["", "0", text];
  return { line: Number(line), message };
}
