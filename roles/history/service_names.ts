/** The document of what a user has recorded (oma-reference §5.1, §5.8). */
export const CONV_HISTORY_AUID = "org.openmobilealliance.conv-history";
export const CONV_HISTORY_NAME = "conv-history";

/** User part of the service's URI in every domain served (oma-reference §2.4). No user can have it. */
export const HISTORY_USER = "history";

/** Where recordings are fetched and commands go: `sip:history@domain`. */
export function historyAddress(domain: string): string {
  return `sip:${HISTORY_USER}@${domain}`;
}

/** True for what has the form of a recording's reference, whether there is one or not. */
export function isRecordingReference(text: string): boolean {
  return text.startsWith("h-");
}
