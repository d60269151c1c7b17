import { nearest } from "../config.ts";

/** The command line cannot be understood: one line on standard error, the usage under it, exit code 2. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UsageError";
  }
}

/** A flag of a command: what its value is called, or null where it takes none. */
export type Flags = Readonly<Record<string, { readonly value: string | null; readonly help: string }>>;

/** Flags that every command knows. */
export const COMMON_FLAGS: Flags = {
  data: { value: "DIR", help: "data folder (default: PARLEY_DATA, or ./data)" },
  config: { value: "FILE", help: "settings (default: PARLEY_CONFIG, or parley.toml in the data folder)" },
  json: { value: null, help: "answer in JSON" },
  help: { value: null, help: "say how this command is used" },
};

/** A command line taken apart. */
export class Arguments {
  readonly words: readonly string[];
  readonly #values: ReadonlyMap<string, string>;

  constructor(words: readonly string[], values: ReadonlyMap<string, string>) {
    this.words = words;
    this.#values = values;
  }

  /** The value of `--name`; undefined when it was not given. */
  value(name: string): string | undefined {
    return this.#values.get(name);
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** `--name` as a whole number; throws UsageError for anything else. */
  number(name: string, standard: number, min: number, max: number): number {
    const text = this.#values.get(name);
    if (text === undefined) return standard;
    const value = /^[0-9]{1,9}$/.test(text) ? Number(text) : NaN;
    if (!(value >= min && value <= max)) {
      throw new UsageError(`--${name} is "${text}"; allowed: a whole number from ${min} to ${max}`);
    }
    return value;
  }
}

/**
 * Takes `args` apart: `--name value`, `--name=value`, `--switch`, words, and `--` before words that begin with a hyphen.
 * Throws UsageError for a flag that is unknown, given twice, or without its value.
 */
export function parseArguments(args: readonly string[], flags: Flags): Arguments {
  const known: Flags = { ...COMMON_FLAGS, ...flags };
  const words: string[] = [];
  const values = new Map<string, string>();
  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    if (arg === "--") {
      words.push(...args.slice(i + 1));
      break;
    }
    if (arg === "-h") {
      values.set("help", "");
      continue;
    }
    if (!arg.startsWith("--")) {
      words.push(arg);
      continue;
    }
    const equals = arg.indexOf("=");
    const name = arg.slice(2, equals < 0 ? undefined : equals);
    const flag = Object.hasOwn(known, name) ? known[name] : undefined;
    if (flag === undefined) {
      const near = nearest(name.replaceAll("-", "_"), Object.keys(known).map((key) => key.replaceAll("-", "_")));
      throw new UsageError(
        `unknown flag --${name}${near === undefined ? "" : `; did you mean --${near.replaceAll("_", "-")}?`}`,
      );
    }
    if (values.has(name)) throw new UsageError(`--${name} is given twice`);
    if (flag.value === null) {
      if (equals >= 0) throw new UsageError(`--${name} takes no value`);
      values.set(name, "");
    } else if (equals >= 0) {
      values.set(name, arg.slice(equals + 1));
    } else {
      if (i + 1 >= args.length) throw new UsageError(`--${name} needs a value: --${name} ${flag.value}`);
      values.set(name, args[++i]);
    }
  }
  return new Arguments(words, values);
}
