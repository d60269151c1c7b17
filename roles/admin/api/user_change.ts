import type { z } from "@hono/zod-openapi";
import type { AdminServices } from "../services/mod.ts";
import type { Api } from "./api.ts";
import type { Declaration } from "./declaration.ts";
import { documentIfMatch, IF_MATCH } from "./document_etag.ts";
import type { uriParams } from "./fields.ts";
import { knownUser } from "./users.ts";

/** What is changed, by whom, and the version of the document that is meant: null for whichever there is. */
export interface UserChangeCall<P extends z.ZodObject> {
  readonly services: AdminServices;
  readonly params: z.output<P>;
  readonly etag: string | null;
  readonly by: string;
}

/** Adds a route that changes a document of a user and answers nothing: 404 where there is no such user, If-Match as `IF_MATCH` says. */
export function userChange<P extends typeof uriParams>(
  api: Api,
  declaration: Omit<Declaration<P>, "headers">,
  change: (call: UserChangeCall<P>) => Promise<unknown>,
): void {
  api.route({ ...declaration, headers: IF_MATCH }, async ({ services, params, by, request }) => {
    knownUser(services, params.uri);
    await change({ services, params, etag: documentIfMatch(request.headers), by });
  });
}
