import { parse, TomlError } from "smol-toml";
import { ConfigError } from "./config_error.ts";
import { valueText } from "./explain.ts";

/** The environment as the config reads it; `Deno.env.toObject()` or a part of it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What file and environment say, not yet checked. */
export interface WrittenSettings {
  /** As parsed; a fresh one at each call, the environment in the place of the file. */
  root(): Record<string, unknown>;
  /** The variable that sets a key; "" where none does. */
  variableOf(key: string): string;
  /** Whether the file sets it, the environment aside. */
  inFile(path: readonly string[]): boolean;
}

/** Reads the text of a settings file and the environment. Throws ConfigError. */
export function writtenSettings(text: string, file: string, environment: Environment): WrittenSettings {
  const parsed = parsedToml(text, file);
  const set = fromEnvironment(environment);
  return {
    root() {
      const root: Record<string, unknown> = { ...parsed };
      for (const [key, { value }] of set) place(root, key.split("."), value);
      return root;
    },
    variableOf: (key) => set.get(key)?.variable ?? "",
    inFile(path) {
      let at: unknown = parsed;
      for (const step of path) {
        if (typeof at !== "object" || at === null || !Object.hasOwn(at, step)) return false;
        at = (at as Record<string, unknown>)[step];
      }
      return true;
    },
  };
}

/**
 * Puts a value where it stands in the file; tables on the way are copied, not changed. What is no table and should be one is
 * left: it is told as a mistake.
 */
export function place(root: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [first, ...rest] = path;
  if (rest.length === 0) {
    root[first] = value;
    return;
  }
  const inner = root[first] ?? {};
  if (typeof inner !== "object" || Array.isArray(inner)) return;
  const copy: Record<string, unknown> = { ...inner };
  place(copy, rest, value);
  root[first] = copy;
}

function parsedToml(text: string, file: string): Record<string, unknown> {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [said] = error.message.replace(/^Invalid TOML document: /, "").split("\n");
    const found = text.split("\n")[error.line - 1]?.trim() ?? "";
    throw new ConfigError(
      `${file}: line ${error.line}, column ${error.column}: ${said}; found ${valueText(found)}; allowed: TOML`,
    );
  }
}

function fromEnvironment(environment: Environment): Map<string, { variable: string; value: string }> {
  const { PARLEY_DOMAIN: domain, PARLEY_LOG: log } = environment;
  const set = new Map<string, { variable: string; value: string }>();
  if (domain) set.set("domain", { variable: "PARLEY_DOMAIN", value: domain });
  for (const word of log ? log.split(",") : []) {
    const key = ["json", "pretty"].includes(word) ? "format" : "level";
    if (key === "level" && !["debug", "info", "warn", "error"].includes(word)) {
      const allowed = "debug, info, warn or error, json or pretty, or both with a comma";
      throw new ConfigError(`environment: PARLEY_LOG is ${valueText(log)}; allowed: ${allowed}`);
    }
    set.set(`log.${key}`, { variable: "PARLEY_LOG", value: word });
  }
  return set;
}
