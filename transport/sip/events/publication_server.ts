import { EMPTY, type LabelledCounter, randomToken } from "../../../foundation/mod.ts";
import { deltaSeconds, isToken } from "../grammar.ts";
import type { HeaderName } from "../header_names.ts";
import type { SipRequest } from "../message.ts";
import { responseHead, type ResponseParts } from "../respond.ts";
import type { ServerTransaction } from "../transactions.ts";
import { codingsAccepted, type ContentDecoder, decodedBody } from "./content_coding.ts";
import { mediaType, tryEvent } from "./event_headers.ts";
import type { PublicationResult } from "./publication_rules.ts";
import type { PublicationStore } from "./publication_store.ts";

type Headers = readonly (readonly [HeaderName, string])[];

/** Reads PUBLISH requests (RFC 3903 §6), asks the store of their event, and answers. */
export class PublicationServer {
  readonly #stores = new Map<string, PublicationStore>();
  readonly #answers: LabelledCounter;
  readonly #decode: ContentDecoder | null;

  constructor(answers: LabelledCounter, decode: ContentDecoder | null) {
    this.#answers = answers;
    this.#decode = decode;
  }

  register(store: PublicationStore): void {
    this.#stores.set(store.rules.event, store);
  }

  handle(transaction: ServerTransaction, publisher: string, resource: string): void {
    const { request, flow } = transaction;
    const store = this.#storeFor(transaction);
    if (store === null) return;
    const match = request.get("SIP-If-Match");
    if (match !== undefined && (!isToken(match) || request.getAll("SIP-If-Match").length > 1)) {
      return this.#reply(transaction, 400, { reason: "SIP-If-Match Is Not One Entity-Tag" });
    }
    const body = decodedBody(request, this.#decode);
    if (body === null) return this.#reply(transaction, 415, codingsAccepted(this.#decode));
    store.publish({
      resource,
      publisher,
      etag: match ?? "",
      expires: expiresOf(request),
      contentType: mediaType(request.get("Content-Type") ?? ""),
      body,
      origin: { flowId: flow.id, host: flow.remote.host, port: flow.remote.port, transport: flow.transport },
    }, (result) => this.#answer(transaction, store, resource, result));
  }

  /** Null: it has its answer already. */
  #storeFor(transaction: ServerTransaction): PublicationStore | null {
    const { request } = transaction;
    const required = request.list("Require");
    if (required.length > 0) {
      this.#reply(transaction, 420, { headers: [["Unsupported", required.join(", ")]] });
      return null;
    }
    const event = tryEvent(request.get("Event"));
    const store = event === null ? undefined : this.#stores.get(event.package);
    if (store !== undefined) return store;
    const known = [...this.#stores.keys()].join(", ");
    this.#reply(transaction, 489, { headers: known === "" ? [] : [["Allow-Events", known]] });
    return null;
  }

  #answer(
    transaction: ServerTransaction,
    { rules }: PublicationStore,
    resource: string,
    result: PublicationResult,
  ): void {
    if (!("etag" in result)) return this.#reply(transaction, result.status, result);
    const headers: Headers = [["SIP-ETag", result.etag], ["Expires", String(result.expires)]];
    this.#reply(transaction, 200, { headers });
    if (result.effect === "changed") rules.changed(resource);
    else if (result.effect === "refreshed") rules.refreshed?.(result.publication!);
  }

  #reply(transaction: ServerTransaction, status: number, parts: ResponseParts): void {
    const { request } = transaction;
    this.#answers.with(request.method, String(status)).add();
    const head = responseHead(request, status, { toTag: randomToken(10), ...parts });
    transaction.respond(status, head, parts.body ?? EMPTY);
  }
}

/** Seconds asked for; -1 where nothing is said. */
function expiresOf(request: SipRequest): number {
  return deltaSeconds(request.get("Expires")) ?? -1;
}
