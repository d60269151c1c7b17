import type { z } from "zod";

/** How a value looks in a form. */
export type SettingKind = "number" | "flag" | "choice" | "text" | "lines" | "table" | "tables";

/** How a setting lives: when a change takes effect, and what the console may do. */
export interface Life {
  /** `live`: whoever uses it reads it at each use. Default: with the next start of the service. */
  readonly apply?: "live" | "restart";
  /** Can lock the admin out, or keep the box from starting: a change must be confirmed. Default false. */
  readonly risky?: boolean;
  /** Why only file and environment can set it; absent where the console can. */
  readonly locked?: string;
  /** Further words by which it is searched. */
  readonly words?: string;
}

/** What error messages, the reference in docs/operations.md, REST and the console say about a key: one source, so that they agree. */
export interface FieldNotes {
  readonly help: string;
  /** What may stand there, in words. It is also the end of the error message. */
  readonly allowed: string;
  /** As TOML; absent where the key stands for nothing until it is set. */
  readonly default?: string;
  /** Absent for an area (a table of keys). */
  readonly kind?: SettingKind;
  /** The default as it would stand in the file, as JSON. */
  readonly standard?: unknown;
  /** "seconds", "octets"; absent where it is a plain number or none. */
  readonly unit?: string;
  /** The words of a choice. */
  readonly choices?: readonly string[];
  readonly life?: Life;
}

/** The notes of a field; undefined for a schema that was not made by fields.ts. */
export function notesOf(schema: z.ZodType): FieldNotes | undefined {
  return schema.meta() as unknown as FieldNotes | undefined;
}

/** The field with its notes. */
export function note<S extends z.ZodType>(schema: S, notes: FieldNotes): S {
  return schema.meta(notes as unknown as Record<string, unknown>) as S;
}
