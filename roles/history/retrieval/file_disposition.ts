import { toLatin1, utf8 } from "../../../foundation/mod.ts";
import { fileNameIn } from "../sessions/what_is_said.ts";

/**
 * MIME header lines of a message that say what its file is called (RFC 2183 §2.3): sessions name it in their offer alone, and whoever
 * is given it later has no other place to read it. Lines that have a name stay as they are. One character for each octet.
 */
export function withFileName(lines: string, file: string): string {
  if (file === "" || fileNameIn(lines) !== "") return lines;
  const name = `filename="${quoted(file)}"`;
  const at = /^content-disposition:.*$/im.exec(lines);
  if (at === null) return `${lines}Content-Disposition: attachment; ${name}\r\n`;
  const end = at.index + at[0].replace(/[\r; \t]+$/, "").length;
  return `${lines.slice(0, end)}; ${name}${lines.slice(lines.indexOf("\r\n", end))}`;
}

/** In UTF-8, as `fileNameIn` reads it. */
function quoted(file: string): string {
  // deno-lint-ignore no-control-regex
  return toLatin1(utf8(file.replace(/[\x00-\x1f\x7f]/g, "_").replace(/["\\]/g, "\\$&")));
}
