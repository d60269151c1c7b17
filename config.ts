/**
 * The settings of the box: parley.toml, the environment, and the defaults, as one validated value. A mistake is one line
 * that names the file, the key, the value found and what is allowed.
 */
import { isAbsolute, join, resolve } from "node:path";
import { parse, TomlError } from "smol-toml";
import { explain, keyText, reference, type ReferenceRow, valueAt, valueText } from "./config/explain.ts";
import { clashes, schema, type Settings } from "./config/schema.ts";

export type { HostPort, Listen, MsrpListen, SipListen, WebListen } from "./config/readers.ts";
export type { Settings } from "./config/schema.ts";
export { nearest } from "./config/explain.ts";

/** What the admin must mend before the box starts. The message is one line. */
export class ConfigError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ConfigError";
  }
}

/** Settings as the box uses them: paths absolute, domains together. */
export interface Config extends Omit<Settings, "domains"> {
  /** The file they came from; "" where there is none. */
  readonly file: string;
  /** The data folder, absolute. */
  readonly data: string;
  /** Every domain served, the default one first; lower-case, each once. */
  readonly domains: readonly string[];
}

/** The environment as the config reads it; `Deno.env.toObject()` or a part of it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Variables that are read, for the permissions and the documentation. */
export const ENVIRONMENT = {
  PARLEY_CONFIG: "The settings file; `--config` goes before it.",
  PARLEY_DATA: "The data folder; `--data` goes before it.",
  PARLEY_DOMAIN: "Takes the place of `domain`.",
  PARLEY_LOG: "Takes the place of `[log]`: a level, a format, or both with a comma (`debug,json`).",
} as const;

/** Where the config is looked for. */
export interface ConfigSource {
  /** `--config`, or undefined. */
  readonly config?: string;
  /** `--data`, or undefined. */
  readonly data?: string;
  readonly environment: Environment;
  /** For relative `--config` and `--data`. */
  readonly cwd: string;
  /** Gives a file's text; null where it does not exist. May throw for other reasons. */
  readonly readText: (path: string) => string | null;
}

/** The data folder that a command line and an environment mean. */
export function dataFolder({ data, environment, cwd }: Pick<ConfigSource, "data" | "environment" | "cwd">): string {
  return resolve(cwd, data ?? (environment.PARLEY_DATA || "data"));
}

/**
 * Reads and checks the settings. The file is `--config`, else PARLEY_CONFIG, else `parley.toml` in the data folder where
 * there is one, else none. Throws ConfigError.
 */
export function readConfig(source: ConfigSource): Config {
  const { environment, cwd } = source;
  const data = dataFolder(source);
  const named = source.config ?? (environment.PARLEY_CONFIG || undefined);
  const file = named === undefined ? join(data, "parley.toml") : resolve(cwd, named);
  let text: string | null;
  try {
    text = source.readText(file);
  } catch (error) {
    throw new ConfigError(`${file}: cannot be read: ${(error as Error).message}`);
  }
  if (text === null && named !== undefined) throw new ConfigError(`${file}: no such file`);
  return parseConfig(text ?? "", { file: text === null ? "" : file, data, environment });
}

/** Checks the text of a settings file. Throws ConfigError. */
export function parseConfig(text: string, at: { file: string; data: string; environment?: Environment }): Config {
  const { file, data, environment = {} } = at;
  const root = withEnvironment(parsedToml(text, file), environment);
  const result = schema.safeParse(root);
  if (!result.success) {
    const [first] = result.error.issues;
    throw mistake(file, explain(first, root, schema), result.error.issues.length);
  }
  const settings = result.data;
  const [clash] = clashes(settings);
  if (clash !== undefined) {
    const value = valueText(valueAt(root, clash.path) ?? valueAt(settings, clash.path));
    throw mistake(file, `${keyText(clash.path)} is ${value}; allowed: ${clash.allowed}`, 1);
  }
  const { storage, tls } = settings;
  const place = (path: string) => path === "" || /^https?:/i.test(path) || isAbsolute(path) ? path : join(data, path);
  return {
    ...settings,
    file,
    data,
    domains: [...new Set([settings.domain, ...settings.domains])],
    storage: { kv: place(storage.kv), key_file: place(storage.key_file) },
    tls: { ...tls, certificate: place(tls.certificate), key: place(tls.key), ca: place(tls.ca) },
  };
}

/** Every key with what it means, for docs/operations.md. */
export function configReference(): ReferenceRow[] {
  return reference(schema);
}

function mistake(file: string, what: string, count: number): ConfigError {
  const more = count > 1 ? ` (the first of ${count} mistakes)` : "";
  return new ConfigError(`${file || "settings"}: ${what}${more}`);
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

function withEnvironment(root: Record<string, unknown>, environment: Environment): Record<string, unknown> {
  const { PARLEY_DOMAIN: domain, PARLEY_LOG: log } = environment;
  const merged: Record<string, unknown> = { ...root };
  if (domain) merged.domain = domain;
  for (const word of log ? log.split(",") : []) {
    const key = ["json", "pretty"].includes(word) ? "format" : "level";
    if (key === "level" && !["debug", "info", "warn", "error"].includes(word)) {
      const allowed = "debug, info, warn or error, json or pretty, or both with a comma";
      throw new ConfigError(`environment: PARLEY_LOG is ${valueText(log)}; allowed: ${allowed}`);
    }
    merged.log = { ...(merged.log as object | undefined), [key]: word };
  }
  return merged;
}
