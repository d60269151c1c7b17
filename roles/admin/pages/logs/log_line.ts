import type { LogLine } from "../../services/mod.ts";

/** The fields of a line as `name=value`, text with blanks in it quoted. */
export function fieldText(fields: LogLine["fields"]): string {
  return Object.entries(fields).map(([name, value]) => {
    const text = String(value);
    return `${name}=${typeof value === "string" && /[\s"=]|^$/.test(text) ? JSON.stringify(text) : text}`;
  }).join(" ");
}

/** A line as a file has it; times as ISO 8601 in UTC. */
export function plainLine({ at, level, component, text, fields }: LogLine): string {
  const told = fieldText(fields);
  const where = component === "" ? "" : `${component}: `;
  return `${new Date(at).toISOString()} ${level.padEnd(5)} ${where}${text}${told === "" ? "" : ` ${told}`}`;
}
