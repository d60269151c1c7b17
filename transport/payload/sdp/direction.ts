import type { MediaDescription, SessionDescription } from "./session_description.ts";

/** Which way messages go, seen from who wrote the description (RFC 8866 §6.7; RFC 4975 §8.9: only SENDs with content). */
export type Direction = "sendrecv" | "sendonly" | "recvonly" | "inactive";

const DIRECTIONS: readonly string[] = ["sendrecv", "sendonly", "recvonly", "inactive"];

/** A section's direction; that of the session where it has none, `sendrecv` where neither has one. */
export function directionOf(sdp: SessionDescription, section: MediaDescription): Direction {
  return directionIn(section.lines) ?? directionIn(sdp.lines) ?? "sendrecv";
}

/**
 * What to answer to an offered direction when we would send and receive as told (RFC 3264 §6.1): we send at most where the
 * other side receives.
 */
export function answerDirection(offered: Direction, send: boolean, receive: boolean): Direction {
  return direction(send && receives(offered), receive && sends(offered));
}

/** True where the writer of the description sends. */
export function sends(direction: Direction): boolean {
  return direction === "sendrecv" || direction === "sendonly";
}

/** True where the writer of the description receives. */
export function receives(direction: Direction): boolean {
  return direction === "sendrecv" || direction === "recvonly";
}

function direction(send: boolean, receive: boolean): Direction {
  return send ? (receive ? "sendrecv" : "sendonly") : receive ? "recvonly" : "inactive";
}

/** True for a line that says a direction. */
export function isDirection(line: string): boolean {
  // The shortest has eight letters, the longest nine.
  return line.length >= 10 && line.length <= 11 && line.startsWith("a=") && DIRECTIONS.includes(line.slice(2));
}

function directionIn(lines: readonly string[]): Direction | undefined {
  return lines.find(isDirection)?.slice(2) as Direction | undefined;
}
