import { z } from "zod";
import { type Life, note } from "./notes.ts";

/** A whole number. `unit` is part of what is allowed: "seconds", "octets". */
export function count(
  options: Life & { min: number; max: number; default: number; unit?: string; help: string },
) {
  const { min, max, default: standard, unit, help } = options;
  const allowed = `a whole number from ${min} to ${max}${unit === undefined ? "" : ` (${unit})`}`;
  const schema = z.int({ error: allowed }).min(min, allowed).max(max, allowed).default(standard);
  return note(schema, { help, allowed, default: `${standard}`, kind: "number", standard, unit, life: lifeOf(options) });
}

/** true or false. */
export function flag(standard: boolean, help: string, life: Life = {}) {
  const allowed = "true or false";
  const schema = z.boolean({ error: allowed }).default(standard);
  return note(schema, { help, allowed, default: `${standard}`, kind: "flag", standard, life });
}

/** One of a few words. */
export function oneOf<const W extends readonly string[]>(words: W, standard: W[number], help: string, life: Life = {}) {
  const allowed = words.map((word) => `"${word}"`).join(" or ");
  const schema = z.enum(words, { error: allowed }).default(standard as never);
  return note(schema, { help, allowed, default: `"${standard}"`, kind: "choice", standard, choices: words, life });
}

/**
 * Text that `read` understands; what it gives is the value. `read` throws SyntaxError or RangeError for anything else, and
 * the admin sees `allowed`.
 */
export function text<T>(allowed: string, read: (text: string) => T) {
  return z.string({ error: allowed }).transform((value, context): T => {
    try {
      return read(value);
    } catch (error) {
      if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
      context.addIssue({ code: "custom", message: allowed, input: value });
      return z.NEVER;
    }
  });
}

/** A text key with a default, which is written as in the file. */
export function line<T>(
  options: Life & { allowed: string; default: string; help: string; read: (text: string) => T },
) {
  const { allowed, default: standard, help } = options;
  const schema = text(allowed, options.read).prefault(standard);
  return note(schema, {
    help,
    allowed,
    default: JSON.stringify(standard),
    kind: "text",
    standard,
    life: lifeOf(options),
  });
}

/** A list of text. */
export function lines<T>(
  options: Life & { allowed: string; max: number; default: string[]; help: string; read: (text: string) => T },
) {
  const { default: standard, help } = options;
  const allowed = `a list of at most ${options.max}: ${options.allowed}`;
  const schema = z.array(text(options.allowed, options.read), { error: allowed }).max(options.max, allowed)
    .prefault(standard);
  return note(schema, {
    help,
    allowed,
    default: JSON.stringify(standard),
    kind: "lines",
    standard,
    life: lifeOf(options),
  });
}

/** A table whose keys the admin chooses, each with a whole number. `key` reads a key as `text` does. */
export function numbers(
  options: Life & { allowed: string; max: number; most: number; help: string; key: (text: string) => string },
) {
  const { allowed, max, most, help, key } = options;
  const number = z.int({ error: allowed }).min(0, allowed).max(max, allowed);
  const schema = z.record(z.string(), number, { error: allowed }).transform((table, context) => {
    try {
      const entries = Object.entries(table).map(([name, value]) => [key(name), value] as const);
      if (entries.length <= most) return Object.fromEntries(entries);
    } catch (error) {
      if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
    }
    context.addIssue({ code: "custom", message: allowed, input: table });
    return z.NEVER;
  }).default({});
  return note(schema, { help, allowed, default: "{}", kind: "table", standard: {}, life: lifeOf(options) });
}

/** An area of the file: known keys only, each with its default. */
export function table<S extends z.ZodRawShape>(shape: S, help: string) {
  const allowed = "a table";
  return note(z.strictObject(shape, { error: tableError(allowed) }).prefault({} as never), { help, allowed });
}

/** Tables that repeat (`[[name]]`); together one setting. */
export function tables<S extends z.ZodRawShape>(shape: S, max: number, help: string, life: Life = {}) {
  const allowed = `at most ${max} tables`;
  const schema = z.array(z.strictObject(shape, { error: tableError("a table") }), { error: allowed }).max(max, allowed)
    .default([]);
  return note(schema, { help, allowed, default: "[]", kind: "tables", standard: [], life });
}

/** A key that must be set where its table is. */
export function required<T>(options: { allowed: string; help: string; read: (text: string) => T }) {
  return note(text(options.allowed, options.read), { help: options.help, allowed: options.allowed });
}

function lifeOf({ apply, risky, locked, words }: Life): Life {
  return { apply, risky, locked, words };
}

// Unknown keys are told by `explain`, which needs their names and so the message that zod makes itself.
function tableError(allowed: string) {
  return (issue: { code?: string }) => issue.code === "unrecognized_keys" ? undefined : allowed;
}
