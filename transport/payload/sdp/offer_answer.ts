import { attributeName } from "./attributes.ts";
import { nextVersion, originOf, withOrigin } from "./origin.ts";
import { type MediaDescription, mediaLine, type SessionDescription } from "./session_description.ts";

/** What a refused file must mirror (RFC 5547 §8.1, §8.3). */
const MIRRORED: readonly string[] = ["file-selector", "file-transfer-id"];

/**
 * A media section as an answer refuses it (RFC 3264 §6): the same line with port 0, and nothing below it but what names a file
 * that was offered.
 */
export function rejectedMedia(offered: MediaDescription): MediaDescription {
  const lines = offered.lines.filter((line) => MIRRORED.includes(attributeName(line)));
  return { ...offered, port: 0, portCount: 1, lines };
}

/** True for a section that was refused, or is no longer used. */
export function isRejected(section: MediaDescription): boolean {
  return section.port === 0;
}

/**
 * An answer with as many sections as the offer, in its order (RFC 3264 §6). `sections[i]` answers the offer's section i; null
 * or nothing refuses it. `lines` are the session's. Throws RangeError for more sections than were offered.
 */
export function answerWith(
  offer: SessionDescription,
  lines: readonly string[],
  sections: readonly (MediaDescription | null | undefined)[],
): SessionDescription {
  if (sections.length > offer.media.length) throw new RangeError("more sections than were offered");
  return { lines, media: offer.media.map((offered, i) => sections[i] ?? rejectedMedia(offered)) };
}

/**
 * True where a later description says that nothing changed: the same `o=` line (RFC 3264 §8, RFC 4975 §8.4). A session refresh
 * looks so. The content decides where a client forgot to count: with the same `o=`, but other lines, it is a change.
 */
export function isSameDescription(previous: SessionDescription, next: SessionDescription): boolean {
  return sameLines(previous.lines, next.lines) && sameContent(previous, next);
}

/**
 * A description of our own that follows another of the same session: the very same when nothing changed, else with the
 * version one above the previous one (RFC 3264 §8).
 */
export function nextDescription(previous: SessionDescription, wanted: SessionDescription): SessionDescription {
  const unchanged = { ...wanted, lines: [wanted.lines[0], previous.lines[1], ...wanted.lines.slice(2)] };
  return isSameDescription(previous, unchanged) ? previous : withOrigin(wanted, nextVersion(originOf(previous)));
}

function sameContent(a: SessionDescription, b: SessionDescription): boolean {
  return a.media.length === b.media.length &&
    a.media.every((section, i) =>
      mediaLine(section) === mediaLine(b.media[i]) && sameLines(section.lines, b.media[i].lines)
    );
}

function sameLines(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((line, i) => line === b[i]);
}
