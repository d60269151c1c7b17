import type { BlobLedger } from "./blob_ledger.ts";
import { DamageError } from "./blob_store.ts";
import { PUT, RECORD_HEAD, visitRecords } from "./log_blob.ts";
import { SEGMENT_OCTETS } from "./log_segment.ts";

/** Octets that one commit moves, but for a single record that is larger. */
export const MOVE_OCTETS = SEGMENT_OCTETS;
/** Blobs that one commit empties. More than one, because reading them takes as long as a commit or two. */
const MOVE_BLOBS = 8;

/** Live records of one of the oldest blobs, to be written again in the next one so that it can go. */
export interface Move {
  readonly seq: number;
  readonly blob: Uint8Array;
  /** Ids, offsets and sizes, three by three. */
  readonly records: readonly number[];
}

/** Knows where each live record stands. */
export interface LiveRecords {
  isAt(id: number, seq: number, offset: number): boolean;
}

/**
 * What a commit is to move: from the oldest blob on, as much as makes up for the excess of dead octets and goes into one
 * commit. Rejects with DamageError, or whatever `read` says.
 */
export async function gatherMoves(
  ledger: BlobLedger,
  slackOctets: number,
  read: (seq: number) => Promise<Uint8Array | null>,
  records: LiveRecords,
): Promise<Move[]> {
  const moves: Move[] = [];
  let room = MOVE_OCTETS;
  let excess = ledger.total - 2 * ledger.live - slackOctets;
  for (let seq = ledger.first; ledger.has(seq) && moves.length < MOVE_BLOBS && excess > 0; seq++) {
    const live = ledger.liveIn(seq);
    excess -= ledger.octetsOf(seq) - live;
    if (live === 0) continue;
    if (live > room && moves.length > 0) break;
    const blob = await read(seq);
    // A commit may have dropped it meanwhile, when its last record died.
    if (!ledger.has(seq)) continue;
    if (blob === null) throw new DamageError(`blob ${seq} is missing`);
    moves.push(liveRecords(seq, blob, room, records));
    room -= live;
  }
  return moves;
}

function liveRecords(seq: number, blob: Uint8Array, room: number, where: LiveRecords): Move {
  const records: number[] = [];
  let octets = 0;
  visitRecords(blob, {
    onRecord: (kind, id, offset, size) => {
      if (kind !== PUT || !where.isAt(id, seq, offset)) return;
      if (records.length > 0 && octets + RECORD_HEAD + size > room) return;
      records.push(id, offset, size);
      octets += RECORD_HEAD + size;
    },
  });
  return { seq, blob, records };
}
