import { type KeyRing } from "./key_file.ts";
import type { KvStore } from "./group_commit.ts";
import { StoreRefusal } from "./refusal.ts";
import { placeOf, type Sealer, SealError } from "./sealer.ts";

/** Which key file the store belongs to, and a sealed value that only its keys open. */
interface Canary {
  readonly keyFile: string;
  readonly sealed: Uint8Array;
}

export const CANARY_KEY: Deno.KvKey = ["parley", "canary"];
const TEXT = "parley canary";

/** True when the store has been sealed before, so that it needs its own key file. */
export async function hasCanary(kv: KvStore): Promise<boolean> {
  return (await kv.get(CANARY_KEY)).value !== null;
}

/** Writes the canary with the current key. */
export async function writeCanary(kv: KvStore, ring: KeyRing, sealer: Sealer): Promise<void> {
  const sealed = sealer.seal(new TextEncoder().encode(TEXT), placeOf(CANARY_KEY));
  await kv.atomic().set(CANARY_KEY, { keyFile: ring.id, sealed } satisfies Canary).commit();
}

/** Throws StoreRefusal unless this key file is the store's own; false when the store has no canary yet. Changes nothing. */
export async function checkCanary(
  kv: KvStore,
  store: string,
  keyFile: string,
  ring: KeyRing,
  sealer: Sealer,
): Promise<boolean> {
  const { value } = await kv.get<Canary>(CANARY_KEY);
  if (value === null) return false;
  if (value.keyFile !== ring.id) {
    throw new StoreRefusal(
      keyFile,
      `is the key file of another database: it is ${ring.id}, and "${store}" was sealed with ${value.keyFile}`,
    );
  }
  try {
    const text = new TextDecoder().decode(sealer.open(value.sealed, placeOf(CANARY_KEY)));
    if (text === TEXT) return true;
    throw new SealError("holds something else");
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    throw new StoreRefusal(keyFile, `does not open "${store}": the canary ${error.message}`, { cause: error });
  }
}
