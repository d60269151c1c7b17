import { deltaSeconds, isToken } from "../grammar.ts";
import type { HeaderName } from "../header_names.ts";
import type { SipRequest } from "../message.ts";
import type { ResponseParts } from "../respond.ts";
import { mediaType, tryEvent } from "./event_headers.ts";
import type { PublicationStore } from "./publication_store.ts";

/** The answer to a PUBLISH, and what to do once it is on its way. */
export interface PublishAnswer {
  readonly status: number;
  readonly parts: ResponseParts;
  readonly afterwards?: () => void;
}

type Headers = readonly (readonly [HeaderName, string])[];

/** Reads PUBLISH requests (RFC 3903 §6) and asks the store of their event. */
export class PublicationServer {
  readonly #stores = new Map<string, PublicationStore>();

  register(store: PublicationStore): void {
    this.#stores.set(store.rules.event, store);
  }

  handle(request: SipRequest, publisher: string, resource: string): PublishAnswer {
    const required = request.list("Require");
    if (required.length > 0) return { status: 420, parts: { headers: [["Unsupported", required.join(", ")]] } };
    const event = tryEvent(request.get("Event"));
    const store = event === null ? undefined : this.#stores.get(event.package);
    if (store === undefined) {
      const headers: Headers = this.#stores.size === 0 ? [] : [["Allow-Events", [...this.#stores.keys()].join(", ")]];
      return { status: 489, parts: { headers } };
    }
    const match = request.get("SIP-If-Match");
    if (match !== undefined && (!isToken(match) || request.getAll("SIP-If-Match").length > 1)) {
      return { status: 400, parts: { reason: "SIP-If-Match Is Not One Entity-Tag" } };
    }
    const coding = request.get("Content-Encoding");
    if (request.body.length > 0 && coding !== undefined && coding.toLowerCase() !== "identity") {
      return { status: 415, parts: { headers: [["Accept-Encoding", "identity"]] } };
    }
    const result = store.publish({
      resource,
      publisher,
      etag: match ?? "",
      expires: deltaSeconds(request.get("Expires")) ?? -1,
      contentType: mediaType(request.get("Content-Type") ?? ""),
      body: request.body,
    });
    switch (result.status) {
      case 200: {
        const headers: Headers = [["SIP-ETag", result.etag], ["Expires", String(result.expires)]];
        const afterwards = result.changed ? () => store.rules.changed(resource) : undefined;
        return { status: 200, parts: { headers }, afterwards };
      }
      case 423:
        return { status: 423, parts: { headers: [["Min-Expires", String(result.minExpires)]] } };
      case 415:
        return { status: 415, parts: { headers: [["Accept", result.accept.join(", ")]] } };
      case 503:
        return { status: 503, parts: { headers: [["Retry-After", String(result.retryAfter)]] } };
      default:
        return { status: result.status, parts: { reason: result.reason } };
    }
  }
}
