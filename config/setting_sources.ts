import { isAbsolute, join } from "node:path";
import { keysIn, type Setting, SETTINGS } from "./catalogue.ts";
import { type Clash, clashes } from "./clashes.ts";
import type { Config } from "./config.ts";
import { ConfigError } from "./config_error.ts";
import { explain, notAllowed, unknownKey, valueAt } from "./explain.ts";
import { schema, type Settings } from "./schema.ts";
import type { SettingOrigin } from "./settings_service.ts";
import { type Environment, place, type WrittenSettings, writtenSettings } from "./written_settings.ts";

/** What the console has set: values as they would stand in the file, by key. */
export type Overlay = Readonly<Record<string, unknown>>;

/** A value of the console that is not in force, or another thing that is wrong with its settings. */
export interface SettingProblem {
  /** "" where it is not about one setting. */
  readonly key: string;
  readonly message: string;
}

/** Where settings come from. */
export interface ConfigText {
  readonly text: string;
  /** For messages; "" where there is no file. */
  readonly file: string;
  /** The data folder, absolute. */
  readonly data: string;
  readonly environment?: Environment;
}

/** Settings with their origins. */
export interface ResolvedSettings {
  readonly config: Config;
  /** What the overlay had that is left out, and why. */
  readonly problems: readonly SettingProblem[];
  /** The part of the overlay that is in force. */
  readonly used: Overlay;
  originOf(key: string): SettingOrigin;
  /** As it would stand in the file, the default where nothing sets it. */
  valueOf(key: string): unknown;
}

/** File and environment, read once; the console's overlay joins them. default < console < file < environment. */
export class SettingSources {
  readonly #at: ConfigText;
  readonly #written: WrittenSettings;

  /** Throws ConfigError where file or environment is wrong, with the first mistake. */
  constructor(at: ConfigText) {
    this.#at = at;
    this.#written = writtenSettings(at.text, at.file, at.environment ?? {});
    const root = this.#written.root();
    const result = schema.safeParse(root);
    if (!result.success) {
      const { issues } = result.error;
      throw this.#mistake(explain(issues[0], root, schema), issues.length);
    }
    const [clash] = clashes(result.data);
    if (clash !== undefined) throw this.#mistake(clashText(clash, root, result.data), 1);
  }

  /** The file or the variable that sets a key, with its origin; null where the console may. */
  lockOf({ key, path }: Setting): { readonly origin: "file" | "environment"; readonly by: string } | null {
    const variable = this.#written.variableOf(key);
    if (variable !== "") return { origin: "environment", by: variable };
    return this.#written.inFile(path) ? { origin: "file", by: this.#at.file || "the settings file" } : null;
  }

  /**
   * The settings with what the console has set. Never throws: an overlay value that is not understood, or does not go with the
   * others, is left out and reported.
   */
  with(overlay: Overlay): ResolvedSettings {
    const problems: SettingProblem[] = [];
    const used: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(overlay)) {
      const fault = this.faultOf(key, value);
      const setting = SETTINGS.get(key);
      if (fault !== null) problems.push({ key, message: fault });
      else if (setting !== undefined && this.lockOf(setting) === null) used[key] = value;
    }
    for (;;) {
      const { root, settings, clashes: [clash] } = this.#joined(used);
      if (clash === undefined) return this.#resolved(root, settings, used, problems);
      const text = clashText(clash, root, settings);
      // File and defaults go together, so that at least one of them is of the overlay.
      for (const key of keysOf(clash)) {
        if (!Object.hasOwn(used, key)) continue;
        delete used[key];
        problems.push({ key, message: text });
      }
    }
  }

  /** What is wrong with an overlay value alone, in the words of the file's mistakes; null where nothing is. */
  faultOf(key: string, value: unknown): string | null {
    const setting = SETTINGS.get(key);
    if (setting === undefined) return unknownText(key);
    if (setting.locked !== "") return `${key} is set in the settings file only: ${setting.locked}`;
    const root: Record<string, unknown> = {};
    place(root, setting.path, value);
    const result = schema.safeParse(root);
    return result.success ? null : explain(result.error.issues[0], root, schema);
  }

  /** Rules that values break together; each value was found good alone. */
  clashesOf(overlay: Overlay): { readonly keys: readonly string[]; readonly message: string }[] {
    const { root, settings, clashes: found } = this.#joined(overlay);
    return found.map((clash) => ({ keys: keysOf(clash), message: clashText(clash, root, settings) }));
  }

  #joined(overlay: Overlay): { root: Record<string, unknown>; settings: Settings; clashes: Clash[] } {
    const root = this.#written.root();
    for (const [key, value] of Object.entries(overlay)) place(root, SETTINGS.get(key)!.path, value);
    const settings = schema.parse(root);
    return { root, settings, clashes: clashes(settings) };
  }

  #resolved(
    root: Record<string, unknown>,
    settings: Settings,
    used: Overlay,
    problems: readonly SettingProblem[],
  ): ResolvedSettings {
    return {
      config: this.#config(settings),
      problems,
      used,
      originOf: (key) => {
        const lock = this.lockOf(settingOf(key));
        return lock?.origin ?? (Object.hasOwn(used, key) ? "console" : "default");
      },
      valueOf: (key) => {
        const { path, notes } = settingOf(key);
        return valueAt(root, path) ?? notes.standard;
      },
    };
  }

  #config(settings: Settings): Config {
    const { file, data } = this.#at;
    const { storage, tls } = settings;
    const absolute = (path: string) =>
      path === "" || /^https?:/i.test(path) || isAbsolute(path) ? path : join(data, path);
    return {
      ...settings,
      file,
      data,
      domains: [...new Set([settings.domain, ...settings.domains])],
      storage: { kv: absolute(storage.kv), key_file: absolute(storage.key_file) },
      tls: { ...tls, certificate: absolute(tls.certificate), key: absolute(tls.key), ca: absolute(tls.ca) },
    };
  }

  #mistake(what: string, count: number): ConfigError {
    const more = count > 1 ? ` (the first of ${count} mistakes)` : "";
    return new ConfigError(`${this.#at.file || "settings"}: ${what}${more}`);
  }
}

function settingOf(key: string): Setting {
  const setting = SETTINGS.get(key);
  if (setting === undefined) throw new RangeError(`There is no setting "${key}"`);
  return setting;
}

function keysOf({ path, others }: Clash): string[] {
  return [...new Set([settingAt(path), ...others])];
}

/** The setting in which a place is: `peer` for `peer[0].domain`, `listen.web` for `listen.web[1]`. */
function settingAt(path: Clash["path"]): string {
  const [area, key] = path.map(String);
  return SETTINGS.has(area) ? area : `${area}.${key}`;
}

function clashText({ path, allowed }: Clash, root: unknown, settings: Settings): string {
  return notAllowed(path, valueAt(root, path) ?? valueAt(settings, path), allowed);
}

function unknownText(key: string): string {
  const [area, ...rest] = key.split(".");
  const known = keysIn(area);
  if (rest.length === 0 && known.length > 0) return `${area} is a table; allowed: one of its keys, ${known.join(", ")}`;
  if (rest.length > 0 && known.length > 0) return unknownKey([area, rest.join(".")], known);
  return unknownKey([key], keysIn(""));
}
