import type { Log } from "../../../foundation/mod.ts";
import type { History } from "../../../storage/mod.ts";
import type { Teller } from "../../deferred/mod.ts";
import type { HistorySettings } from "../history_settings.ts";
import { sizeText } from "./size_text.ts";

export interface FillNoticesParts {
  readonly history: Pick<History, "taken">;
  /** Live. */
  readonly settings: Pick<HistorySettings, "quota_bytes" | "quota_conversations">;
  readonly teller: Teller;
  readonly log: Log;
}

const NEAR = 0.8;
/** Below it the notices may come again. */
const FAR = 0.5;
const CAUSE_NEAR = "history.near";
const CAUSE_FULL = "history.full";
/** Recorders of whom it is remembered what they were told; of the others it is asked again. */
const MOST_REMEMBERED = 50_000;

/** How full a recorder's history is. */
interface Fill {
  readonly octets: number;
  readonly recordings: number;
  /** By size or by number, whichever is nearer to its limit; 1: full. */
  readonly share: number;
  readonly by: "octets" | "recordings";
}

/**
 * Tells recorders whose history fills up (HST-3): once at 80 %, once when it is full, and again only after it has emptied to the half.
 * Marks of what was told outlast a restart where the notices are kept.
 */
export class FillNotices {
  readonly #parts: FillNoticesParts;
  /** What was told, or forgotten, in this boot. */
  readonly #told = new Map<string, "far" | "near" | "full">();

  constructor(parts: FillNoticesParts) {
    this.#parts = parts;
  }

  /** True where one more message could be kept. */
  hasRoom(owner: string): boolean {
    const { octets, recordings } = this.#parts.history.taken(owner);
    const { quota_bytes, quota_conversations } = this.#parts.settings;
    // A conversation that is there already is one of them.
    return octets < quota_bytes && recordings <= quota_conversations;
  }

  taken(owner: string): { readonly recordings: number; readonly octets: number } {
    return this.#parts.history.taken(owner);
  }

  /** True where it is this one's own limits that leave no room for so many octets. */
  isOwn(owner: string, octets: number): boolean {
    const { quota_bytes, quota_conversations } = this.#parts.settings;
    const taken = this.taken(owner);
    return taken.octets + octets > quota_bytes || taken.recordings >= quota_conversations;
  }

  /** Something was kept for this one, or has gone. */
  look(owner: string): void {
    const told = this.#told.get(owner);
    if (told === "far" && this.#isFar(owner)) return;
    const fill = this.#fillOf(owner);
    if (fill.share <= FAR) {
      if (told !== "far") this.#forget(owner);
    } else if (fill.share >= 1) {
      if (told !== "full") this.#isFull(owner, fill);
    } else if (fill.share >= NEAR && told !== "near" && told !== "full") {
      this.#tell(owner, "near", CAUSE_NEAR, `${takenText(fill, this.#parts.settings)} ${WHEN_NEAR}`);
    }
  }

  /** The user is gone: who has the address next was told nothing. */
  forget(owner: string): void {
    this.#told.delete(owner);
  }

  /** A message was not kept for this one: no room. */
  refused(owner: string, octets: number): void {
    if (this.#told.get(owner) === "full") return;
    if (this.isOwn(owner, octets)) return this.#isFull(owner, this.#fillOf(owner));
    this.#tell(owner, "full", CAUSE_FULL, BOX_FULL);
  }

  #isFull(owner: string, fill: Fill): void {
    this.#tell(owner, "full", CAUSE_FULL, `${takenText(fill, this.#parts.settings)} ${WHEN_FULL[fill.by]}`);
  }

  #tell(owner: string, told: "near" | "full", cause: string, text: string): void {
    this.#remember(owner, told);
    this.#parts.teller.tell(owner, cause, text).catch((error: unknown) => this.#failed(owner, error));
  }

  #forget(owner: string): void {
    this.#remember(owner, "far");
    const { teller } = this.#parts;
    Promise.all([teller.forget(owner, CAUSE_NEAR), teller.forget(owner, CAUSE_FULL)])
      .catch((error: unknown) => this.#failed(owner, error));
  }

  #remember(owner: string, told: "far" | "near" | "full"): void {
    if (this.#told.size >= MOST_REMEMBERED) this.#told.clear();
    this.#told.set(owner, told);
  }

  #failed(owner: string, error: unknown): void {
    this.#told.delete(owner);
    this.#parts.log.warn("a recorder could not be told how full the history is", { user: owner, error: String(error) });
  }

  /** As `share` says it, of nearly all recorders and after each message of theirs. */
  #isFar(owner: string): boolean {
    const { history, settings: { quota_bytes, quota_conversations } } = this.#parts;
    const { octets, recordings } = history.taken(owner);
    return octets <= FAR * quota_bytes && recordings <= FAR * quota_conversations;
  }

  #fillOf(owner: string): Fill {
    const { quota_bytes, quota_conversations } = this.#parts.settings;
    const { octets, recordings } = this.#parts.history.taken(owner);
    const [bySize, byNumber] = [octets / quota_bytes, recordings / quota_conversations];
    return { octets, recordings, share: Math.max(bySize, byNumber), by: byNumber > bySize ? "recordings" : "octets" };
  }
}

const WHEN_NEAR = "When they are full, nothing more is recorded: delete what you no longer need.";
const WHEN_FULL = {
  octets: "They are full: nothing more is recorded until you delete some.",
  recordings: "No new conversation is recorded until you delete some.",
} as const;
const BOX_FULL = "There is no room for more recordings in the service at present: nothing more is recorded of yours.";

function takenText({ octets, recordings, by }: Fill, settings: FillNoticesParts["settings"]): string {
  return by === "octets"
    ? `Your recorded conversations take ${sizeText(octets)} of ${sizeText(settings.quota_bytes)}.`
    : `You have ${recordings} of ${settings.quota_conversations} recorded conversations (${sizeText(octets)}).`;
}
