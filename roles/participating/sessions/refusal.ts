import type { Description, HeaderName } from "../../../transport/sip/mod.ts";
import type { Exchange } from "../../sip_core/mod.ts";
import { type MediaDescription, SDP_TYPE, sessionLines, writeSdp } from "../../../transport/payload/mod.ts";
import type { SessionKind } from "../../session_media/mod.ts";
import { SIZE_EXCEEDED, warning } from "../warning.ts";
import { admitted, allowedTypes, largest } from "./content_policy.ts";
import type { SessionSettings } from "./session_settings.ts";

/** The answer to an INVITE that goes no further. */
export interface Refusal {
  readonly status: number;
  readonly reason: string;
  readonly headers: readonly (readonly [HeaderName, string])[];
  /** What would be possible instead (RFC 3261 §21.4.26); null: nothing to say. */
  readonly description: Description | null;
}

/** A refusal without more than its words. */
export function refusedWith(
  status: number,
  reason: string,
  ...headers: readonly (readonly [HeaderName, string])[]
): Refusal {
  return { status, reason, headers, description: null };
}

/** 403 with one of the service's phrases (oma-reference §3.0). */
export function forbidden(host: string, reason: string, phrase: string, more = ""): Refusal {
  return refusedWith(403, reason, warning(host, phrase, more));
}

/** 488: the description cannot be had here, for a reason of RFC 3261 §20.43. */
export function notAcceptable(
  host: string,
  code: 302 | 304 | 305 | 399,
  text: string,
  settings: SessionSettings,
  kind: SessionKind,
): Refusal {
  return {
    status: 488,
    reason: text,
    headers: [["Warning", `${code} ${host} "${text}"`]],
    description: possible(host, settings, kind),
  };
}

/** A file or large message that is larger than the operator allows, before an octet of it has moved. */
export function tooLarge(
  host: string,
  size: number,
  limit: number,
  settings: SessionSettings,
  kind: SessionKind,
): Refusal {
  const more = `${size} bytes announced, ${limit} allowed`;
  return {
    status: 403,
    reason: kind === "file" ? "File too large" : "Message too large",
    headers: [warning(host, SIZE_EXCEEDED, more)],
    description: possible(host, settings, kind),
  };
}

/** A file of a type that the operator does not allow. */
export function typeRefused(host: string, type: string, settings: SessionSettings, kind: SessionKind): Refusal {
  return {
    status: 415,
    reason: `Files of type ${type.replace(/[^\x20-\x7e]/g, "?").slice(0, 80)} not allowed here`,
    headers: [["Accept", `application/sdp, ${allowedTypes(settings)}`]],
    description: possible(host, settings, kind),
  };
}

/** Answers a request that no call has been made of. */
export function reply(exchange: Exchange, { status, reason, headers, description }: Refusal): void {
  exchange.reply(
    status,
    description === null
      ? { reason, headers }
      : { reason, headers, contentType: description.contentType, body: description.body },
  );
}

/** What is possible: a section that is not in use (RFC 3264 §9) with the types and the size that are allowed. */
function possible(host: string, settings: SessionSettings, kind: SessionKind): Description {
  const types = admitted(["*"], settings);
  const section: MediaDescription = {
    media: "message",
    port: 0,
    portCount: 1,
    proto: "TCP/MSRP",
    formats: ["*"],
    lines: [`a=accept-types:${types.join(" ")}`, `a=max-size:${largest(types, kind, settings)}`],
  };
  const lines = sessionLines({ sessionId: "1", host });
  return { contentType: SDP_TYPE, body: writeSdp({ lines, media: [section] }) };
}
