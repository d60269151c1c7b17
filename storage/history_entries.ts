import { detached } from "../foundation/mod.ts";
import { readFace, type SegmentForm } from "./history_codec.ts";
import type { HistoryParty, ReadMark, Recording, RecordingFacts, TalkKind } from "./history_types.ts";
import type { StoredContent } from "./repositories.ts";

/** `unwritten`: not in the store, or not for certain; `gone`: removed, or on its way to be. */
export type EntryState = "unwritten" | "writing" | "stored" | "gone";

/** Parties that a recording names. */
export const MAX_PARTIES = 200;

/** Somebody who has recordings, or is about to. */
export class Owner {
  readonly aor: string;
  /** By reference; those that have a message. */
  readonly listed = new Map<string, RecordingEntry>();
  /** Those that have none yet. */
  readonly unlisted = new Set<RecordingEntry>();
  readonly marks = new Map<string, MarkEntry>();
  /** Listed recordings by `with`. */
  readonly peers = new Map<string, number>();
  /** What counts, with what is being written. */
  recordings = 0;
  messages = 0;
  octets = 0;
  /** The latest first; null when it has to be made anew. */
  order: readonly RecordingEntry[] | null = null;

  constructor(aor: string) {
    this.aor = aor;
  }

  get isIdle(): boolean {
    return this.recordings === 0 && this.marks.size === 0;
  }
}

/** What its owner may change, and what grows by itself. */
export interface RecordingState {
  readonly name: string;
  readonly subject: string;
  readonly expiresAt: number;
  readonly parties: readonly HistoryParty[];
  readonly group: HistoryParty;
}

const NOBODY: readonly HistoryParty[] = [];

/** A recording in memory. */
export class RecordingEntry {
  readonly id: number;
  readonly slot: number;
  readonly owner: Owner;
  readonly reference: string;
  readonly kind: TalkKind;
  readonly with: string;
  expiresAt: number;
  /** As it is stored, or will be with its first message; one character an octet where it was found at the start. */
  #facts: RecordingState | string;
  /** Who was seen, and is not stored yet. */
  seen: readonly HistoryParty[] = NOBODY;
  state: EntryState = "unwritten";
  open = false;
  /** Messages being written. */
  pending = 0;
  strands: Strand[] = [];
  startedAt = 0;
  endedAt = 0;
  messages = 0;
  octets = 0;
  version = 0;
  #shown: Recording | null = null;

  constructor(
    id: number,
    slot: number,
    owner: Owner,
    form: { reference: string; kind: TalkKind; with: string; expiresAt: number },
    facts: RecordingState | string,
  ) {
    this.id = id;
    this.slot = slot;
    this.owner = owner;
    this.reference = form.reference;
    this.kind = form.kind;
    this.with = form.with;
    this.expiresAt = form.expiresAt;
    this.#facts = facts;
  }

  get facts(): RecordingState {
    if (typeof this.#facts !== "string") return this.#facts;
    return { ...readFace(this.#facts), expiresAt: this.expiresAt };
  }
  set facts(facts: RecordingState) {
    this.#facts = facts;
    this.expiresAt = facts.expiresAt;
  }

  changed(): void {
    this.#shown = null;
  }

  /** As it is now; never changed afterwards. */
  get shown(): Recording {
    return this.#shown ??= {
      owner: this.owner.aor,
      reference: this.reference,
      kind: this.kind,
      with: this.with,
      ...this.facts,
      startedAt: this.startedAt,
      endedAt: this.endedAt,
      messages: this.messages,
      octets: this.octets,
      open: this.open,
      version: this.version,
    };
  }
}

/** A message that is in no segment yet. */
export interface Fresh {
  readonly id: number;
  readonly seq: number;
  readonly at: number;
  /** Of the body. */
  readonly octets: number;
  /** Of the record. */
  readonly size: number;
  readonly content: StoredContent | null;
  state: "writing" | "stored";
}

/** Messages that were put away together; `id`: of its record. */
export interface Segment extends SegmentForm {
  readonly id: number;
  readonly number: number;
}

/** All of one shape. */
export function segmentOf(form: SegmentForm, id: number, number: number): Segment {
  const { firstSeq, lastSeq, firstAt, lastAt, count, octets, version, contents, signature } = form;
  return { firstSeq, lastSeq, firstAt, lastAt, count, octets, version, contents, signature, id, number };
}

/**
 * Messages of a conversation that are for the same recordings, encrypted with one key. Who joins, leaves, or is spoken to alone, hears
 * another strand from then on: so what nobody has any more goes with its key, and nothing is ever written again under another.
 */
export class Strand {
  readonly id: number;
  readonly slot: number;
  /** Those that are left. */
  recordings: readonly RecordingEntry[];
  state: EntryState = "unwritten";
  /** More may be said. */
  live = true;
  segments: Segment[] = [];
  /** In the order of `seq`, behind all segments. */
  readonly fresh: Fresh[] = [];
  freshOctets = 0;
  /** It is being put away, or waits for that. */
  putting = false;
  /** Recordings of it that are being removed. */
  leaving = 0;
  /** The id of a segment that could not be written for certain. */
  unsure = 0;

  constructor(id: number, slot: number, recordings: readonly RecordingEntry[]) {
    this.id = id;
    this.slot = slot;
    this.recordings = recordings;
  }

  get isEmpty(): boolean {
    return this.fresh.length === 0 && this.segments.length === 0;
  }
}

/** How far an owner has read with somebody. */
export interface MarkEntry {
  readonly id: number;
  readonly slot: number;
  /** As it is stored; null where none is yet. */
  mark: ReadMark | null;
}

/** The facts in memory of their own: they outlive the request they came with. */
export function ownFacts(facts: RecordingFacts) {
  return {
    with: detached(facts.with),
    group: ownParty(facts.group),
    name: "",
    subject: detached(facts.subject),
    expiresAt: facts.expiresAt,
    parties: facts.parties.slice(0, MAX_PARTIES).map(ownParty),
  };
}

export function ownParty({ uri, name }: HistoryParty): HistoryParty {
  return { uri: detached(uri), name: detached(name) };
}
