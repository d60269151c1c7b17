import type { z } from "zod";
import { shapeOf, unwrapped } from "./explain.ts";
import { type FieldNotes, notesOf, type SettingKind } from "./notes.ts";
import { schema } from "./schema.ts";

/** One setting: a key that has one value. */
export interface Setting {
  /** `pager.max_body`; `peer` for all its tables. */
  readonly key: string;
  readonly path: readonly string[];
  readonly kind: SettingKind;
  readonly notes: FieldNotes;
  readonly live: boolean;
  readonly risky: boolean;
  /** Why only file and environment set it; "" where the console may. */
  readonly locked: string;
}

/** One row of the reference. */
export interface ReferenceRow {
  readonly key: string;
  readonly help: string;
  readonly allowed: string;
  readonly default: string;
  /** How a change takes effect; "" for an area. */
  readonly change: string;
}

/** Every setting by its key, in the order of the schema. */
export const SETTINGS: ReadonlyMap<string, Setting> = settingsOf(schema, []);

/** The keys at a place: areas and settings at the top, or the settings of an area. Empty where there is no such area. */
export function keysIn(area: string): string[] {
  const shape = shapeOf(schema);
  if (area === "") return Object.keys(shape);
  return Object.hasOwn(shape, area) ? Object.keys(shapeOf(unwrapped(shape[area]))) : [];
}

function settingsOf(at: z.ZodType, path: readonly string[]): Map<string, Setting> {
  const found = new Map<string, Setting>();
  for (const [name, field] of Object.entries(shapeOf(unwrapped(at)))) {
    const own = [...path, name];
    const key = own.join(".");
    const notes = notedBy(field, key);
    if (notes.kind === undefined) {
      for (const [inner, setting] of settingsOf(field, own)) found.set(inner, setting);
      continue;
    }
    const { apply = "restart", risky = false, locked = "" } = notes.life ?? {};
    found.set(key, { key, path: own, kind: notes.kind, notes, live: apply === "live", risky, locked });
  }
  return found;
}

/** Every key in order, areas before what is in them, for docs/operations.md. */
export function reference(at: z.ZodType = schema, path: readonly string[] = [], change = ""): ReferenceRow[] {
  const rows: ReferenceRow[] = [];
  for (const [name, field] of Object.entries(shapeOf(unwrapped(at)))) {
    const own = [...path, name];
    const key = own.join(".");
    const { help, allowed, kind, default: standard } = notedBy(field, key);
    const inner = unwrapped(field);
    const element = (inner.def as unknown as { element?: z.ZodType }).element;
    const setting = SETTINGS.get(key);
    const how = setting === undefined ? change : changeText(setting);
    if (kind === undefined && Object.keys(shapeOf(inner)).length > 0) {
      rows.push({ key: `[${key}]`, help, allowed: "", default: "", change: "" }, ...reference(inner, own));
    } else if (kind === "tables" && element !== undefined) {
      rows.push({ key: `[[${key}]]`, help, allowed: "", default: "", change: "" }, ...reference(element, own, how));
    } else {
      rows.push({ key, help, allowed, default: standard ?? "(must be set)", change: how });
    }
  }
  return rows;
}

function changeText({ live, risky, locked }: Setting): string {
  if (locked !== "") return "file or environment";
  return live ? "at once" : risky ? "restart, to be confirmed" : "restart";
}

function notedBy(field: z.ZodType, key: string): FieldNotes {
  const notes = notesOf(field);
  if (notes === undefined) throw new TypeError(`${key} has no notes`);
  return notes;
}
