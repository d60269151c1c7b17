import { DamageError } from "./kv/blob_store.ts";
import { readU48, writeU48 } from "./kv/log_blob.ts";
import type { AuditEntry } from "./repositories.ts";

/** One blob of the audit log: `version (1), oldest blob kept (6), id of the first entry (6)`, then the entries as JSON. */
export interface AuditBlob {
  readonly oldest: number;
  readonly firstId: number;
  readonly entries: readonly AuditEntry[];
}

const VERSION = 1;
const HEAD = 13;
/** Characters of one entry; facts beyond it are left out, and that is said. */
const MAX_ENTRY = 4000;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function encodeAuditBlob({ oldest, firstId, entries }: AuditBlob): Uint8Array {
  const text = encoder.encode(`[${entries.map(textOf).join(",")}]`);
  const blob = new Uint8Array(HEAD + text.length);
  blob[0] = VERSION;
  writeU48(blob, 1, oldest);
  writeU48(blob, 7, firstId);
  blob.set(text, HEAD);
  return blob;
}

function textOf({ at, event, actor, facts }: AuditEntry): string {
  const text = JSON.stringify({ at, event, actor, facts });
  if (text.length <= MAX_ENTRY) return text;
  return JSON.stringify({
    at,
    event: event.slice(0, 200),
    actor: actor.slice(0, 500),
    facts: { tooLong: text.length },
  });
}

/** Throws DamageError. */
export function decodeAuditBlob(blob: Uint8Array): AuditBlob {
  if (blob.length < HEAD || blob[0] !== VERSION) throw new DamageError("a blob of the audit log has an unknown form");
  const entries = JSON.parse(decoder.decode(blob.subarray(HEAD))) as AuditEntry[];
  return { oldest: readU48(blob, 1), firstId: readU48(blob, 7), entries };
}
