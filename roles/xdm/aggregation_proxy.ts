import type { LabelledCounter, Log, Metrics } from "../../foundation/mod.ts";
import type { Subscriber, Subscribers } from "../../storage/mod.ts";
import {
  errorBody,
  parseEntityTags,
  parseXcapUri,
  XCAP_ERROR,
  XcapProblem,
  type XcapTarget,
} from "../../transport/xcap/mod.ts";
import { isLoopback } from "../../transport/net/mod.ts";
import type { Clock } from "../../foundation/mod.ts";
import { serviceState } from "../sip_core/mod.ts";
import { UNCONDITIONAL } from "./conditions.ts";
import type { Conditions, DocumentService, Written } from "./document_service.ts";
import type { HttpDigest } from "./http_digest.ts";
import type { DocumentKey, Principal } from "./usage.ts";
import { ownerOf } from "./xui.ts";

/** Whose request it is, as the web door knows it. */
export interface XcapConnection {
  readonly remote: { readonly host: string };
  readonly secure: boolean;
}

/** A user who is signed in at whoever passes the request on, and the path that stood before its target. */
export interface KnownAsker {
  readonly aor: string;
  readonly path: string;
}

/** Searches by POST (oma-reference §5.9). Rejects with XcapProblem. */
export interface SearchProxy {
  search(
    by: Subscriber,
    query: URLSearchParams,
    body: Uint8Array,
    mediaType: string,
  ): Promise<{ readonly mediaType: string; readonly body: string }>;
}

/** What the proxy stands on. */
export interface AggregationProxyParts {
  readonly documents: DocumentService;
  readonly search: SearchProxy | null;
  readonly digest: HttpDigest;
  readonly subscribers: Subscribers;
  /** Domains served here; the first one is the realm where the target names no user. */
  readonly domains: ReadonlySet<string>;
  /** Path of the root, such as `/xcap`. */
  readonly path: string;
  /** Whether documents go to other machines without TLS; read at each request. */
  readonly settings: { readonly plain: boolean; readonly max_document: number };
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Log;
}

const SEARCH = "org.openmobilealliance.search";
/** A search is a few lines. */
const MAX_SEARCH = 16_384;
const METHODS = "GET, HEAD, PUT, DELETE";
/**
 * Documents are what users wrote, and browsers show XML: scripts and styles in it (XHTML is XML) must not run beside the console,
 * whose origin this is.
 */
const HARMLESS: readonly (readonly [name: string, value: string])[] = [
  ["content-security-policy", "default-src 'none'; frame-ancestors 'none'; sandbox"],
  ["x-content-type-options", "nosniff"],
  ["cross-origin-resource-policy", "same-origin"],
  ["referrer-policy", "no-referrer"],
];

/**
 * The one door to all documents (OMA XDM "Aggregation Proxy"): finds out who asks, whom the request concerns, and passes it on.
 * First level of authorisation: only users with the service get in; the second one is each usage's own.
 */
export class AggregationProxy {
  readonly #parts: AggregationProxyParts;
  readonly #answers: LabelledCounter;

  constructor(parts: AggregationProxyParts) {
    this.#parts = parts;
    this.#answers = parts.metrics.labelled("parley_xcap_answers_total", "Answers to XCAP requests by status", "status");
  }

