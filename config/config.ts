import type { Settings } from "./schema.ts";

/** Settings as the box uses them: paths absolute, domains together. */
export interface Config extends Omit<Settings, "domains"> {
  /** The file they came from; "" where there is none. */
  readonly file: string;
  /** The data folder, absolute. */
  readonly data: string;
  /** Every domain served, the default one first; lower-case, each once. */
  readonly domains: readonly string[];
}
