import { z } from "zod";
import type { Overlay } from "./setting_sources.ts";

/** What happened to one overlay value; absent: none, the default holds. */
export interface StoredChange {
  readonly key: string;
  readonly from?: unknown;
  readonly to?: unknown;
}

/** One change of the console. */
export interface StoredVersion {
  readonly version: number;
  readonly at: number;
  readonly by: string;
  readonly changes: readonly StoredChange[];
  readonly state: "confirmed" | "candidate" | "reverted";
  readonly why: string;
}

/**
 * What the console has set, as it is stored: one value, so that a crash leaves one truth. A candidate is the newest version of
 * the history and nothing else; `values` are the confirmed ones until it is confirmed.
 */
export interface StoredSettings {
  readonly version: number;
  readonly values: Overlay;
  readonly changed: Readonly<Record<string, { readonly at: number; readonly by: string }>>;
  /** Newest first. */
  readonly history: readonly StoredVersion[];
}

export const NO_SETTINGS: StoredSettings = { version: 0, values: {}, changed: {}, history: [] };

const MAX_VERSIONS = 100;
/** Of the whole as JSON; a setting of the store has at most 60,000. */
const MAX_OCTETS = 56_000;
/** Of the values: they stand in it once by themselves and twice in a change of all of them. */
export const MAX_VALUE_OCTETS = 16_000;
const MAX_WHY = 300;

const values = z.record(z.string(), z.unknown());
const changed = z.record(z.string(), z.object({ at: z.number(), by: z.string() }));
const version = z.object({
  version: z.int().min(1),
  at: z.number(),
  by: z.string(),
  changes: z.array(z.object({ key: z.string(), from: z.unknown().optional(), to: z.unknown().optional() })),
  state: z.enum(["confirmed", "candidate", "reverted"]),
  why: z.string(),
});
const whole = z.object({ version: z.int().min(0), values, changed, history: z.array(version) });
const parts = z.object({
  version: z.int().min(0).catch(0),
  values: values.catch({}),
  changed: changed.catch({}),
  history: z.array(version).catch([]),
});

/** Reads what was stored. Where it is not understood, `problem` says so, and what can be understood is given. */
export function readStored(stored: unknown): { readonly stored: StoredSettings; readonly problem: string | null } {
  if (stored === undefined) return { stored: NO_SETTINGS, problem: null };
  const read = whole.safeParse(stored);
  if (read.success) return { stored: read.data, problem: null };
  const where = read.error.issues[0].path.join(".") || "the whole";
  const problem = `the settings that the console keeps are damaged at ${where}; what can be read of them is in force`;
  const some = parts.safeParse(stored);
  return { stored: some.success ? some.data : NO_SETTINGS, problem };
}

/** The change that waits to be confirmed. */
export function candidateOf({ history }: StoredSettings): StoredVersion | null {
  return history.length > 0 && history[0].state === "candidate" ? history[0] : null;
}

/** The values with the candidate's among them. */
export function candidateValues(stored: StoredSettings): Overlay {
  const candidate = candidateOf(stored);
  return candidate === null ? stored.values : applied(stored.values, candidate.changes);
}

/** A new version: confirmed at once, or a candidate. */
export function withChange(
  stored: StoredSettings,
  { at, by, changes, state }: Pick<StoredVersion, "at" | "by" | "changes"> & { state: "confirmed" | "candidate" },
): StoredSettings {
  const entry: StoredVersion = { version: stored.version + 1, at, by, changes, state, why: "" };
  const next = { ...stored, version: entry.version, history: [entry, ...stored.history] };
  return trimmed(state === "confirmed" ? kept(next, entry) : next);
}

/** The candidate is confirmed: its values stay. */
export function confirmed(stored: StoredSettings): StoredSettings {
  const [candidate, ...older] = stored.history;
  const entry: StoredVersion = { ...candidate, state: "confirmed" };
  return trimmed(kept({ ...stored, history: [entry, ...older] }, entry));
}

/** The candidate is given up. The version grows: who has seen the candidate's values has seen others than those in force. */
export function reverted(stored: StoredSettings, why: string): StoredSettings {
  const [candidate, ...older] = stored.history;
  const entry: StoredVersion = { ...candidate, state: "reverted", why: why.slice(0, MAX_WHY) };
  return trimmed({ ...stored, version: stored.version + 1, history: [entry, ...older] });
}

/** The values as of a version, 0 for before the first; null where the history does not reach back, or it was reverted. */
export function valuesAsOf({ values, history }: StoredSettings, version: number): Overlay | null {
  const known = version === 0
    ? history.length === 0 || history.at(-1)!.version === 1
    : history.some((entry) => entry.version === version && entry.state === "confirmed");
  if (!known) return null;
  let at = values;
  for (const entry of history) {
    if (entry.version <= version) break;
    if (entry.state !== "confirmed") continue;
    at = applied(at, entry.changes.map(({ key, from }) => from === undefined ? { key } : { key, to: from }));
  }
  return at;
}

/** Octets of a value as JSON. */
export function octetsOf(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}

/** `values` with the changes made. */
export function applied(values: Overlay, changes: readonly StoredChange[]): Overlay {
  const next: Record<string, unknown> = { ...values };
  for (const { key, to } of changes) {
    if (to === undefined) delete next[key];
    else next[key] = to;
  }
  return next;
}

function kept(stored: StoredSettings, { at, by, changes }: StoredVersion): StoredSettings {
  const marks = Object.fromEntries(changes.map(({ key }) => [key, { at, by }]));
  return { ...stored, values: applied(stored.values, changes), changed: { ...stored.changed, ...marks } };
}

/** The oldest versions go where there are too many, or where they take too much room. */
function trimmed(stored: StoredSettings): StoredSettings {
  const history = stored.history.slice(0, MAX_VERSIONS);
  while (history.length > 1 && octetsOf({ ...stored, history }) > MAX_OCTETS) history.pop();
  return { ...stored, history };
}
