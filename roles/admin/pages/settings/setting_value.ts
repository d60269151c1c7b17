import { parse, stringify, TomlError } from "smol-toml";
import type { SettingRow } from "../../services/mod.ts";

/** A setting's name and kind: all that its text form depends on. */
export type SettingShape = Pick<SettingRow, "key" | "kind">;

/** What a form said about a setting: a value for REST to judge, or why it is none. `line`: from 1, where it is known. */
export type ReadSetting = { readonly value: unknown } | { readonly error: "number" | "toml"; readonly line: number };

/** A value as it stands in an input: lines one under the other, tables as TOML, a flag as a checkbox has it ("on" or ""). */
export function settingText({ key, kind }: SettingShape, value: unknown): string {
  switch (kind) {
    case "lines":
      return Array.isArray(value) ? value.join("\n") : "";
    case "table":
      return isTable(value) && Object.keys(value).length > 0 ? stringify(value).trim() : "";
    case "tables":
      return Array.isArray(value) && value.length > 0 ? stringify({ [lastOf(key)]: value }).trim() : "";
    case "flag":
      return value === true ? "on" : "";
    default:
      return value === null || value === undefined ? "" : String(value);
  }
}

/** Reads what was typed. What is allowed is not judged here: that is REST's. */
export function readSetting({ key, kind }: SettingShape, typed: string): ReadSetting {
  switch (kind) {
    case "number": {
      const text = typed.trim();
      return /^[+-]?\d{1,15}(?:\.\d{1,9})?$/.test(text) ? { value: Number(text) } : { error: "number", line: 0 };
    }
    case "flag":
      return { value: typed !== "" };
    case "lines":
      return { value: typed.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== "") };
    case "table":
      return readToml(typed, (root) => root);
    case "tables":
      return readToml(typed, (root) => root[lastOf(key)] ?? []);
    default:
      return { value: typed.trim() };
  }
}

/** Whether two values of a setting are the same, whatever the order of keys in a table. */
export function sameValue(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

function readToml(typed: string, pick: (root: Record<string, unknown>) => unknown): ReadSetting {
  try {
    return { value: pick(parse(typed)) };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    return { error: "toml", line: error.line };
  }
}

function canonical(value: unknown): string {
  return JSON.stringify(
    value,
    (_, inner) => isTable(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => a < b ? -1 : 1)) : inner,
  ) ?? "null";
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function lastOf(key: string): string {
  return key.slice(key.lastIndexOf(".") + 1);
}
