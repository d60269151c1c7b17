import { isToken } from "../../sip/mod.ts";
import { digits } from "../digits.ts";
import { attribute, attributes } from "./attributes.ts";
import { connectionLine, connectionOf } from "./connection_address.ts";
import { type Direction, directionOf } from "./direction.ts";
import { type FileOffer, fileOfferIn, withFileOffer } from "./file_offer.ts";
import { type Fingerprint, fingerprintsIn } from "./fingerprint.ts";
import { LinesEdit, withAttribute } from "./lines_edit.ts";
import type { MediaDescription, SessionDescription } from "./session_description.ts";

/**
 * How MSRP is carried (RFC 4975 §8.1). Who speaks over WebSocket writes `TCP/TLS/MSRP` (RFC 7977 §5.2.2) and `ws` in its URI; the
 * spellings with WS are those of clients in the field: read, answered as they were offered, never offered.
 */
export type MsrpProto = "TCP/MSRP" | "TCP/TLS/MSRP" | "TCP/WS/MSRP" | "TCP/WSS/MSRP";

/** Who connects (RFC 4145, RFC 6135). `holdconn` counts as absent (RFC 6135 §4.2.1). */
export type SetupRole = "active" | "passive" | "actpass";

/** An MSRP section as its words mean it: RFC 4975 §8, 6135, 6714, 7701 §8, 7977, 5547. */
export interface MsrpMedia {
  readonly proto: MsrpProto;
  /** 0: refused or not used; then `path` may be empty. 9 from who only connects (RFC 4145 §4.1). */
  readonly port: number;
  /** The address of the section's `c=`, or the session's; "" where neither is. IPv6 without brackets. */
  readonly address: string;
  /** MSRP URIs, the first to be visited first, the last the end point itself. */
  readonly path: readonly string[];
  /** As written: `*`, `text/*`, `text/plain`, also with parameters. */
  readonly acceptTypes: readonly string[];
  /** What may come only inside of a container; as `acceptTypes`. */
  readonly acceptWrappedTypes: readonly string[];
  /** Octets of a whole message; undefined: not said. */
  readonly maxSize?: number;
  readonly setup?: SetupRole;
  readonly direction: Direction;
  /** Of the section, or else of the session (RFC 8122 §5). Any of them may fit. */
  readonly fingerprints: readonly Fingerprint[];
  /** RFC 6714. */
  readonly cema: boolean;
  /** What a chat room or its user knows: `nickname`, `private-messages` (RFC 7701 §8); undefined: nothing said. */
  readonly chatroom?: readonly string[];
  readonly file?: FileOffer;
}

/** URIs in a path, entries in a list of types, fingerprints: more is refused. */
export const MSRP_MEDIA_LIMITS = { path: 16, types: 256, fingerprints: 16 } as const;

const PROTO = /^TCP\/(?:TLS\/|WSS?\/)?MSRP$/i;

/** True for a section that speaks MSRP, refused ones too. */
export function isMsrp(section: MediaDescription): boolean {
  const { media, proto } = section;
  return (media === "message" || media.toLowerCase() === "message") && (proto === "TCP/MSRP" || PROTO.test(proto));
}

/** The first MSRP section that is in use, and where it stands; undefined when there is none. */
export function firstMsrp(
  sdp: SessionDescription,
): { readonly index: number; readonly section: MediaDescription } | undefined {
  const index = sdp.media.findIndex((section) => section.port !== 0 && isMsrp(section));
  return index < 0 ? undefined : { index, section: sdp.media[index] };
}

/**
 * Reads a section. Throws SyntaxError when it is no MSRP, has no path or types though it is in use (RFC 4975 §8.2, §8.6), or
 * one of its attributes is malformed.
 */
export function readMsrpMedia(sdp: SessionDescription, section: MediaDescription): MsrpMedia {
  if (!isMsrp(section)) throw new SyntaxError(`m=${section.media} … ${section.proto} is not MSRP`);
  const { lines } = section;
  const path = words(attribute(lines, "path"), MSRP_MEDIA_LIMITS.path, "path");
  const acceptTypes = typeList(lines, "accept-types");
  if (section.port !== 0 && path.length === 0) throw new SyntaxError("an MSRP section without a path");
  if (section.port !== 0 && acceptTypes.length === 0) throw new SyntaxError("an MSRP section without accept-types");
  const maxSize = attribute(lines, "max-size");
  const setup = setupIn(lines) ?? setupIn(sdp.lines);
  const chatroom = attribute(lines, "chatroom");
  const file = fileOfferIn(lines);
  const media: { -readonly [K in keyof MsrpMedia]: MsrpMedia[K] } = {
    proto: section.proto.toUpperCase() as MsrpProto,
    port: section.port,
    address: connectionOf(sdp, section)?.address ?? "",
    path,
    acceptTypes,
    acceptWrappedTypes: typeList(lines, "accept-wrapped-types"),
    direction: directionOf(sdp, section),
    fingerprints: fingerprintsIn(sdp.lines, lines, MSRP_MEDIA_LIMITS.fingerprints),
    cema: attribute(lines, "msrp-cema") !== undefined,
  };
  if (maxSize !== undefined) media.maxSize = readMaxSize(maxSize);
  if (setup !== undefined) media.setup = setup;
  if (chatroom !== undefined) media.chatroom = words(chatroom, 32, "chatroom").map((word) => word.toLowerCase());
  if (file !== undefined) media.file = file;
  return media;
}

