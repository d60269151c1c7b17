import { Buffer } from "node:buffer";
import { CHAIN_START } from "./audit_chain.ts";
import { DamageError } from "./kv/blob_store.ts";
import { readU48, writeU48 } from "./kv/log_blob.ts";
import type { AuditEntry, AuditRecord } from "./repositories.ts";

/**
 * One blob of the audit log.
 *
 *     blob 2 = version (1), oldest blob kept (6), id of the first entry (6), count (2),
 *              chain value before the first entry (32), chain value of each entry (32 each), entries as a JSON list
 *     blob 1 = version (1), oldest blob kept (6), id of the first entry (6), entries as a JSON list
 *
 * A blob carries the chain value before it, so that those that are left when older ones have gone can be verified. Version 1
 * was written before there was a chain: its entries have none (""), and the chain begins behind them.
 */
export interface AuditBlob {
  readonly oldest: number;
  readonly firstId: number;
  /** The chain value before the first entry; null where the blob is older than the chain. */
  readonly before: string | null;
  readonly records: readonly AuditRecord[];
}

const VERSION = 2;
const UNCHAINED = 1;
const HEAD = 15;
const UNCHAINED_HEAD = 13;
const CHAIN_OCTETS = 32;
/** Characters of one entry; facts beyond it are left out, and that is said. */
const MAX_ENTRY = 4000;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The entry as it will be kept: as it is, or shortened to what fits. */
export function fitting(entry: AuditEntry): AuditEntry {
  const { length } = textOf(entry);
  if (length <= MAX_ENTRY) return entry;
  const { at, event, actor } = entry;
  return { at, event: event.slice(0, 200), actor: actor.slice(0, 500), facts: { tooLong: length } };
}

/** Octets that it takes in a blob, at most. */
export function auditOctets(entry: AuditEntry): number {
  return textOf(entry).length * 3 + CHAIN_OCTETS + 1;
}

function textOf({ at, event, actor, facts }: AuditEntry): string {
  return JSON.stringify({ at, event, actor, facts });
}

export function encodeAuditBlob(
  { oldest, firstId, before, records }: AuditBlob & { readonly before: string },
): Uint8Array {
  const text = encoder.encode(`[${records.map(textOf).join(",")}]`);
  const chains = CHAIN_OCTETS * (records.length + 1);
  const blob = Buffer.alloc(HEAD + chains + text.length);
  blob[0] = VERSION;
  writeU48(blob, 1, oldest);
  writeU48(blob, 7, firstId);
  blob.writeUInt16BE(records.length, 13);
  blob.write(before, HEAD, "hex");
  records.forEach(({ chain }, i) => blob.write(chain, HEAD + CHAIN_OCTETS * (i + 1), "hex"));
  blob.set(text, HEAD + chains);
  return blob;
}

/** Throws DamageError. */
export function decodeAuditBlob(octets: Uint8Array): AuditBlob {
  const blob = Buffer.from(octets.buffer, octets.byteOffset, octets.length);
  const chained = blob[0] === VERSION;
  const head = chained ? HEAD : UNCHAINED_HEAD;
  const count = chained && blob.length >= HEAD ? blob.readUInt16BE(13) : 0;
  const chains = chained ? CHAIN_OCTETS * (count + 1) : 0;
  if (blob.length < head + chains || (!chained && blob[0] !== UNCHAINED)) {
    throw new DamageError("a blob of the audit log has an unknown form");
  }
  const entries = JSON.parse(decoder.decode(blob.subarray(head + chains))) as AuditEntry[];
  if (chained && entries.length !== count) {
    throw new DamageError(`a blob of the audit log has ${entries.length} entries, and should have ${count}`);
  }
  const firstId = readU48(blob, 7);
  const chainAt = (n: number) =>
    chained ? blob.toString("hex", HEAD + CHAIN_OCTETS * n, HEAD + CHAIN_OCTETS * (n + 1)) : "";
  const records = entries.map(({ at, event, actor, facts }, i) => (
    { id: firstId + i, at, event, actor, facts, chain: chainAt(i + 1) }
  ));
  return { oldest: readU48(blob, 1), firstId, before: chained ? chainAt(0) : null, records };
}

/** The chain value behind a blob. */
export function chainBehind({ before, records }: AuditBlob): string {
  if (before === null) return CHAIN_START;
  return records.length === 0 ? before : records[records.length - 1].chain;
}
