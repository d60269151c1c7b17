import { type FileOffer, fileOfferIn, withFileOffer } from "../../../transport/payload/mod.ts";
import { headerIn } from "../stored_message.ts";

/** SDP attributes of a file (RFC 5547 §6) and the header lines of ours that keep them with the stored file. */
const LINES: readonly (readonly [attribute: string, header: string])[] = [
  ["file-selector", "Parley-File"],
  ["file-transfer-id", "Parley-File-Transfer-Id"],
  ["file-disposition", "Parley-File-Disposition"],
  ["file-date", "Parley-File-Date"],
];
/** The room, or the group, whose file it is: of those that a room has taken. */
const ROOM = "Parley-File-Room";
const OURS = /^(Parley-File(?:-Transfer-Id|-Disposition|-Date|-Room)?):/i;

/**
 * What an offer says of a file, as header lines with CRLF, latin1 as SDP is. The icon is a body part of the INVITE, and the range is
 * that of the transfer: neither is kept.
 */
export function fileLines({ selector, transferId, disposition, dates }: FileOffer): string {
  const attributes = withFileOffer([], {
    selector,
    ...(transferId !== undefined && { transferId }),
    ...(disposition !== undefined && { disposition }),
    ...(dates !== undefined && { dates }),
  });
  let text = "";
  for (const [attribute, header] of LINES) {
    const line = attributes.find((line) => line === `a=${attribute}` || line.startsWith(`a=${attribute}:`));
    if (line !== undefined) text += `${header}: ${line.slice(attribute.length + 3)}\r\n`;
  }
  return text;
}

/** The file that stored header lines speak of; null where they speak of none, or cannot be read. */
export function fileOfLines(headers: string): FileOffer | null {
  const attributes: string[] = [];
  for (const line of headers.split("\r\n")) {
    const name = OURS.exec(line)?.[1].toLowerCase();
    const known = LINES.find(([, header]) => header.toLowerCase() === name);
    if (known === undefined) continue;
    const value = line.slice(line.indexOf(":") + 1).trim();
    attributes.push(value === "" ? `a=${known[0]}` : `a=${known[0]}:${value}`);
  }
  try {
    return fileOfferIn(attributes) ?? null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** The line that keeps with a file which room has taken it. `room`: a URI. */
export function roomLine(room: string): string {
  return `${ROOM}: <${room}>\r\n`;
}

/** The room, or the group, whose file it is, as a name-addr; "" for one from somebody to somebody. */
export function roomOfLines(headers: string): string {
  return headerIn(headers, ROOM);
}

/** Header lines as anybody else may see them: without those of ours. */
export function withoutFileLines(headers: string): string {
  return headers.split("\r\n").filter((line) => !OURS.test(line)).join("\r\n");
}
