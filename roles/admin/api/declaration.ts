import type { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { Connection } from "../../../web/mod.ts";
import type { AdminServices, Permission, Principal } from "../services/mod.ts";

/**
 * Who may: `public`; `any` principal; `admin`: any admin by session; `self`: the user whose address is {uri}; `user`: any
 * user by session, for what is their own; a permission; or a permission or `self`; or a permission or `own`: the handler sees to it
 * that others reach only what is theirs.
 */
export type RoutePermission =
  | "public"
  | "any"
  | "admin"
  | "self"
  | "user"
  | Permission
  | `${Permission}|self`
  | `${Permission}|own`;

export type Method = "get" | "post" | "put" | "patch" | "delete";

/** One route: from this come checks, documentation, and the list of routes. */
export interface Declaration<
  P extends z.ZodObject = z.ZodObject,
  Q extends z.ZodObject = z.ZodObject,
  B extends z.ZodType = z.ZodType,
  A extends z.ZodType = z.ZodType,
> {
  readonly method: Method;
  /** Behind /api/v1, as OpenAPI writes it: `/users/{uri}`. */
  readonly path: string;
  readonly permission: RoutePermission;
  /** The chapter it stands in: `users`. */
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly params?: P;
  readonly query?: Q;
  /** A JSON body. */
  readonly body?: B;
  /** A body that is not JSON: its type ("*" for any), its largest size in octets, and whether it is read at all. */
  readonly upload?: { readonly type: string; readonly limit: number; readonly streamed: boolean };
  /** Request header lines that matter, with what they mean. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The JSON answer; absent: 204, or what `answers` says. */
  readonly answer?: A;
  /** An answer that is not JSON: its type. The handler makes the Response. */
  readonly answers?: string;
  /** Default 200, without an answer 204. */
  readonly status?: 200 | 201 | 202;
  /** Version of what the answer shows: its ETag. */
  readonly etag?: (answer: z.input<A>) => number;
  /** Present version of what the request is about; with it If-Match holds. */
  readonly version?: (services: AdminServices, params: z.output<P>) => number | null;
}

/** One request, checked. */
export interface Call<P = unknown, Q = unknown, B = unknown> {
  readonly services: AdminServices;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  /** Null only on public routes. */
  readonly principal: Principal | null;
  /** Session or API token of the principal; "" on public routes. */
  readonly token: string;
  /** Actor for the audit log. */
  readonly by: string;
  /** The version that If-Match names; null: whatever there is. */
  readonly version: number | null;
  readonly source: string;
  readonly userAgent: string;
  readonly request: Request;
  readonly context: Context<{ Bindings: Connection }>;
  /** Header lines of the answer. */
  readonly headers: Headers;
}

/** A route as the list of routes has it. */
export interface RouteInfo {
  readonly method: Method;
  /** `/api/v1/users/{uri}` */
  readonly path: string;
  readonly permission: RoutePermission;
  readonly status: number;
  /** Of the JSON answer; null for 204 and other types. */
  readonly answer: z.ZodType | null;
  /** Of the JSON body; null without. */
  readonly body: z.ZodType | null;
  readonly upload: { readonly type: string; readonly limit: number } | null;
}
