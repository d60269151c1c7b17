/**
 * The settings of the box as one validated value: defaults, what the console has set, parley.toml, the environment, each
 * before the one in front of it. A mistake is one line that names the file, the key, the value found and what is allowed.
 * Here is also who changes them while the box runs: `SettingsKeeper`.
 */
import { join, resolve } from "node:path";
import { reference, type ReferenceRow } from "./config/catalogue.ts";
import type { Config } from "./config/config.ts";
import { ConfigError } from "./config/config_error.ts";
import { type ConfigText, type Overlay, type ResolvedSettings, SettingSources } from "./config/setting_sources.ts";
import type { Environment } from "./config/written_settings.ts";

export type { Config } from "./config/config.ts";
export { ConfigError } from "./config/config_error.ts";
export type { HostPort, Listen, MsrpListen, SipListen, WebListen } from "./config/readers.ts";
export { listenReader } from "./config/readers.ts";
export { mediaDoors } from "./config/media_doors.ts";
export type { Settings } from "./config/schema.ts";
export { nearest } from "./config/explain.ts";
export type { Environment } from "./config/written_settings.ts";
export type { ConfigText, Overlay, ResolvedSettings, SettingProblem } from "./config/setting_sources.ts";
export type { ReferenceRow } from "./config/catalogue.ts";
export * from "./config/settings_service.ts";
export type { SettingsHandover, SettingsKeeperOptions, SettingsStore } from "./config/keeper_options.ts";
export { SettingsKeeper } from "./config/settings_keeper.ts";

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
 * Finds the settings file and reads it: `--config`, else PARLEY_CONFIG, else `parley.toml` in the data folder where there is
 * one, else none. Throws ConfigError.
 */
export function readConfigText(source: ConfigSource): ConfigText {
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
  return { text: text ?? "", file: text === null ? "" : file, data, environment };
}

/** Reads and checks the settings of file and environment. Throws ConfigError. */
export function readConfig(source: ConfigSource): Config {
  const { text, ...at } = readConfigText(source);
  return parseConfig(text, at);
}

/** Checks the text of a settings file. Throws ConfigError; what is wrong with the overlay is left out without a word. */
export function parseConfig(text: string, at: Omit<ConfigText, "text"> & { readonly overlay?: Overlay }): Config {
  return resolveConfig(text, at).config;
}

/** As `parseConfig`, with the origin of every value and what was left out of the overlay. Throws ConfigError. */
export function resolveConfig(
  text: string,
  { overlay = {}, ...at }: Omit<ConfigText, "text"> & { readonly overlay?: Overlay },
): ResolvedSettings {
  return new SettingSources({ ...at, text }).with(overlay);
}

/** Every key with what it means, for docs/operations.md. */
export function configReference(): ReferenceRow[] {
  return reference();
}
