import type { Recording } from "../../../storage/mod.ts";
import { MOST_RECORDING_NAME } from "../../../transport/payload/mod.ts";
import type { HistorySettings } from "../history_settings.ts";
import { tidyName } from "../search/folders.ts";

/** Characters of a subject. */
export const MOST_SUBJECT = 512;
const DAY = 86_400_000;
/** The last moment that four digits of a year can say. */
const LAST = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** What an owner may change of a recording (HST-2). */
export interface RecordingChange {
  /** Folders before it, parted by "/". */
  readonly name?: string;
  readonly subject?: string;
  /** Wall time, ms; Infinity for never. */
  readonly expiresAt?: number;
}

/** When a recording may expire at the latest, wall time ms: counted from its last message; Infinity for never. */
export function latestExpiry({ endedAt }: Pick<Recording, "endedAt">, settings: HistorySettings): number {
  return settings.max_days === 0 ? Infinity : endedAt + settings.max_days * DAY;
}

/** A change as it is stored: what is not given stays away. */
export function tidyChange({ name, subject, expiresAt }: RecordingChange): RecordingChange {
  return {
    ...(name === undefined ? {} : { name: tidyName(name) }),
    ...(subject === undefined ? {} : { subject: subject.trim() }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}

/** Why a change cannot be made, for people, with what is allowed; null where it can. `now`: wall time, ms. */
export function refusalOfChange(
  recording: Pick<Recording, "endedAt">,
  { name, subject, expiresAt }: RecordingChange,
  settings: HistorySettings,
  now: number,
): string | null {
  if (name !== undefined && name.length > MOST_RECORDING_NAME) {
    return `the name has ${name.length} characters; allowed: ${MOST_RECORDING_NAME}, folders included`;
  }
  if (subject !== undefined && subject.length > MOST_SUBJECT) {
    return `the subject has ${subject.length} characters; allowed: ${MOST_SUBJECT}`;
  }
  // Both stand in XML documents.
  if (!isLine(name ?? "")) return "the name has characters that no line of text has";
  if (!isLine(subject ?? "")) return "the subject has characters that no line of text has";
  if (expiresAt === undefined) return null;
  const latest = latestExpiry(recording, settings);
  if (expiresAt <= latest && expiresAt > now && (expiresAt <= LAST || expiresAt === Infinity)) return null;
  const until = new Date(Math.min(latest, LAST)).toISOString();
  const never = latest === Infinity ? ", or none" : "";
  return `the expiry must be after ${new Date(now).toISOString()} and not after ${until}${never}`;
}

function isLine(text: string): boolean {
  return !/[\p{Cc}\ufffe\uffff]/u.test(text) && text.isWellFormed();
}
