import { z } from "@hono/zod-openapi";
import type { AdminServices, AdminView } from "../services/mod.ts";
import { type Api, BASE } from "./api.ts";
import { inField, list, time } from "./fields.ts";
import { roleSchema } from "./principals.ts";
import { Problem } from "./problems.ts";

export const adminSchema = z.object({
  name: z.string(),
  display_name: z.string(),
  role: roleSchema,
  totp: z.boolean(),
  created_at: time,
  changed_at: time,
  last_login_at: time,
  version: z.int(),
}).openapi("Admin", {
  example: {
    name: "ada",
    display_name: "Ada Lovelace",
    role: "owner",
    totp: true,
    created_at: 1_767_225_600_000,
    changed_at: 1_767_225_600_000,
    last_login_at: 1_767_229_200_000,
    version: 4,
  },
});

export const newAdmin = z.strictObject({
  name: z.string().max(64),
  display_name: z.string().max(128).default(""),
  role: roleSchema,
  password: z.string().max(1024),
}).openapi("NewAdmin", {
  example: { name: "grace", display_name: "Grace Hopper", role: "operator", password: "correct horse battery" },
});

const params = z.object({ name: z.string().min(1).max(64) });
const version = (services: AdminServices, { name }: { name: string }) => find(services, name)?.version ?? null;
const tag = "admins";

/** Those who run the box. */
export function adminRoutes(api: Api): void {
  api.route({
    method: "get",
    path: "/admins",
    permission: "admins.read",
    tag,
    summary: "All admins.",
    answer: z.object({ admins: list(adminSchema) }),
  }, ({ services }) => ({ admins: services.access.listAdmins() }));

  api.route({
    method: "post",
    path: "/admins",
    permission: "admins.write",
    tag,
    summary: "Add an admin. The password has at least 10 characters.",
    body: newAdmin,
    status: 201,
    answer: adminSchema,
    etag: (admin) => admin.version,
  }, async ({ services, body, by, headers }) => {
    const made = await services.access.addAdmin(body, by).catch(fieldwise);
    headers.set("location", `${BASE}/admins/${encodeURIComponent(made.name)}`);
    return made;
  });

  api.route({
    method: "get",
    path: "/admins/{name}",
    permission: "admins.read",
    tag,
    summary: "One admin.",
    params,
    answer: adminSchema,
    etag: (admin) => admin.version,
  }, ({ services, params }) => {
    const admin = find(services, params.name);
    if (admin === null) throw new Problem("not-found", `There is no admin "${params.name}".`);
    return admin;
  });

  api.route(
    {
      method: "patch",
      path: "/admins/{name}",
      permission: "admins.write",
      tag,
      summary: "Change an admin. A new password ends their sessions; `totp: false` takes the second factor away.",
      params,
      body: z.strictObject({
        display_name: z.string().max(128).optional(),
        role: roleSchema.optional(),
        password: z.string().max(1024).optional(),
        totp: z.literal(false).optional(),
      }).openapi("AdminPatch", { example: { role: "auditor" } }),
      answer: adminSchema,
      etag: (admin) => admin.version,
      version,
    },
    ({ services, params, body, version, by }) =>
      services.access.changeAdmin(params.name, body, version, by).catch(fieldwise),
  );

  api.route({
    method: "delete",
    path: "/admins/{name}",
    permission: "admins.write",
    tag,
    summary: "Remove an admin; their sessions end. The last owner stays.",
    params,
    version,
  }, async ({ services, params, version, by }) => {
    await services.access.removeAdmin(params.name, by, version);
  });
}

function find(services: AdminServices, name: string): AdminView | null {
  return services.access.listAdmins().find((admin) => admin.name === name) ?? null;
}

/** Rejects with the Problem that says which field of an admin is wrong. */
export function fieldwise(error: unknown): never {
  throw inField(error, (message) => {
    if (message.includes("password")) return "password";
    if (message.includes("display name")) return "display_name";
    return message.includes("role") ? "role" : "name";
  });
}