  /**
   * Answers a request below the root. Never rejects. `by`: whoever stands before us has found out already who asks, and has another
   * path than the root's; what the request itself says of who asks counts for nothing then.
   */
  async handle(request: Request, connection: XcapConnection, by: KnownAsker | null = null): Promise<Response> {
    let response: Response;
    try {
      response = await this.#answer(request, connection, by);
    } catch (error) {
      if (error instanceof XcapProblem) response = problemResponse(error);
      else {
        this.#parts.log.error("an XCAP request failed", {
          error: error instanceof Error ? error.message : String(error),
        });
        response = problemResponse(new XcapProblem(500, "The box failed at this request; its log says more."));
      }
    }
    this.#answers.with(String(response.status)).add();
    for (const [name, value] of HARMLESS) response.headers.set(name, value);
    return response;
  }

  async #answer(request: Request, connection: XcapConnection, by: KnownAsker | null): Promise<Response> {
    const { settings, subscribers } = this.#parts;
    const path = by?.path ?? this.#parts.path;
    if (!connection.secure && !settings.plain && !isLoopback(connection.remote.host)) {
      throw new XcapProblem(403, "Documents are given over https alone.");
    }
    const raw = targetOf(request.url);
    const question = raw.indexOf("?");
    const below = (question < 0 ? raw : raw.slice(0, question)).slice(path.length);
    const query = question < 0 ? "" : raw.slice(question + 1);
    const isSearch = below === `/${SEARCH}` || below.startsWith(`/${SEARCH}/`);
    if (!isSearch && !METHODS.split(", ").includes(request.method)) return methodNotAllowed(METHODS);
    const target = isSearch ? null : parseXcapUri(below, query);
    const user = by === null
      ? this.#authenticate(request, connection, raw, target)
      : this.#active(subscribers.get(by.aor));
    if (user instanceof Response) return user;
    checkIntended(request.headers, user);
    if (isSearch) return this.#search(request, user, query);
    return this.#document(request, user.aor, target!);
  }

  /** The user who asks, or the answer that asks who that is. */
  #authenticate(
    request: Request,
    connection: XcapConnection,
    raw: string,
    target: XcapTarget | null,
  ): Subscriber | Response {
    const { digest, domains } = this.#parts;
    const realm = this.#realm(target);
    const authorization = request.headers.get("authorization");
    const verdict = digest.check(request.method, raw, authorization, realm, domains, connection.remote.host);
    switch (verdict.outcome) {
      case "ok":
        return this.#active(verdict.subscriber);
      case "malformed":
        throw new XcapProblem(400, verdict.why);
      case "locked": {
        const answer = problemResponse(
          new XcapProblem(403, `Too many wrong passwords; try again in ${verdict.seconds} s.`),
        );
        answer.headers.set("retry-after", String(verdict.seconds));
        return answer;
      }
      case "challenge": {
        const headers = new Headers({ "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" });
        for (const challenge of verdict.challenges) headers.append("www-authenticate", challenge);
        return new Response(`${verdict.why}\n`, { status: 401, headers });
      }
    }
  }

  /** First level of authorisation: the user is there and has the service. */
  #active(subscriber: Subscriber | undefined): Subscriber {
    if (subscriber === undefined) throw new XcapProblem(403, "Your account is no more.");
    const state = serviceState(subscriber, this.#parts.clock);
    if (state !== "active") throw new XcapProblem(403, `Your account is ${state}.`);
    return subscriber;
  }

  /** The domain of the tree's owner where it is one of ours; clients expect the realm to be that. */
  #realm(target: XcapTarget | null): string {
    const { domains } = this.#parts;
    const domain = target?.xui?.slice(target.xui.lastIndexOf("@") + 1).toLowerCase();
    if (domain !== undefined && domains.has(domain)) return domain;
    for (const first of domains) return first;
    return "";
  }

  async #document(request: Request, aor: string, target: XcapTarget): Promise<Response> {
    const by: Principal = { kind: "user", aor };
    const { documents, subscribers, domains, settings } = this.#parts;
    const owner = target.xui === null ? "" : ownerOf(target.xui, subscribers, domains);
    if (target.xui !== null && owner === "") throw new XcapProblem(404, "The tree's name is no address.");
    if ((target.xui === null && target.tree !== "global") || target.document.endsWith("/")) {
      throw new XcapProblem(404, "A collection can be watched, but neither fetched nor changed.");
    }
    const key: DocumentKey = { auid: target.auid, owner, name: target.document };
    const conditions = conditionsOf(request.headers);
    switch (request.method) {
      case "GET":
      case "HEAD": {
        const found = await documents.get(by, key, target.selector, conditions);
        const validators = { etag: `"${found.etag}"`, "cache-control": "private, no-cache" };
        if ("notModified" in found) return new Response(null, { status: 304, headers: validators });
        const headers = {
          // Without charset, as RFC 4825 prints it: clients compare the whole value. XML is UTF-8 (§5.3).
          "content-type": found.mediaType,
          "last-modified": new Date(found.modifiedAt).toUTCString(),
          ...validators,
        };
        return new Response(request.method === "HEAD" ? null : found.body, { headers });
      }
      case "PUT": {
        const mediaType = mediaTypeOf(request);
        if (request.headers.has("content-range")) {
          throw new XcapProblem(400, "Parts of a document are named by a node selector.");
        }
        const coding = request.headers.get("content-encoding") ?? "identity";
        if (coding.toLowerCase() !== "identity") {
          throw new XcapProblem(415, `Documents are taken as they are, not as ${coding.slice(0, 40)}.`);
        }
        checkCharset(request);
        const octets = await readBody(request, settings.max_document);
        // A body may take its time.
        this.#active(subscribers.get(aor));
        return writtenResponse(await documents.put(by, key, target.selector, { mediaType, octets }, conditions));
      }
      case "DELETE":
        return writtenResponse(await documents.remove(by, key, target.selector, conditions));
      default:
        return methodNotAllowed(METHODS);
    }
  }

  async #search(request: Request, by: Subscriber, query: string): Promise<Response> {
    const { search } = this.#parts;
    if (search === null) throw new XcapProblem(404, "Searching is not offered here.");
    if (request.method !== "POST") return methodNotAllowed("POST");
    const body = await readBody(request, MAX_SEARCH);
    const found = await search.search(by, new URLSearchParams(query), body, mediaTypeOf(request));
    return new Response(found.body, {
      headers: { "content-type": found.mediaType, "cache-control": "no-store" },
    });
  }
}

