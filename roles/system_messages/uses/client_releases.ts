import { createHash } from "node:crypto";
import { type Log, toLatin1, utf8 } from "../../../foundation/mod.ts";
import { type SipRequest, tryNameAddr } from "../../../transport/sip/mod.ts";
import type { Element } from "../../sip_core/mod.ts";
import { clientMatches } from "../audience.ts";
import type { NoticeBook } from "./notice_book.ts";
import { sayAgain, type Teller } from "./teller.ts";

/** Releases that the service does not support. */
export interface UnsupportedRelease {
  /** Pattern of User-Agent, `*` for any text. */
  readonly release: string;
  readonly then: "tell" | "refuse";
  /** For the user; "" for none. */
  readonly text: string;
}

export interface ClientReleasesParts {
  /** Live; the list is another object as soon as anything of it is another. */
  readonly settings: { readonly unsupported: readonly UnsupportedRelease[] };
  readonly book: NoticeBook;
  readonly teller: Teller;
  /** Who speaks in Warnings: our first domain. */
  readonly host: string;
  readonly log: Log;
}

/** oma-reference §3.0. */
const NOT_SUPPORTED = "132 Version not supported";
/** User-Agents that were looked up. */
const MOST_KNOWN = 1000;
/** Releases of one user that are remembered. */
const MOST_NOTED = 16;
/** Characters of User-Agent that count, as in bindings. */
const LENGTH = 128;

/**
 * Clients of releases that are not supported (SMSG-2), as they say themselves in User-Agent. Stands in front of the registrar: where
 * the operator wants it, a REGISTER that brings a binding gets 403 with the reason before anything is stored; leaving and asking goes
 * on. Their users are told why, once for each release.
 */
export class ClientReleases {
  readonly element: Element;
  readonly #parts: ClientReleasesParts;
  #list: readonly UnsupportedRelease[] = [];
  readonly #known = new Map<string, UnsupportedRelease | null>();
  /** Being told at this moment. */
  readonly #telling = new Set<string>();

  constructor(parts: ClientReleasesParts) {
    this.#parts = parts;
    const { settings, host } = parts;
    this.element = (next) => (exchange) => {
      const { request, subscriber } = exchange;
      if (settings.unsupported.length === 0 || request.method !== "REGISTER" || subscriber === null) {
        return next(exchange);
      }
      const release = (request.get("User-Agent") ?? "").slice(0, LENGTH);
      const found = this.#find(release);
      if (found === null || !bringsBinding(request)) return next(exchange);
      this.#tell(subscriber.aor, release, found);
      if (found.then === "tell") return next(exchange);
      const reason = found.text === "" ? "" : `: ${toLatin1(utf8(found.text)).replace(/["\\]/g, "'")}`;
      exchange.reply(403, {
        reason: "Client release not supported",
        headers: [["Warning", `399 ${host} "${NOT_SUPPORTED}${reason}"`]],
      });
    };
  }

  #find(release: string): UnsupportedRelease | null {
    const { unsupported } = this.#parts.settings;
    if (unsupported !== this.#list) {
      this.#list = unsupported;
      this.#known.clear();
    }
    let found = this.#known.get(release);
    if (found === undefined) {
      if (this.#known.size >= MOST_KNOWN) this.#known.clear();
      found = unsupported.find((one) => clientMatches(one.release, release)) ?? null;
      this.#known.set(release, found);
    }
    return found;
  }

  #tell(aor: string, release: string, found: UnsupportedRelease): void {
    const mark = createHash("sha256").update(release).digest("hex").slice(0, 12);
    const { book, log } = this.#parts;
    const key = `${mark} ${aor}`;
    if (this.#telling.has(key) || book.of(aor).releases.includes(mark) || !book.takes(aor)) return;
    this.#telling.add(key);
    this.#told(aor, mark, found).catch((error: Error) =>
      log.warn("a user was not told of an unsupported client", { user: aor, error: error.message })
    ).finally(() => this.#telling.delete(key));
  }

  /** Named is what the operator has written: clients tell names of devices, and so of people (SMSG-15). */
  async #told(aor: string, mark: string, { release, then, text }: UnsupportedRelease): Promise<void> {
    const { book, teller } = this.#parts;
    const so = then === "refuse" ? ", so it cannot sign in" : "";
    const said = `A client of yours is of a release that this service does not support (${release})${so}. ${text}`;
    if (!await sayAgain(teller, aor, `client ${mark}`, said.trim())) return;
    await book.note(aor, (noted) => ({ ...noted, releases: [...noted.releases, mark].slice(-MOST_NOTED) }));
  }
}

/** False for one that asks, or only takes away (RFC 3261 §10.2.2, §10.2.3). */
function bringsBinding(request: SipRequest): boolean {
  const common = request.get("Expires") ?? "";
  return request.list("Contact").some((value) =>
    value !== "*" && !/^0+$/.test(tryNameAddr(value)?.param("expires") ?? common)
  );
}
