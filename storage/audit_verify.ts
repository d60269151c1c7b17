import { CHAIN_START, chainValue } from "./audit_chain.ts";
import { type AuditBlob } from "./audit_codec.ts";
import { DamageError } from "./kv/blob_store.ts";
import type { ChainReport } from "./repositories.ts";

/**
 * Computes the chain anew over blobs, oldest first, and says where it breaks first. What was written before there was a chain
 * is walked over: it must be readable and whole in number, and comes before everything that is chained.
 */
export async function verifyChain(blobs: AsyncIterable<AuditBlob>): Promise<ChainReport> {
  let entries = 0;
  let first = 0;
  let head = CHAIN_START;
  /** Null until the first chained blob. */
  let chain: string | null = null;
  let nextId = 0;
  try {
    for await (const { firstId, before, records } of blobs) {
      if (nextId !== 0 && firstId !== nextId) return broken(nextId, `the entries from ${nextId} on are missing`);
      if (before === null && chain !== null) {
        return broken(firstId, "entries without a chain stand behind chained ones");
      }
      if (before !== null) {
        // The first blob that is left stands for those that went before it.
        if (chain !== null && before !== chain) return broken(firstId, "it does not follow the entry before it");
        chain = before;
        for (const record of records) {
          const expected = chainValue(chain, record.id, record);
          if (record.chain !== expected) return broken(record.id, "its content does not match its chain value");
          chain = expected;
          if (entries++ === 0) first = record.id;
        }
        head = chain;
      }
      nextId = firstId + records.length;
    }
  } catch (error) {
    if (!(error instanceof DamageError)) throw error;
    return broken(Math.max(nextId, 1), error.message);
  }
  return { ok: true, entries, first, last: entries === 0 ? 0 : nextId - 1, head };
}

function broken(at: number, reason: string): ChainReport {
  return { ok: false, at, reason };
}
