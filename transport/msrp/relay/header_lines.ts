/** The values of all lines of that name, in order; the name in any case. */
export function headerValues(lines: string, name: string): string[] {
  const wanted = `${name.toLowerCase()}:`;
  const values: string[] = [];
  for (const line of lines.split("\r\n")) {
    if (line.length >= wanted.length && line.slice(0, wanted.length).toLowerCase() === wanted) {
      values.push(line.slice(wanted.length).trim());
    }
  }
  return values;
}

/** One header line with its end. */
export function headerLine(name: string, value: string | number): string {
  return `${name}: ${value}\r\n`;
}
