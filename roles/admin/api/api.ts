import { OpenAPIHono, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { Clock, Log, Timers } from "../../../foundation/mod.ts";
import { OperationError } from "../../../operations/mod.ts";
import { userAddress } from "../../../operations/stored/mod.ts";
import { StorageError } from "../../../storage/mod.ts";
import type { Connection } from "../../../web/mod.ts";
import { LockOut } from "../../sip_core/mod.ts";
import type { AdminServices, Permission, Principal } from "../services/mod.ts";
import { actorOf, callerOf, requireSecure, sourceOf } from "./caller.ts";
import { etagOf, ifMatch, stale } from "./conditions.ts";
import type { Call, Declaration, RouteInfo } from "./declaration.ts";
import { document } from "./documentation.ts";
import { EventStreams } from "./event_streams.ts";
import { checked, queryOf } from "./fields.ts";
import { IdempotentAnswers } from "./idempotency.ts";
import { Problem, problemAnswer } from "./problems.ts";
import { jsonOf, readBody, refuseLarge, requireType } from "./request_body.ts";

export const BASE = "/api/v1";
const MAX_JSON = 1_048_576;

export type ApiApp = OpenAPIHono<{ Bindings: Connection }>;

export interface ApiOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  /** Octets of an uploaded backup. */
  readonly max_upload: number;
}

type Answered<A extends z.ZodType> = z.input<A> | Response | Promise<z.input<A> | Response>;

const NONE = z.object({});
type None = typeof NONE;

/**
 * What the routes stand on. A route is declared once; from that come, in this order: https, who asks, whether they may,
 * parameters, If-Match, body, Idempotency-Key, the answer with its ETag, problems, the document and the list of routes.
 */
export class Api {
  readonly app: ApiApp = new OpenAPIHono();
  readonly routes: RouteInfo[] = [];
  readonly services: AdminServices;
  readonly options: ApiOptions;
  readonly streams: EventStreams;
  /** Wrong guesses of secrets that are not log-ins. */
  readonly guesses: LockOut;
  readonly #answers: IdempotentAnswers;

  constructor(services: AdminServices, options: ApiOptions) {
    this.services = services;
    this.options = options;
    this.streams = new EventStreams(services.access, options.timers);
    this.guesses = new LockOut(options.clock);
    this.#answers = new IdempotentAnswers(options.clock);
  }

  /** Adds a route. Static paths go before those with parameters at the same place. */
  route<
    P extends z.ZodObject = None,
    Q extends z.ZodObject = None,
    B extends z.ZodType = z.ZodUndefined,
    A extends z.ZodType = z.ZodVoid,
  >(
    declaration: Declaration<P, Q, B, A>,
    handler: (call: Call<z.output<P>, z.output<Q>, z.output<B>>) => Answered<A>,
  ): void {
    const { method, path, permission, answer, body, upload } = declaration;
    const status = declaration.status ?? (answer === undefined && declaration.answers === undefined ? 204 : 200);
    const info = {
      method,
      path: BASE + path,
      permission,
      status,
      answer: answer ?? null,
      body: body ?? null,
      upload: upload ?? null,
    };
    this.routes.push(info);
    document(this.app, declaration as unknown as Declaration, status);
    this.app.on(method.toUpperCase(), BASE + path.replace(/\{(\w+)\}/g, ":$1"), async (c) => {
      try {
        return await this.#serve(c, declaration, status, handler);
      } catch (error) {
        return this.#refusal(error);
      }
    });
  }

