/** Attributes among the lines of a session or a section. Names are case-sensitive (RFC 8866 §5.13), values octets as text. */

/** The value of the first `a=name:value`; "" for a flag (`a=name`), undefined when there is none. */
export function attribute(lines: readonly string[], name: string): string | undefined {
  const head = `a=${name}`;
  for (const line of lines) {
    if (line.startsWith(head) && standsAlone(line, head.length)) return line.slice(head.length + 1);
  }
  return undefined;
}

/** The values of all attributes of a name, in order. */
export function attributes(lines: readonly string[], name: string): string[] {
  const head = `a=${name}`;
  const values: string[] = [];
  for (const line of lines) {
    if (line.startsWith(head) && standsAlone(line, head.length)) values.push(line.slice(head.length + 1));
  }
  return values;
}

/** `sendrecv` for `a=sendrecv`, `path` for `a=path:…`; "" for a line that is no attribute. */
export function attributeName(line: string): string {
  if (!line.startsWith("a=")) return "";
  const colon = line.indexOf(":");
  return colon < 0 ? line.slice(2) : line.slice(2, colon);
}

/** The line of an attribute; `value` null for a flag. CR, LF and NUL in a value become blanks. */
export function attributeLine(name: string, value: string | null): string {
  return value === null ? `a=${name}` : `a=${name}:${value.replace(/[\r\n\0]/g, " ")}`;
}

/**
 * Lines with exactly one `a=name`: the first of that name changed where it stands, further ones taken out, appended when
 * there was none. `value` null writes a flag.
 */
export function withAttribute(lines: readonly string[], name: string, value: string | null): string[] {
  const wanted = attributeLine(name, value);
  let placed = false;
  const result: string[] = [];
  for (const line of lines) {
    if (attributeName(line) !== name) result.push(line);
    else if (!placed) {
      result.push(wanted);
      placed = true;
    }
  }
  if (!placed) result.push(wanted);
  return result;
}

/** Lines without the attributes of these names. */
export function withoutAttributes(lines: readonly string[], ...names: readonly string[]): string[] {
  return lines.filter((line) => !names.includes(attributeName(line)) || attributeName(line) === "");
}

/** The value of the first line of a type (`c`, `s`, `i` …); undefined when there is none. */
export function lineValue(lines: readonly string[], type: string): string | undefined {
  const head = `${type}=`;
  return lines.find((line) => line.startsWith(head))?.slice(2);
}

/** True where the attribute's name ends at `at`. */
function standsAlone(line: string, at: number): boolean {
  return line.length === at || line[at] === ":";
}
