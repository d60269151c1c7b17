/** Attributes among the lines of a session or a section. Names are case-sensitive (RFC 8866 §5.13), values octets as text. */

const COLON = 58;

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
  return `a=${name}:${isOneLine(value) ? value : value.replace(/[\r\n\0]/g, " ")}`;
}

function isOneLine(value: string): boolean {
  for (let i = 0; i < value.length; i++) {
    const c = value.charCodeAt(i);
    if (c === 13 || c === 10 || c === 0) return false;
  }
  return true;
}

/** Which of the names the attribute in that line has; -1: none. */
export function indexOfNamed(line: string, names: readonly string[]): number {
  for (let i = 0; i < names.length; i++) if (isNamed(line, names[i])) return i;
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
  const { length } = name;
  // Most lines differ in the first letter already, or in length.
  if (line.charCodeAt(2) !== name.charCodeAt(0)) return false;
  if (line.length > length + 2 ? line.charCodeAt(length + 2) !== COLON : line.length < length + 2) return false;
  for (let i = 1; i < length; i++) if (line.charCodeAt(i + 2) !== name.charCodeAt(i)) return false;
  return line.startsWith("a=");
}