  async #serve<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType, A extends z.ZodType>(
    c: Context<{ Bindings: Connection }>,
    declaration: Declaration<P, Q, B, A>,
    status: number,
    handler: (call: Call<z.output<P>, z.output<Q>, z.output<B>>) => Answered<A>,
  ): Promise<Response> {
    const request = c.req.raw;
    const { headers } = request;
    requireSecure(headers, c.env);
    const caller = declaration.permission === "public" ? null : callerOf(request, c.env, this.services.access);
    const principal = caller?.principal ?? null;
    if (principal !== null) this.#require(principal, declaration, c);
    const params = checked(declaration.params ?? NONE, c.req.param(), "path") as z.output<P>;
    const query = checked(declaration.query ?? NONE.strict(), queryOf(request.url), "query") as z.output<Q>;
    const version = declaration.version === undefined ? null : this.#version(headers, declaration.version, params);
    const { octets, body } = await this.#body(request, declaration);
    const by = actorOf(principal);
    const call: Call<z.output<P>, z.output<Q>, z.output<B>> = {
      services: this.services,
      params,
      query,
      body: body as z.output<B>,
      principal,
      token: caller?.token ?? "",
      by,
      version,
      source: sourceOf(headers, c.env),
      userAgent: headers.get("user-agent") ?? "",
      request,
      context: c,
      headers: new Headers(),
    };
    const work = async () => {
      try {
        return answered(await handler(call), call.headers, declaration, status);
      } catch (error) {
        const conflict = error instanceof OperationError && error.kind === "conflict" && version !== null;
        if (conflict && declaration.version!(this.services, params) !== version) throw stale();
        throw error;
      }
    };
    const key = headers.get("idempotency-key");
    if (key === null || request.method !== "POST" || principal === null || declaration.upload?.streamed) {
      return await work();
    }
    // Tokens may share a name; they share no answers.
    const who = principal.kind === "token" ? call.token : by;
    return await this.#answers.once(`${who} ${c.req.path} ${new URL(request.url).search}`, key, octets, work);
  }

  /** Throws the Problem "forbidden". */
  #require(principal: Principal, { permission, path }: Pick<Declaration, "permission" | "path">, c: Context): void {
    if (permission === "any") return;
    if (permission === "admin" && principal.kind === "admin") return;
    if (permission === "user" && principal.kind === "user") return;
    if (this.services.access.mustEnrol(principal) && !(c.req.method === "GET" && FRAME.has(path))) {
      throw new Problem("totp-set-up-required", "Your role needs a second factor: set one up first (PUT /me/totp).");
    }
    const [wanted, or] = permission.split("|");
    if (or === "own") return;
    if (permission === "self" || or === "self") {
      if (principal.kind === "user" && path.includes("{uri}") && aorOf(c.req.param("uri") ?? "") === principal.aor) {
        return;
      }
    }
    if (permission !== "admin" && permission !== "self" && permission !== "user") {
      if (this.services.access.may(principal, wanted as Permission)) return;
    }
    throw forbidden(permission);
  }

  #version<P extends z.ZodObject>(
    headers: Headers,
    versionOf: (services: AdminServices, params: z.output<P>) => number | null,
    params: z.output<P>,
  ): number | null {
    const version = ifMatch(headers);
    const present = version === null ? null : versionOf(this.services, params);
    if (present !== null && present !== version) throw stale();
    return version;
  }

  async #body(
    request: Request,
    { body, upload }: Pick<Declaration, "body" | "upload">,
  ): Promise<{ octets: Uint8Array; body: unknown }> {
    if (body !== undefined) {
      refuseLarge(request.headers, MAX_JSON);
      requireType(request.headers, "application/json");
      const octets = await readBody(request, MAX_JSON);
      return { octets, body: checked(body, jsonOf(octets), "body") };
    }
    if (upload === undefined) return { octets: new Uint8Array(), body: undefined };
    refuseLarge(request.headers, upload.limit);
    if (upload.type !== "*") requireType(request.headers, upload.type);
    if (upload.streamed) return { octets: new Uint8Array(), body: undefined };
    const octets = await readBody(request, upload.limit);
    return { octets, body: octets };
  }

  #refusal(error: unknown): Response {
    if (error instanceof Problem) return problemAnswer(error);
    if (error instanceof OperationError) return problemAnswer(problemOf(error));
    if (error instanceof StorageError) {
      return problemAnswer(new Problem("unavailable", `It cannot be stored: ${error.message}`, RETRY));
    }
    this.options.log.error("api request failed", { error: (error as Error).message });
    return problemAnswer(new Problem("internal", "The box failed at this request; its log says more."));
  }
}

/** What stands around the page on which a second factor is set up. */
const FRAME: ReadonlySet<string> = new Set(["/status", "/health", "/sign-ups", "/settings/candidate"]);

const RETRY = { headers: { "retry-after": "5" } };

export function forbidden(wanted: string): Problem {
  return new Problem("forbidden", `This needs "${wanted}", which your role or token does not have.`);
}

function problemOf({ kind, message }: OperationError): Problem {
  const detail = message.charAt(0).toUpperCase() + message.slice(1);
  if (kind === "invalid") return new Problem("invalid", detail, { errors: [{ field: "", message }] });
  return new Problem(kind, detail, kind === "unavailable" ? RETRY : {});
}

function answered<A extends z.ZodType>(
  answer: z.input<A> | Response,
  headers: Headers,
  { etag }: { readonly etag?: (answer: z.input<A>) => number },
  status: number,
): Response {
  headers.set("cache-control", "no-store");
  if (answer instanceof Response) {
    for (const [name, value] of headers) answer.headers.set(name, value);
    return answer;
  }
  if (status === 204) return new Response(null, { status, headers });
  if (etag !== undefined) headers.set("etag", etagOf(etag(answer)));
  headers.set("content-type", "application/json");
  return new Response(JSON.stringify(answer), { status, headers });
}

/** The address-of-record of a path; "" where it is none. */
function aorOf(text: string): string {
  try {
    return userAddress(text).aor;
  } catch (error) {
    if (error instanceof RangeError) return "";
    throw error;
  }
}
