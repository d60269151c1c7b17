import { utf8 } from "../foundation/mod.ts";
import { mediaType } from "../transport/payload/mod.ts";
import type { ReceivedNotification } from "../transport/sip/mod.ts";
import { escapeXml, parseXmlOctets, xmlAttribute, xmlChildren, XmlProblem } from "../transport/xml/mod.ts";
import { type ClientSubscriptions, ClientWatch, type WatchUser } from "./client_watch.ts";

const XCAP_DIFF = "application/xcap-diff+xml";
const XCAP_DIFF_NAMESPACE = "urn:ietf:params:xml:ns:xcap-diff";
/** A body that tells of patches is longer than other bodies of ours. */
const LIMITS = { characters: 262_144, depth: 64, elements: 20_000, attributes: 64 };

/**
 * The user's own documents (RFC 5875): one subscription for all of them, since a user may have few of these. It tells that a document
 * is another one, not what it says: whoever wants to know reads it.
 */
export class DocumentWatch implements WatchUser {
  readonly #subscriptions: ClientSubscriptions;
  readonly #paths = new Set<string>();
  /** Entity tags by path, as they were told last; "" for a document that is not there. */
  readonly #tags = new Map<string, string>();
  #watch: ClientWatch | null = null;

  constructor(subscriptions: ClientSubscriptions) {
    this.#subscriptions = subscriptions;
  }

  /** Documents below the XCAP root, beside those that are watched already. They are told of from the next `renew` on. */
  add(paths: readonly string[]): void {
    const before = this.#paths.size;
    for (const path of paths) this.#paths.add(path);
    if (this.#paths.size === before || this.#watch === null) return;
    this.#watch.leave();
    this.#watch = null;
    this.renew();
  }

  /** The way to the service is a new one: what was missed is asked for. */
  renew(): void {
    if (this.#watch !== null) return this.#watch.ask();
    if (this.#paths.size === 0) return;
    const entries = [...this.#paths].map((path) => `<entry uri="${escapeXml(path)}"/>`).join("");
    const list =
      `<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list>${entries}</list></resource-lists>`;
    this.#watch = new ClientWatch(this.#subscriptions, {
      event: "xcap-diff",
      uri: this.#subscriptions.world.account.aor,
      accept: [XCAP_DIFF],
      filter: { contentType: "application/resource-lists+xml", body: utf8(list) },
    }, this);
    this.#watch.begin();
  }

  close(): void {
    this.#watch?.leave();
    this.#watch = null;
    this.#paths.clear();
  }

  onWatched({ contentType, body }: ReceivedNotification): void {
    if (body.length === 0 || mediaType(contentType) !== XCAP_DIFF) return;
    const changed = this.#changed(body);
    if (changed.length > 0) this.#subscriptions.world.user.onDocuments?.(changed);
  }

  onWatchBroken(_reason: string, asked: boolean): void {
    if (!asked) this.#watch = null;
  }

  /** Paths of documents that are others than before. What cannot be read may be of any of them. */
  #changed(body: Uint8Array): string[] {
    const changed = new Set<string>();
    try {
      for (const document of xmlChildren(parseXmlOctets(body, LIMITS).root, XCAP_DIFF_NAMESPACE, "document")) {
        const path = xmlAttribute(document, "sel") ?? "";
        const tag = xmlAttribute(document, "new-etag") ?? "";
        if (!this.#paths.has(path) || this.#tags.get(path) === tag) continue;
        this.#tags.set(path, tag);
        changed.add(path);
      }
    } catch (error) {
      if (!(error instanceof XmlProblem)) throw error;
      return [...this.#paths];
    }
    return [...changed];
  }
}
