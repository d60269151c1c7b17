/** One record of a CSV text. */
export interface CsvRecord {
  /** Line of the text that it begins on, from 1. */
  readonly line: number;
  readonly fields: readonly string[];
}

/**
 * Takes CSV apart (RFC 4180): commas, double quotes with doubled quotes inside, line ends inside quotes, CRLF or LF; empty
 * lines and a byte order mark are passed over. Throws SyntaxError that names the line.
 */
export function parseCsv(text: string): CsvRecord[] {
  const records: CsvRecord[] = [];
  let at = text.startsWith("\ufeff") ? 1 : 0;
  let line = 1;
  let fields: string[] = [];
  let begins = 1;
  const endRecord = () => {
    if (fields.length > 1 || fields[0] !== "") records.push({ line: begins, fields });
    fields = [];
    begins = line;
  };
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
    endRecord();
  }
  if (fields.length > 0) endRecord();
  return records;
}
