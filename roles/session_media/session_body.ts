import { type Description, TextDescription } from "../../transport/sip/mod.ts";
import {
  type BodyPart,
  buildMultipart,
  firstMsrp,
  type MediaDescription,
  mediaType,
  type MsrpMedia,
  parseMultipart,
  parseSdp,
  parseSdpText,
  partHeader,
  readMsrpMedia,
  SDP_TYPE,
  sdpText,
  type SessionDescription,
  writeSdp,
} from "../../transport/payload/mod.ts";

/** A body with a session description that has an MSRP section in use; beside it there may be other parts (a file's icon). */
export interface SessionBody {
  readonly sdp: SessionDescription;
  /** Where the MSRP section stands in it. */
  readonly index: number;
  readonly section: MediaDescription;
  readonly media: MsrpMedia;
  /** Null where the body is the description alone. */
  readonly parts: { readonly subtype: string; readonly all: readonly BodyPart[]; readonly at: number } | null;
}

/**
 * What a body is to this service. `none`: it has no session description. `other`: it has one, but no MSRP section in use.
 * `malformed`: it was meant to be one, and cannot be read.
 */
export type BodyReading =
  | { readonly kind: "session"; readonly body: SessionBody }
  | { readonly kind: "none" }
  | { readonly kind: "other"; readonly sdp: SessionDescription }
  | { readonly kind: "malformed"; readonly reason: string };

const NONE: BodyReading = { kind: "none" };

/** Reads the body of an INVITE, of its answer, or of an UPDATE (RFC 3264; RFC 5621 for one among several parts). */
export function readSessionBody(description: Description | null): BodyReading {
  if (description === null || isEmpty(description)) return NONE;
  const type = mediaType(description.contentType);
  try {
    if (type === SDP_TYPE) {
      return read(
        description instanceof TextDescription ? parseSdpText(description.text) : parseSdp(description.body),
        null,
      );
    }
    if (!type.startsWith("multipart/")) return NONE;
    // Parts are views, and the buffer of a message is used again.
    const all = parseMultipart(description.contentType, description.body.slice());
    const at = all.findIndex((part) => mediaType(partHeader(part, "Content-Type") ?? "") === SDP_TYPE);
    if (at < 0) return NONE;
    return read(parseSdp(all[at].body), { subtype: subtypeOf(description.contentType), all, at });
  } catch (error) {
    if (error instanceof SyntaxError) return { kind: "malformed", reason: error.message };
    throw error;
  }
}

function isEmpty(description: Description): boolean {
  return (description instanceof TextDescription ? description.text : description.body).length === 0;
}

function read(sdp: SessionDescription, parts: SessionBody["parts"]): BodyReading {
  const found = firstMsrp(sdp);
  if (found === undefined) return { kind: "other", sdp };
  const { index, section } = found;
  return { kind: "session", body: { sdp, index, section, media: readMsrpMedia(sdp, section), parts } };
}

/** Everything behind the slash, parameters but the boundary included: `related;type="…"`. */
function subtypeOf(contentType: string): string {
  const rest = contentType.slice(contentType.indexOf("/") + 1);
  return rest.replace(/;\s*boundary\s*=\s*(?:"[^"]*"|[^;\s]*)/i, "").trim();
}

/** The body with another description in the place of its own, all other parts as they were. */
export function withDescription(parts: SessionBody["parts"], sdp: SessionDescription): Description {
  if (parts === null) return new TextDescription(SDP_TYPE, sdpText(sdp));
  const body = writeSdp(sdp);
  const all = parts.all.map((part, i) => i === parts.at ? { headers: part.headers, body } : part);
  const semi = parts.subtype.indexOf(";");
  const built = buildMultipart(semi < 0 ? parts.subtype : parts.subtype.slice(0, semi), all);
  const params = semi < 0 ? "" : parts.subtype.slice(semi);
  return { contentType: built.contentType + params, body: built.body };
}
