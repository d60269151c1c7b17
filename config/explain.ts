import type { z } from "zod";

type Path = readonly PropertyKey[];

/** `listen.sip[1]` */
export function keyText(path: Path): string {
  let text = "";
  for (const step of path) {
    text += typeof step === "number" ? `[${step}]` : `${text === "" ? "" : "."}${bareOrQuoted(String(step))}`;
  }
  return text;
}

/** What stands at `path` in the parsed file. */
export function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const step of path) value = (value as Record<PropertyKey, unknown> | undefined)?.[step];
  return value;
}

/** A value as the admin wrote it, cut to what fits a line. */
export function valueText(value: unknown): string {
  if (value === undefined) return "missing";
  const text = value instanceof Date
    ? value.toISOString()
    : JSON.stringify(value, (_, v) => typeof v === "bigint" ? `${v}` : v);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

/** One mistake as one line, without the name of the file: key, value found, what is allowed. */
export function explain(issue: z.core.$ZodIssue, root: unknown, schema: z.ZodType): string {
  if (issue.code === "unrecognized_keys") {
    return unknownKey([...issue.path, issue.keys[0]], keysAt(schema, issue.path));
  }
  return notAllowed(issue.path, valueAt(root, issue.path), issue.message);
}

/** What is said about a key that is not among those known there. */
export function unknownKey(path: Path, known: readonly string[]): string {
  const near = nearest(String(path.at(-1)), known);
  const hint = near === undefined ? "" : `; did you mean ${near}?`;
  return `unknown key ${keyText(path)}${hint} (allowed here: ${known.join(", ")})`;
}

/** Keys that the schema knows at a path. */
function keysAt(schema: z.ZodType, path: Path): string[] {
  let at = unwrapped(schema);
  for (const step of path) {
    const shape = shapeOf(at);
    at = unwrapped(typeof step === "number" ? (at as unknown as { element: z.ZodType }).element : shape[String(step)]);
  }
  return Object.keys(shapeOf(at));
}

/** The schema below its default. */
export function unwrapped(schema: z.ZodType): z.ZodType {
  const { type, innerType } = schema.def as unknown as { type: string; innerType?: z.ZodType };
  return (type === "default" || type === "prefault") && innerType !== undefined ? unwrapped(innerType) : schema;
}

/** The keys of a table and their schemas; empty for anything else. */
export function shapeOf(schema: z.ZodType): Record<string, z.ZodType> {
  const def = schema.def as unknown as { type: string; shape?: Record<string, z.ZodType> };
  return def.type === "object" ? def.shape ?? {} : {};
}

/** The closest word, where it is close enough to be a slip of the finger. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase().replaceAll("-", "_"), candidate);
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

/** Damerau's distance (neighbours swapped count once), over two rows and the one before. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        row[j] = Math.min(row[j], before[j - 2] + 1);
      }
    }
    [before, last] = [last, row];
  }
  return last[b.length];
}

/** What is said about a value that is not allowed. */
export function notAllowed(path: Path, value: unknown, allowed: string): string {
  return `${keyText(path) || "the file"} is ${valueText(value)}; allowed: ${allowed}`;
}

function bareOrQuoted(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : JSON.stringify(key);
}
