import { mediaType } from "../../../transport/payload/mod.ts";
import { PIDF_TYPE } from "../../../transport/presence/mod.ts";
import type { MessagePart } from "../../model/mod.ts";
import { RestProblem } from "../doors.ts";
import type { HistoryPages, SaidMessage } from "./history_pages.ts";
import { isPicture, keptFile, partOf, picture, placeIn } from "./message_part.ts";

/** What a recorded message shows. Contents that are not text are had from the service when somebody opens them. */
export function recordedPart(said: SaidMessage, reference: string, pages: HistoryPages): MessagePart {
  const { content_type, file, octets, seq, text } = said;
  const type = mediaType(content_type);
  const open = () => opened(pages, reference, seq);
  if (file !== "") return keptFile(file, type, octets, open);
  if (isPicture(type)) return picture(type, octets, open);
  if (type === PIDF_TYPE && text !== null) return placeIn(text) ?? { kind: "unreadable", type, size: octets };
  // A long one is not in the list.
  if (type.startsWith("text/") && text === null) return keptFile("message.txt", type, octets, open);
  return partOf(text === null ? content_type : "text/plain", new Uint8Array(0), text ?? "");
}

async function opened(pages: HistoryPages, reference: string, seq: number): Promise<Blob | null> {
  try {
    return await pages.content(reference, seq);
  } catch (error) {
    if (error instanceof RestProblem) return null;
    throw error;
  }
}
