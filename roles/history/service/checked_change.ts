import { OperationError } from "../../../operations/mod.ts";
import type { Recording } from "../../../storage/mod.ts";
import { type RecordingChange, refusalOfChange } from "../documents/recording_change.ts";
import type { HistorySettings } from "../history_settings.ts";
import { tidyName } from "../search/folders.ts";

/** A change as it may be stored. Throws OperationError `invalid`, its message beginning with the field. */
export function checkedChange(
  { name, subject, expiresAt }: RecordingChange,
  recording: Pick<Recording, "endedAt">,
  settings: HistorySettings,
  now: number,
): RecordingChange {
  const change = {
    ...(name === undefined ? {} : { name: tidyName(oneLine("name", name)) }),
    ...(subject === undefined ? {} : { subject: oneLine("subject", subject).trim() }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
  const refusal = refusalOfChange(recording, change, settings, now);
  if (refusal === null) return change;
  throw new OperationError("invalid", refusal.replace(/^the expiry/, "expires_at").replace(/^the /, ""));
}

/** Names and subjects stand in XML documents, too. Throws OperationError `invalid`. */
function oneLine(field: string, text: string): string {
  if (!/[\p{Cc}\ufffe\uffff]/u.test(text) && text.isWellFormed()) return text;
  throw new OperationError("invalid", `${field} has characters that no line of text has`);
}
