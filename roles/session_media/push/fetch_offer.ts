import type { MsrpTransport } from "../../../transport/msrp/mod.ts";
import {
  acceptsType,
  type BodyPart,
  CPIM_TYPE,
  mediaType,
  namesKept,
  partHeader,
  readReferences,
  receives,
} from "../../../transport/payload/mod.ts";
import { descriptionOf, type SipRequest } from "../../../transport/sip/mod.ts";
import { transportOf } from "../own_side.ts";
import { readSessionBody, type SessionBody } from "../session_body.ts";

/** What an INVITE offers and asks for that fetches messages which the box keeps. */
export interface FetchOffer {
  readonly body: SessionBody;
  readonly transport: MsrpTransport;
  /** What its body names, each once; empty: nothing. */
  readonly references: readonly string[];
}

/** Why it is refused. */
export interface FetchRefusal {
  readonly status: number;
  readonly reason: string;
}

/** Reads the INVITE: an offer of an MSRP session that takes `message/cpim`, and beside it, in a multipart body, the references. */
export function readFetchOffer(request: SipRequest): FetchOffer | FetchRefusal {
  const reading = readSessionBody(descriptionOf(request));
  if (reading.kind === "malformed") return { status: 400, reason: reading.reason };
  if (reading.kind !== "session") return { status: 488, reason: "Offer An MSRP Session To Fetch Messages" };
  const { body } = reading;
  const transport = transportOf(body.media);
  if (transport === null) return { status: 488, reason: "The Path Is No MSRP URI" };
  if (!receives(body.media.direction)) return { status: 488, reason: "The Offer Takes No Messages" };
  if (!acceptsType(body.media, CPIM_TYPE)) return { status: 488, reason: "Stored Messages Come As message/cpim" };
  try {
    return { body, transport, references: listed(body.parts?.all ?? []) };
  } catch (error) {
    if (error instanceof SyntaxError) return { status: 400, reason: error.message };
    throw error;
  }
}

function listed(parts: readonly BodyPart[]): readonly string[] {
  const list = parts.find((part) => namesKept(mediaType(partHeader(part, "Content-Type") ?? "")));
  return list === undefined ? [] : readReferences(list.body);
}
