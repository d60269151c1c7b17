/** Attributes among the lines of a session or a section. Names are case-sensitive (RFC 8866 §5.13), values octets as text. */

/** The value of the first `a=name:value`; "" for a flag (`a=name`), undefined when there is none. */
export function attribute(lines: readonly string[], name: string): string | undefined {
  for (const line of lines) if (isNamed(line, name)) return line.slice(name.length + 3);
  return undefined;
}

/** The values of all attributes of a name, in order. */
export function attributes(lines: readonly string[], name: string): string[] {
  const values: string[] = [];
  for (const line of lines) if (isNamed(line, name)) values.push(line.slice(name.length + 3));
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
  if (value === null) return `a=${name}`;
  return `a=${name}:${/[\r\n\0]/.test(value) ? value.replace(/[\r\n\0]/g, " ") : value}`;
}

/**
 * Lines with exactly one `a=name`: the first of that name changed where it stands, further ones taken out, appended when
 * there was none. `value` null writes a flag.
 */
export function withAttribute(lines: readonly string[], name: string, value: string | null): string[] {
  return withAttributes(lines, [[name, value]]);
}

/** A name and what its attribute shall be: a value, null for a flag, undefined for none. */
export type AttributeChange = readonly [name: string, value: string | null | undefined];

/** As `withAttribute`, for up to 32 names in one pass; what is not there yet is appended in the order of the changes. */
export function withAttributes(lines: readonly string[], changes: readonly AttributeChange[]): string[] {
  const result: string[] = [];
  // One bit a change: its line has been placed.
  let placed = 0;
  for (const line of lines) {
    const at = changeOf(line, changes);
    if (at < 0) {
      result.push(line);
      continue;
    }
    const [name, value] = changes[at];
    if (value !== undefined && (placed & (1 << at)) === 0) result.push(attributeLine(name, value));
    placed |= 1 << at;
  }
  for (let i = 0; i < changes.length; i++) {
    const [name, value] = changes[i];
    if (value !== undefined && (placed & (1 << i)) === 0) result.push(attributeLine(name, value));
  }
  return result;
}

/** Which change is for that line; -1: none. */
function changeOf(line: string, changes: readonly AttributeChange[]): number {
  for (let i = 0; i < changes.length; i++) if (isNamed(line, changes[i][0])) return i;
  return -1;
}

/** Lines without the attributes of these names. */
export function withoutAttributes(lines: readonly string[], ...names: readonly string[]): string[] {
  return lines.filter((line) => !names.some((name) => isNamed(line, name)));
}

/** The value of the first line of a type (`c`, `s`, `i` …); undefined when there is none. */
export function lineValue(lines: readonly string[], type: string): string | undefined {
  for (const line of lines) if (line.startsWith(type) && line[type.length] === "=") return line.slice(type.length + 1);
  return undefined;
}

/** True for the line of an attribute of that name. */
function isNamed(line: string, name: string): boolean {
  // Most lines differ in the first letter already.
  if (line.charCodeAt(2) !== name.charCodeAt(0) || !line.startsWith("a=") || !line.startsWith(name, 2)) return false;
  const at = name.length + 2;
  return line.length === at || line[at] === ":";
}
