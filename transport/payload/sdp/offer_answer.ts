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

/** What is wrong with an answer (RFC 3264 §6): null, or a reason that people can read. */
export function answerProblem(offer: SessionDescription, answer: SessionDescription): string | null {
  if (answer.media.length !== offer.media.length) {
    return `the answer has ${answer.media.length} media sections, the offer ${offer.media.length}`;
  }
  for (let i = 0; i < offer.media.length; i++) {
    const offered = offer.media[i], answered = answer.media[i];
    if (answered.media.toLowerCase() !== offered.media.toLowerCase()) {
      return `media section ${i + 1} was offered as ${offered.media} and answered as ${answered.media}`;
    }
    if (isRejected(offered) && !isRejected(answered)) return `media section ${i + 1} was not offered, but accepted`;
    if (!isRejected(answered) && answered.proto.toUpperCase() !== offered.proto.toUpperCase()) {
      return `media section ${i + 1} was offered as ${offered.proto} and answered as ${answered.proto}`;
    }
  }
  return null;
}

/**
 * What is wrong with a later offer of the same session (RFC 3264 §8): null, or a reason. Sections never become fewer, and
 * what `o=` names never changes but for its version.
 */
export function laterOfferProblem(previous: SessionDescription, next: SessionDescription): string | null {
  if (next.media.length < previous.media.length) {
    return `the new offer has ${next.media.length} media sections, the one before ${previous.media.length}`;
  }
  const before = originOf(previous), now = originOf(next);
  if (before.sessionId !== now.sessionId || before.username !== now.username) return "o= names another session";
  return BigInt(now.version) < BigInt(before.version) ? "the version in o= went back" : null;
}

/**
 * True where a later description says that nothing changed: the same `o=` line (RFC 3264 §8, RFC 4975 §8.4). A session refresh
 * looks so. The content decides where a client forgot to count: with the same `o=`, but other lines, it is a change.
 */
export function isSameDescription(previous: SessionDescription, next: SessionDescription): boolean {
  return sameLines(previous.lines, next.lines) && sameContent(previous, next);
}

/** True where everything but the version in `o=` is the same. */
export function differsOnlyInVersion(previous: SessionDescription, next: SessionDescription): boolean {
  const origin = originOf(previous);
  const { version } = origin;
  return isSameDescription(withOrigin(previous, origin), withOrigin(next, { ...originOf(next), version }));
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