/** A section of our own. `address` "" leaves `c=` to the session. */
export function writeMsrpMedia(media: MsrpMedia): MediaDescription {
  return rewriteMsrpMedia({ media: "message", port: 0, portCount: 1, proto: "", formats: ["*"], lines: [] }, media);
}

/** What may be changed in a section of another. A key that is there with undefined takes the attribute out. */
export type MsrpMediaChanges = { readonly [K in keyof MsrpMedia]?: MsrpMedia[K] | undefined };

/**
 * Another's section with some of it changed and all other lines as they were, in their places: what a back-to-back user agent
 * needs. `fingerprints: []` takes them out; `direction: undefined` leaves it as it is. `dropped`: names of attributes that go.
 */
export function rewriteMsrpMedia(
  section: MediaDescription,
  changes: MsrpMediaChanges,
  dropped: readonly string[] = [],
): MediaDescription {
  const { port = section.port, proto = section.proto, address, direction, fingerprints, chatroom } = changes;
  const edit = new LinesEdit(dropped);
  if ("acceptTypes" in changes) edit.set("accept-types", changes.acceptTypes?.join(" ") || undefined);
  if ("acceptWrappedTypes" in changes) {
    edit.set("accept-wrapped-types", changes.acceptWrappedTypes?.join(" ") || undefined);
  }
  if ("maxSize" in changes) edit.set("max-size", changes.maxSize?.toString());
  if ("path" in changes) edit.set("path", changes.path?.join(" ") || undefined);
  if ("setup" in changes) edit.set("setup", changes.setup);
  if ("cema" in changes) edit.set("msrp-cema", changes.cema ? null : undefined);
  if (fingerprints !== undefined) edit.set("fingerprint", undefined);
  if ("chatroom" in changes && chatroom === undefined) edit.set("chatroom", undefined);
  let lines = edit.done(section.lines, direction, address !== undefined);
  if (address !== undefined && address !== "") withConnection(lines, address);
  for (const { hash, value } of fingerprints ?? []) lines.push(`a=fingerprint:${hash} ${value}`);
  if (chatroom !== undefined) lines = withAttribute(lines, "chatroom", chatroom.join(" ") || null);
  if ("file" in changes) lines = withFileOffer(lines, changes.file);
  const { media, portCount, formats } = section;
  return { media, port, portCount, proto, formats, lines };
}

/** Puts `c=` behind `i=`, before everything else (RFC 8866 §5). */
function withConnection(lines: string[], address: string): void {
  lines.splice(lines.findIndex((line) => line.startsWith("i=")) + 1, 0, connectionLine(address));
}

function setupIn(lines: readonly string[]): SetupRole | undefined {
  const value = attribute(lines, "setup")?.toLowerCase();
  return value === "active" || value === "passive" || value === "actpass" ? value : undefined;
}

/** More than a number holds exactly is as good as no limit that matters: it becomes the largest. */
function readMaxSize(text: string): number {
  if (!/^[0-9]{1,64}$/.test(text)) throw new SyntaxError("max-size is no number");
  const value = digits(text, Number.MAX_SAFE_INTEGER);
  return value < 0 ? Number.MAX_SAFE_INTEGER : value;
}

/** `format-list`: entries with blanks between, but not inside of a quoted parameter. */
function typeList(lines: readonly string[], name: string): string[] {
  const entries: string[] = [];
  // Some clients write one line for each type.
  for (const value of attributes(lines, name)) {
    for (const entry of PLAIN_ENTRY.test(value) ? [value] : value.match(/(?:[^\s"]|"[^"]*")+/g) ?? []) {
      if (entries.length === MSRP_MEDIA_LIMITS.types) {
        throw new SyntaxError(`more than ${MSRP_MEDIA_LIMITS.types} ${name}`);
      }
      checkTypeEntry(entry, name);
      entries.push(entry);
    }
  }
  return entries;
}

/** One entry, nothing to take apart. */
const PLAIN_ENTRY = /^[^\s"]+$/;

function checkTypeEntry(entry: string, name: string): void {
  const semi = entry.indexOf(";");
  const essence = semi < 0 ? entry : entry.slice(0, semi);
  if (essence === "*") return;
  const slash = essence.indexOf("/");
  if (slash < 0 || !isToken(essence.slice(0, slash)) || !isToken(essence.slice(slash + 1))) {
    throw new SyntaxError(`an entry of ${name} is no type`);
  }
}

function words(text: string | undefined, max: number, name: string): string[] {
  if (text === undefined || text === "") return [];
  const list = text.includes(" ") ? text.split(" ").filter((word) => word !== "") : [text];
  if (list.length > max) throw new SyntaxError(`more than ${max} entries in ${name}`);
  return list;
}
