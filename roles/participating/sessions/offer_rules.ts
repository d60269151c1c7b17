import { isEmptySelector, mediaType } from "../../../transport/payload/mod.ts";
import type { SessionBody, SessionKind } from "../../session_media/mod.ts";
import { admitted, limitFor } from "./content_policy.ts";
import { notAcceptable, type Refusal, tooLarge, typeRefused } from "./refusal.ts";
import type { SessionSettings } from "./session_settings.ts";

/** True where the offer names a file (RFC 5547), and does not just say that files are understood (§8.5). */
export function offersFile({ media }: SessionBody): boolean {
  return media.file !== undefined && !isEmptySelector(media.file.selector);
}

/**
 * The operator's rules about what may be sent (oma-reference §3.1 rule 6, ADM-4, ADM-6), as far as an offer shows it: files are
 * refused before a byte moves, sent or fetched. Null: nothing speaks against it.
 */
export function offerProblem(
  body: SessionBody,
  kind: SessionKind,
  settings: SessionSettings,
  host: string,
): Refusal | null {
  const { media } = body;
  if (media.file !== undefined && kind === "file") {
    const { type, size } = media.file.selector;
    const limit = type === undefined ? settings.maxContent : limitFor(mediaType(type), settings, false);
    if (limit === 0) return typeRefused(host, mediaType(type!), settings, kind);
    if (size !== undefined && size > limit) return tooLarge(host, size, limit, settings, kind);
  }
  if (admitted(media.acceptTypes, settings).length === 0) {
    return notAcceptable(host, 305, "None of the content types is allowed here", settings, kind);
  }
  return null;
}
