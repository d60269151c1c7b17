import { randomHex } from "../../foundation/mod.ts";
import type { KvStore } from "./group_commit.ts";
import { StoreRefusal } from "./refusal.ts";

/** The store's first record: whose it is and how it is laid out. */
export interface Marker {
  readonly application: "parley";
  readonly schema: number;
}

/** One step of the layout. `run` must be safe to repeat: a crash may fall between it and the record that it is done. */
export interface Migration {
  /** The schema version that holds after it. */
  readonly to: number;
  readonly what: string;
  run(kv: KvStore, now: number): Promise<void>;
}

export const MARKER_KEY: Deno.KvKey = ["parley"];

/** All steps, in order. A new store is schema 0 and takes them all, so that old and new stores come the same way. */
export const MIGRATIONS: readonly Migration[] = [
  {
    to: 1,
    what: "the store's own name and age among the settings",
    async run(kv, now) {
      for (const [name, value] of [["store.instance", randomHex(8)], ["store.created", now]] as const) {
        const key = ["settings", name];
        // Only where it is absent: a repetition changes nothing.
        await kv.atomic().check({ key, versionstamp: null }).set(key, value).commit();
      }
    },
  },
  {
    to: 2,
    what: "stored messages may name contents: nothing changes here, but a Parley that does not know them stays out",
    run: () => Promise.resolve(),
  },
  {
    to: 3,
    what:
      "values are sealed with ChaCha20-Poly1305, and conversations are recorded: a Parley that cannot open them stays out",
    run: () => Promise.resolve(),
  },
  {
    to: 4,
    what: "recorded messages take a shorter form: a Parley that would misread them stays out",
    run: () => Promise.resolve(),
  },
];

/** The schema version this program writes. */
export const SCHEMA = MIGRATIONS[MIGRATIONS.length - 1].to;

/**
 * The schema version of a store, -1 for an empty one. Throws StoreRefusal for a store that is not ours or newer than `newest`.
 * Changes nothing.
 */
export async function readSchema(kv: KvStore, store: string, newest = SCHEMA): Promise<number> {
  const { value } = await kv.get<Marker>(MARKER_KEY);
  if (value === null) {
    for await (const { key } of kv.list({ prefix: [] }, { limit: 1 })) {
      const first = JSON.stringify(key[0]);
      throw new StoreRefusal(store, `is a store of another program (it holds ${first}, but not Parley's marker)`);
    }
    return -1;
  }
  if (value.application !== "parley" || !Number.isInteger(value.schema)) {
    throw new StoreRefusal(store, `is a store of another program (its marker is ${JSON.stringify(value)})`);
  }
  if (value.schema > newest) {
    throw new StoreRefusal(
      store,
      `was written by a newer Parley (schema ${value.schema}; this one knows up to ${newest})`,
    );
  }
  return value.schema;
}

/** Marks a new store (`from` -1) and takes every step behind `from`, in order. */
export async function migrate(
  kv: KvStore,
  from: number,
  now: number,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<void> {
  if (from < 0) await mark(kv, 0);
  for (const migration of migrations) {
    if (migration.to <= from) continue;
    await migration.run(kv, now);
    await mark(kv, migration.to);
  }
}

async function mark(kv: KvStore, schema: number): Promise<void> {
  await kv.atomic().set(MARKER_KEY, { application: "parley", schema } satisfies Marker).commit();
}
