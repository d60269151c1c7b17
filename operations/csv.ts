/** One record of a CSV text. */
export interface CsvRecord {
  /** Line of the text that it begins on, from 1. */
  readonly line: number;
  readonly fields: readonly string[];
}

/** All records of a CSV text. Throws SyntaxError that names the line. */
export function parseCsv(text: string): CsvRecord[] {
  return [...csvRecords(text)];
}

/**
 * Takes CSV apart (RFC 4180): commas, double quotes with doubled quotes inside, line ends inside quotes, CRLF or LF; empty
 * lines and a byte order mark are passed over. One at a time, so that a
 * large text can be read in slices. Throws SyntaxError that names the line.
 */
export function* csvRecords(text: string): Generator<CsvRecord> {
  let at = text.startsWith("\ufeff") ? 1 : 0;
  let line = 1;
  let fields: string[] = [];
  let begins = 1;
  while (at < text.length) {
    let field = "";
    if (text[at] === '"') {
      const opened = line;
      for (at++;; at++) {
        const end = text.indexOf('"', at);
        if (end < 0) throw new SyntaxError(`line ${opened}: a quote is opened and never closed`);
        const piece = text.slice(at, end);
        line += piece.split("\n").length - 1;
        field += piece;
        at = end + 1;
        if (text[at] !== '"') break;
        field += '"';
      }
      if (at < text.length && !/[,\r\n]/.test(text[at])) {
        throw new SyntaxError(`line ${line}: text follows a closing quote; a quote inside a field is written twice`);
      }
    } else {
      const start = at;
      while (at < text.length && !/[,\r\n]/.test(text[at])) {
        if (text[at] === '"') {
          throw new SyntaxError(`line ${line}: a quote inside a field that does not begin with one`);
        }
        at++;
      }
      field = text.slice(start, at);
    }
    fields.push(field);
    if (at >= text.length) break;
    if (text[at] === ",") {
      at++;
      if (at === text.length) fields.push("");
      continue;
    }
    at += text[at] === "\r" && text[at + 1] === "\n" ? 2 : 1;
    line++;
    if (fields.length > 1 || fields[0] !== "") yield { line: begins, fields };
    fields = [];
    begins = line;
  }
  if (fields.length > 1 || (fields.length === 1 && fields[0] !== "")) yield { line: begins, fields };
}

/** One record as CSV text, without its line end. */
export function csvLine(fields: readonly string[]): string {
  return fields.map((field) => /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field).join(",");
}
