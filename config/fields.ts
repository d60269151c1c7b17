import { z } from "zod";

/** What the reference in docs/operations.md says about a key. Kept with the schema, so that the two cannot differ. */
export interface FieldNotes {
  readonly help: string;
  /** What may stand there, in words. It is also the end of the error message. */
  readonly allowed: string;
  /** As TOML; absent where the key stands for nothing until it is set. */
  readonly default?: string;
}

/** The notes of a field; undefined for a schema that was not made here. */
export function notesOf(schema: z.ZodType): FieldNotes | undefined {
  return schema.meta() as unknown as FieldNotes | undefined;
}

function note<S extends z.ZodType>(schema: S, notes: FieldNotes): S {
  return schema.meta(notes as unknown as Record<string, unknown>) as S;
}

/** A whole number. `unit` is part of what is allowed: "seconds", "octets". */
export function count(options: { min: number; max: number; default: number; unit?: string; help: string }) {
  const unit = options.unit === undefined ? "" : ` (${options.unit})`;
  const allowed = `a whole number from ${options.min} to ${options.max}${unit}`;
  const schema = z.int({ error: allowed }).min(options.min, allowed).max(options.max, allowed).default(options.default);
  return note(schema, { help: options.help, allowed, default: `${options.default}` });
}

/** true or false. */
export function flag(standard: boolean, help: string) {
  const allowed = "true or false";
  return note(z.boolean({ error: allowed }).default(standard), { help, allowed, default: `${standard}` });
}

/** One of a few words. */
export function oneOf<const W extends readonly string[]>(words: W, standard: W[number], help: string) {
  const allowed = words.map((word) => `"${word}"`).join(" or ");
  const schema = z.enum(words, { error: allowed }).default(standard as never);
  return note(schema, { help, allowed, default: `"${standard}"` });
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
export function line<T>(options: { allowed: string; default: string; help: string; read: (text: string) => T }) {
  const schema = text(options.allowed, options.read).prefault(options.default);
  return note(schema, { help: options.help, allowed: options.allowed, default: JSON.stringify(options.default) });
}

/** A list of text. */
export function lines<T>(
  options: { allowed: string; max: number; default: string[]; help: string; read: (text: string) => T },
) {
  const allowed = `a list of at most ${options.max}: ${options.allowed}`;
  const schema = z.array(text(options.allowed, options.read), { error: allowed }).max(options.max, allowed)
    .prefault(options.default);
  return note(schema, { help: options.help, allowed, default: JSON.stringify(options.default) });
}

/** A table of the file: known keys only, each with its default. */
export function table<S extends z.ZodRawShape>(shape: S, help: string) {
  const allowed = "a table";
  return note(z.strictObject(shape, { error: tableError(allowed) }).prefault({} as never), { help, allowed });
}

/** Tables that repeat (`[[name]]`). */
export function tables<S extends z.ZodRawShape>(shape: S, max: number, help: string) {
  const allowed = `at most ${max} tables`;
  const schema = z.array(z.strictObject(shape, { error: tableError("a table") }), { error: allowed }).max(max, allowed)
    .default([]);
  return note(schema, { help, allowed, default: "[]" });
}

/** A key that must be set where its table is. */
export function required<T>(options: { allowed: string; help: string; read: (text: string) => T }) {
  return note(text(options.allowed, options.read), { help: options.help, allowed: options.allowed });
}

// Unknown keys are told by `explain`, which needs their names and so the message that zod makes itself.
function tableError(allowed: string) {
  return (issue: { code?: string }) => issue.code === "unrecognized_keys" ? undefined : allowed;
}
