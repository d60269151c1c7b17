import { tryParseUri, type Uri } from "../../../transport/sip/mod.ts";
import { addressOf } from "../../sip_core/mod.ts";
import type { GroupPolicies } from "../policy/terms.ts";
import type { LiveRoom, Rooms } from "../rooms/live_room.ts";
import { factoryUri } from "../service_uris.ts";

/** What a URI names, as far as the focus is concerned. */
export type Meant =
  /** Ad hoc chats are begun there (oma-reference §2.4). */
  | { readonly kind: "factory" }
  | { readonly kind: "room"; readonly room: LiveRoom }
  /** A room that stood, and does no longer. */
  | { readonly kind: "over" }
  /** Folded URI. */
  | { readonly kind: "group"; readonly uri: string };

/** Somebody, by address-of-record, and how to reach them. */
export interface Person {
  /** Folded. */
  readonly aor: string;
  /** As it was written, without parts that were for us. */
  readonly uri: string;
  /** Lower-case; "" for a telephone number. */
  readonly domain: string;
  /** Plus and all; "" for none. */
  readonly number: string;
}

export interface AddressParts {
  /** The first one is the factory's and the rooms'. */
  readonly domains: ReadonlySet<string>;
  readonly host: string;
  readonly rooms: Pick<Rooms, "find" | "isOver">;
  readonly policies: Pick<GroupPolicies, "isGroup">;
}

/** The URIs that the focus serves. */
export class Addresses {
  readonly factory: string;
  readonly #parts: AddressParts;

  constructor(parts: AddressParts) {
    this.#parts = parts;
    this.factory = factoryUri(parts.host);
  }

  /** `ours`: its host is this box, or one of our domains. Null for everybody else's. */
  meant(uri: Uri, ours: boolean): Meant | null {
    const { rooms, policies, host } = this.#parts;
    if (uri.scheme !== "sip" && uri.scheme !== "sips") return null;
    const { aor, user } = addressOf(uri);
    if (aor === this.factory) return { kind: "factory" };
    if (policies.isGroup(aor)) return { kind: "group", uri: aor };
    if (!ours || !user.startsWith("conf-")) return null;
    // Our Contact in a room's dialogs has its user part, at the address of the box.
    const name = `sip:${user}@${host}`;
    const room = rooms.find(name);
    if (room !== undefined) return { kind: "room", room };
    return rooms.isOver(name) ? { kind: "over" } : null;
  }

  /** True for what is no person, though it has an address here: it is not invited anywhere. */
  isService(uri: Uri): boolean {
    return this.meant(uri, this.#parts.domains.has(uri.host)) !== null;
  }
}

/** Null where the text is no URI of somebody. */
export function personOf(uri: Uri, text: string): Person | null {
  if (uri.scheme !== "sip" && uri.scheme !== "sips" && uri.scheme !== "tel") return null;
  const { aor, domain, number, user } = addressOf(uri);
  return aor === "" || (uri.scheme !== "tel" && user === "") ? null : { aor, uri: text, domain, number };
}

/** A URI in a list or a Refer-To, taken apart: whom it names, and what it says of the request that is asked for. */
export interface AskedUri {
  readonly uri: Uri;
  /** Without headers and `method`. */
  readonly text: string;
  /** Upper-case; INVITE where it names none. */
  readonly method: string;
  /** Replaces, or the older Session-Replaces (oma-reference §3.3.4); "" for none. */
  readonly replaces: string;
}

/** Null where the text is no URI, or its headers are malformed. */
export function askedUri(text: string): AskedUri | null {
  const whole = tryParseUri(text);
  if (whole === null) return null;
  const bare = (whole.headers === "" ? text : text.slice(0, text.length - whole.headers.length - 1))
    .replace(/;method=[^;?]*/i, "");
  const uri = tryParseUri(bare);
  if (uri === null) return null;
  try {
    const headers = new Map<string, string>();
    for (const pair of whole.headers === "" ? [] : whole.headers.split("&", MAX_HEADERS)) {
      const equals = pair.indexOf("=");
      if (equals > 0) headers.set(decodeURIComponent(pair.slice(0, equals)).toLowerCase(), pair.slice(equals + 1));
    }
    const replaces = decodeURIComponent(headers.get("replaces") ?? headers.get("session-replaces") ?? "");
    if (/[\r\n\0]/.test(replaces)) return null;
    return { uri, text: bare, method: (whole.params.get("method") || "INVITE").toUpperCase(), replaces };
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
}

const MAX_HEADERS = 16;
