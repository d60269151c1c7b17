import { z } from "@hono/zod-openapi";
import type { AdminServices } from "../services/mod.ts";
import { adminRoutes } from "./admins.ts";
import { Api, type ApiApp, type ApiOptions, BASE } from "./api.ts";
import { auditRoutes } from "./audit.ts";
import { backupRoutes } from "./backups.ts";
import { certificateRoutes } from "./certificates.ts";
import { chatSessionRoutes } from "./chat_sessions.ts";
import { contactRoutes } from "./contacts.ts";
import { conversationRoutes } from "./conversations.ts";
import type { RouteInfo } from "./declaration.ts";
import { describeSecurity, openApiDocument } from "./documentation.ts";
import { healthRoutes } from "./health.ts";
import { historyRoutes } from "./history_settings.ts";
import { logRoutes } from "./logs.ts";
import { meRoutes } from "./me.ts";
import { metricsRoutes } from "./metrics.ts";
import { Problem, problemAnswer } from "./problems.ts";
import { profileRoutes } from "./profiles.ts";
import { provisioningRoutes } from "./provisioning.ts";
import { recoveryRoutes } from "./recovery.ts";
import { groupRoutes } from "./groups.ts";
import { roomRoutes } from "./rooms.ts";
import { searchRoutes } from "./searches.ts";
import { sessionRoutes } from "./sessions.ts";
import { setUpRoutes } from "./set_up.ts";
import { policyRoutes, settingsRoutes } from "./settings.ts";
import { statusRoutes } from "./status.ts";
import { supportRoutes } from "./support.ts";
import { systemMessageRoutes } from "./system_messages.ts";
import { tokenRoutes } from "./tokens.ts";
import { publicRoomRoutes } from "./public_rooms.ts";
import { userDocumentRoutes } from "./user_documents.ts";
import { userFileRoutes } from "./user_files.ts";
import { userRoutes } from "./users.ts";

const apisOf = new WeakMap<object, Api>();

/**
 * The REST API under /api/v1: a projection of the console's services. Mount it with `web.route("/", api)`; its `fetch` wants
 * the Connection as environment.
 */
export function createApi(services: AdminServices, options: ApiOptions): ApiApp {
  const api = new Api(services, options);
  describeSecurity(api.app);
  documentRoute(api);
  for (
    const add of [
      sessionRoutes,
      statusRoutes,
      userFileRoutes,
      userRoutes,
      contactRoutes,
      profileRoutes,
      searchRoutes,
      groupRoutes,
      userDocumentRoutes,
      publicRoomRoutes,
      provisioningRoutes,
      adminRoutes,
      meRoutes,
      historyRoutes,
      conversationRoutes,
      tokenRoutes,
      settingsRoutes,
      policyRoutes,
      certificateRoutes,
      backupRoutes,
      recoveryRoutes,
      auditRoutes,
      logRoutes,
      metricsRoutes,
      healthRoutes,
      supportRoutes,
      systemMessageRoutes,
      chatSessionRoutes,
      roomRoutes,
      setUpRoutes,
    ]
  ) add(api);
  fallback(api);
  apisOf.set(api.app, api);
  return api.app;
}

/** Every route of an app that `createApi` made. */
export function routesOf(app: ApiApp): readonly RouteInfo[] {
  return apiOf(app).routes;
}

/** Ends the event streams of an app that `createApi` made, for good. */
export function closeStreams(app: ApiApp): void {
  apiOf(app).streams.close();
}

function apiOf(app: ApiApp): Api {
  const api = apisOf.get(app);
  if (api === undefined) throw new TypeError("this app was not made by createApi");
  return api;
}

function documentRoute(api: Api): void {
  let text: string | null = null;
  api.route({
    method: "get",
    path: "/openapi.json",
    permission: "public",
    tag: "about",
    summary: "This document (OpenAPI 3.1).",
    answer: z.record(z.string(), z.unknown()),
  }, ({ services }) => {
    text ??= JSON.stringify(openApiDocument(api.app, services.setUp.state().version));
    return new Response(text, { headers: { "content-type": "application/json" } });
  });
}

/** What no route claims: 405 where the path exists with other methods, else 404. */
function fallback({ app, routes }: Api): void {
  const patterns = new Map<string, { pattern: RegExp; methods: Set<string> }>();
  for (const { path, method } of routes) {
    const literal = path.replace(/[.]/g, "\\.").replace(/\{\w+\}/g, "[^/]+");
    const entry = patterns.get(path) ?? { pattern: new RegExp(`^${literal}$`), methods: new Set() };
    entry.methods.add(method.toUpperCase());
    if (method === "get") entry.methods.add("HEAD");
    patterns.set(path, entry);
  }
  app.all(`${BASE}/*`, (c) => {
    const { pathname } = new URL(c.req.url);
    const methods = new Set(
      [...patterns.values()].filter(({ pattern }) => pattern.test(pathname))
        .flatMap(({ methods }) => [...methods]),
    );
    if (methods.size === 0) {
      return problemAnswer(new Problem("not-found", `There is nothing at ${pathname.slice(0, 200)}.`));
    }
    const allow = [...methods].sort().join(", ");
    const detail = `${c.req.method.slice(0, 20)} is not for this path; allowed: ${allow}.`;
    return problemAnswer(new Problem("method-not-allowed", detail, { headers: { allow } }));
  });
}
