import { z } from "@hono/zod-openapi";
import { adminSchema } from "./admins.ts";
import type { Api } from "./api.ts";
import { inField, list } from "./fields.ts";
import { adminOf } from "./principals.ts";
import { Problem } from "./problems.ts";

const tag = "me";

/** What an admin does for themselves. */
export function meRoutes(api: Api): void {
  api.route({
    method: "get",
    path: "/me",
    permission: "admin",
    tag,
    summary: "Oneself.",
    answer: adminSchema,
  }, ({ services, principal }) => {
    const { name } = adminOf(principal);
    const me = services.access.listAdmins().find((admin) => admin.name === name);
    if (me === undefined) throw new Problem("not-found", `There is no admin "${name}" any more.`);
    return me;
  });

  api.route({
    method: "put",
    path: "/me/password",
    permission: "admin",
    tag,
    summary: "Change one's own password. One's other sessions end.",
    body: z.strictObject({ old: z.string().min(1).max(1024), new: z.string().max(1024) }).openapi("OwnAdminPassword"),
    answer: adminSchema,
  }, ({ services, body, principal }) => {
    const { name, session } = adminOf(principal);
    return services.access.changeOwnPassword(name, body.old, body.new, session).catch((error) => {
      throw inField(error, (message) => message.includes("old password") ? "old" : "new");
    });
  });

  api.route({
    method: "post",
    path: "/me/totp",
    permission: "admin",
    tag,
    summary: "Begin a second factor: secret and otpauth URI for an authenticator. In force once a code confirms it.",
    status: 201,
    answer: z.object({ secret: z.string(), uri: z.string() }),
  }, ({ services, principal }) => services.access.beginTotp(adminOf(principal).name));

  api.route(
    {
      method: "put",
      path: "/me/totp",
      permission: "admin",
      tag,
      summary: "Confirm the second factor by a code. Ten recovery codes are told once.",
      body: z.strictObject({ code: z.string().min(1).max(20) }),
      answer: z.object({ recovery_codes: list(z.string()) }),
    },
    ({ services, body, principal }) =>
      services.access.confirmTotp(adminOf(principal).name, body.code).catch((error) => {
        throw inField(error, () => "code");
      }),
  );

  api.route({
    method: "delete",
    path: "/me/totp",
    permission: "admin",
    tag,
    summary: "Take one's own second factor away.",
    answer: adminSchema,
  }, ({ services, principal, by }) => services.access.changeAdmin(adminOf(principal).name, { totp: false }, null, by));
}