function mediaTypeOf({ headers }: Request): string {
  return (headers.get("content-type") ?? "").split(";")[0].trim().toLowerCase();
}

/** Documents and their parts are UTF-8 (RFC 4825 §8.2.2). */
function checkCharset({ headers }: Request): void {
  const charset = /;[ \t]*charset[ \t]*=[ \t]*"?([^\s;"]*)/i.exec(headers.get("content-type") ?? "")?.[1];
  if (charset === undefined || /^(?:utf-8|us-ascii)$/i.test(charset)) return;
  throw new XcapProblem(409, `Documents are UTF-8, not ${charset.slice(0, 40)}.`, { element: "not-utf-8" });
}

/** Path and query as they came: a parsed URL would have other escapes. */
function targetOf(url: string): string {
  const slash = url.indexOf("/", url.indexOf("://") + 3);
  return slash < 0 ? "/" : url.slice(slash);
}

/** An identity that a client claims beside its credentials has to be one of its own (oma-reference §5.11). */
function checkIntended(headers: Headers, user: Subscriber): void {
  for (const name of ["x-xcap-preferred-identity", "x-3gpp-intended-identity"]) {
    const claimed = headers.get(name)?.trim().replace(/^"(.*)"$/, "$1");
    if (claimed === undefined || claimed === user.aor || claimed === `tel:${user.e164}`) continue;
    throw new XcapProblem(403, `${name} names somebody else than the credentials do.`);
  }
}

function conditionsOf(headers: Headers): Conditions {
  const match = headers.get("if-match");
  const noneMatch = headers.get("if-none-match");
  if (match === null && noneMatch === null) return UNCONDITIONAL;
  return {
    ifMatch: match === null ? null : parseEntityTags(match, "strong"),
    ifNoneMatch: noneMatch === null ? null : parseEntityTags(noneMatch),
  };
}

/** The body, as far as it may be long; 413 beyond. */
async function readBody(request: Request, most: number): Promise<Uint8Array> {
  const stated = Number(request.headers.get("content-length") ?? 0);
  if (stated > most) throw new XcapProblem(413, `At most ${most} octets are taken, not ${stated}.`);
  if (request.body === null) return new Uint8Array(0);
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = request.body.getReader();
  for (;;) {
    // Where the client went away there is nobody to answer, and nothing of ours has failed.
    const { done, value } = await reader.read().catch(() => {
      throw new XcapProblem(400, "The body ended before it was whole.");
    });
    if (done) break;
    length += value.length;
    if (length > most) {
      await reader.cancel();
      throw new XcapProblem(413, `At most ${most} octets are taken.`);
    }
    chunks.push(value);
  }
  if (chunks.length === 1) return chunks[0];
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

function writtenResponse({ created, etag }: Written): Response {
  const headers = new Headers({ "cache-control": "private, no-cache" });
  if (etag !== null) headers.set("etag", `"${etag}"`);
  return new Response(null, { status: created ? 201 : 200, headers });
}

function methodNotAllowed(allow: string): Response {
  return new Response(`Allowed here: ${allow}.\n`, {
    status: 405,
    headers: { allow, "content-type": "text/plain; charset=utf-8" },
  });
}

function problemResponse(problem: XcapProblem): Response {
  const headers: Record<string, string> = { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" };
  if (problem.retryAfter_s > 0) headers["retry-after"] = String(problem.retryAfter_s);
  if (problem.condition === null) {
    // Namespace bindings can be fetched alone (RFC 4825 §7.10).
    const response = new Response(`${problem.message}\n`, { status: problem.status, headers });
    if (problem.status === 405) response.headers.set("allow", "GET, HEAD");
    return response;
  }
  headers["content-type"] = XCAP_ERROR;
  return new Response(errorBody(problem), { status: problem.status, headers });
}
