import type { MsrpTransport } from "../../../transport/msrp/mod.ts";
import { acceptsType, CPIM_TYPE, mediaType, partHeader, receives } from "../../../transport/payload/mod.ts";
import { descriptionOf, type SipRequest } from "../../../transport/sip/mod.ts";
import { readSessionBody, type SessionBody, transportOf } from "../../session_media/mod.ts";
import { namesMessages, readReferences } from "./read_references.ts";

/** What an INVITE to `sip:deferred@domain` asks for. */
export interface RetrievalRequest {
  readonly body: SessionBody;
  readonly transport: MsrpTransport;
  /** Empty: all that waits. */
  readonly references: readonly string[];
}

/** Why it is refused. */
export interface RetrievalRefusal {
  readonly status: number;
  readonly reason: string;
}

/** Reads the INVITE: an offer of an MSRP session that takes `message/cpim`, and beside it, in a multipart body, the references. */
export function readRetrieval(request: SipRequest): RetrievalRequest | RetrievalRefusal {
  const reading = readSessionBody(descriptionOf(request));
  if (reading.kind === "malformed") return { status: 400, reason: reading.reason };
  if (reading.kind !== "session") return { status: 488, reason: "Offer An MSRP Session To Fetch What Waits" };
  const { body } = reading;
  const transport = transportOf(body.media);
  if (transport === null) return { status: 488, reason: "The Path Is No MSRP URI" };
  if (!receives(body.media.direction)) return { status: 488, reason: "The Offer Takes No Messages" };
  if (!acceptsType(body.media, CPIM_TYPE)) return { status: 488, reason: "Stored Messages Come As message/cpim" };
  const list = body.parts?.all.find((part) => namesMessages(mediaType(partHeader(part, "Content-Type") ?? "")));
  try {
    return { body, transport, references: list === undefined ? [] : readReferences(list.body) };
  } catch (error) {
    if (error instanceof SyntaxError) return { status: 400, reason: error.message };
    throw error;
  }
}
