import { z } from "@hono/zod-openapi";
import { userAddress } from "../../../operations/stored/mod.ts";
import type { AdminServices, UserDetail } from "../services/mod.ts";
import { type Api, BASE } from "./api.ts";
import { count, inField, limit, list, uriParams, userFieldOf } from "./fields.ts";
import { guarded } from "./guesses.ts";
import { nextLink } from "./paging.ts";
import { Problem } from "./problems.ts";
import {
  deviceSchema,
  newUser,
  reachabilitySchema,
  userPage,
  userPatch,
  userSchema,
  userState,
} from "./user_schemas.ts";

/** Throws the Problem "not-found". */
export function knownUser(services: AdminServices, uri: string): UserDetail {
  const user = services.users.get(uri);
  if (user === null) throw new Problem("not-found", `There is no user ${uri}.`);
  return user;
}

const version = (services: AdminServices, { uri }: { uri: string }) => services.users.get(uri)?.version ?? null;
const tag = "users";

/** Users, one by one. Import and export have a file of their own. */
export function userRoutes(api: Api): void {
  api.route({
    method: "get",
    path: "/users",
    permission: "users.read",
    tag,
    summary: "Users, in order of address.",
    query: z.strictObject({
      search: z.string().max(200).default(""),
      state: z.union([userState, z.literal("")]).default(""),
      online: z.enum(["true", "false"]).optional(),
      after: z.string().max(300).default(""),
      limit: limit(500, 50),
    }),
    answer: userPage,
  }, ({ services, query, request, headers }) => {
    const online = query.online === undefined ? null : query.online === "true";
    const page = services.users.find({ ...query, online });
    if (page.next !== "") headers.set("link", nextLink(request.url, "after", page.next));
    return page;
  });

  api.route({
    method: "post",
    path: "/users",
    permission: "users.write",
    tag,
    summary: "Add a user. A generated password is told once.",
    body: newUser,
    status: 201,
    answer: z.object({ user: userSchema, password: z.string(), warnings: list(z.string()) }),
    etag: ({ user }) => user.version,
  }, async ({ services, body, by, headers }) => {
    const { display_name, e164, password, state } = body;
    const domain = body.domain ?? services.box.status().domains[0];
    const uri = body.uri.trim() === "" ? services.users.suggestUri(display_name, domain) : body.uri.trim();
    const user = { uri, password, display_name, e164 };
    const report = await services.users.add({ users: [user], replace: false, dry_run: false, state }, by);
    if (report.errors.length > 0) {
      const errors = report.errors.map(({ message }) => ({ field: userFieldOf(message), message }));
      throw new Problem("invalid", "The user was not added.", { errors });
    }
    const made = knownUser(services, userAddress(uri).aor);
    headers.set("location", `${BASE}/users/${encodeURIComponent(made.uri)}`);
    return { user: made, password: report.passwords[0]?.password ?? "", warnings: report.warnings };
  });

  api.route({
    method: "get",
    path: "/users/{uri}",
    permission: "users.read|self",
    tag,
    summary: "One user. The operator's note is left out where users ask for themselves.",
    params: uriParams,
    answer: userSchema,
    etag: (user) => user.version,
  }, ({ services, params, principal }) => {
    const user = knownUser(services, params.uri);
    return principal?.kind === "user" ? { ...user, note: "" } : user;
  });

  api.route({
    method: "patch",
    path: "/users/{uri}",
    permission: "users.write",
    tag,
    summary: "Change a user; what is absent stays.",
    params: uriParams,
    body: userPatch,
    answer: userSchema,
    etag: (user) => user.version,
    version,
  }, async ({ services, params, body, version, by }) => {
    const user = await services.users.change(params.uri, body, version, by).catch((error) => {
      throw inField(error, userFieldOf);
    });
    if (body.password !== undefined || user.state === "suspended" || user.state === "barred") {
      await services.access.endSessionsOf("user", params.uri, "");
    }
    return user;
  });

  api.route({
    method: "delete",
    path: "/users/{uri}",
    permission: "users.write",
    tag,
    summary: "Remove a user, with registrations, stored messages and sessions.",
    params: uriParams,
    version,
  }, async ({ services, params, version, by }) => {
    await services.users.remove(params.uri, version, by);
    await services.access.endSessionsOf("user", params.uri, "");
  });

  api.route({
    method: "post",
    path: "/users/{uri}/password/reset",
    permission: "users.help",
    tag,
    summary: "Make a new password and tell it, once. The user's sessions end.",
    params: uriParams,
    answer: z.object({ password: z.string() }),
  }, async ({ services, params, by }) => {
    const made = await services.users.resetPassword(params.uri, by);
    await services.access.endSessionsOf("user", params.uri, "");
    return made;
  });

  api.route({
    method: "put",
    path: "/users/{uri}/password",
    permission: "self",
    tag,
    summary: "Change one's own password (SEC-7). Other sessions end; devices need the new one.",
    params: uriParams,
    body: z.strictObject({ old: z.string().min(1).max(256), new: z.string().min(1).max(256) }).openapi("OwnPassword"),
  }, async ({ services, params, body, principal }) => {
    // A session that was left open must not be the place to guess the password.
    await guarded(
      api.guesses,
      `password ${params.uri}`,
      "",
      () =>
        services.users.changeOwnPassword(params.uri, body.old, body.new).catch((error) => {
          throw inField(error, (message) => message.includes("old") ? "old" : "new");
        }),
      (error) => error instanceof Problem && error.errors.some(({ field }) => field === "old"),
    );
    await services.access.endSessionsOf("user", params.uri, principal?.kind === "user" ? principal.session : "");
  });

  api.route({
    method: "get",
    path: "/users/{uri}/devices",
    permission: "users.read|self",
    tag,
    summary: "The user's registered devices.",
    params: uriParams,
    answer: z.object({ devices: list(deviceSchema) }),
  }, ({ services, params }) => {
    knownUser(services, params.uri);
    return { devices: services.users.devices(params.uri) };
  });

  api.route({
    method: "delete",
    path: "/users/{uri}/devices",
    permission: "users.help|self",
    tag,
    summary: "End all registrations of the user: the devices must register anew.",
    params: uriParams,
    answer: z.object({ ended: count }),
  }, async ({ services, params, by }) => {
    knownUser(services, params.uri);
    return { ended: await services.users.revokeDevices(params.uri, by) };
  });

  api.route({
    method: "delete",
    path: "/users/{uri}/devices/{id}",
    permission: "users.help|self",
    tag,
    summary: "End one registration.",
    params: uriParams.extend({ id: z.string().min(1).max(500) }),
  }, async ({ services, params, by }) => {
    knownUser(services, params.uri);
    if (await services.users.revokeDevice(params.uri, params.id, by)) return;
    throw new Problem("not-found", `${params.uri} has no device "${params.id}".`);
  });

  api.route({
    method: "post",
    path: "/users/{uri}/reachability",
    permission: "users.help",
    tag,
    summary: "Why can this user (not) be reached: looks at everything and asks each device, in at most 5 s.",
    params: uriParams,
    answer: reachabilitySchema,
  }, async ({ services, params }) => {
    knownUser(services, params.uri);
    return await services.users.reachability(params.uri);
  });
}
