import { z } from "@hono/zod-openapi";
import type { Api } from "./api.ts";
import { recoveryKey, recoverySchema } from "./backup_schemas.ts";
import { Problem } from "./problems.ts";

/** The recovery key: what opens a backup when the box is gone. */
export function recoveryRoutes(api: Api): void {
  api.route({
    method: "get",
    path: "/recovery",
    permission: "backups.read",
    tag: "recovery",
    summary: "Which recovery key there is, and whether its sheet was confirmed.",
    answer: recoverySchema,
  }, ({ services }) => services.backups.recovery());

  api.route({
    method: "post",
    path: "/recovery",
    permission: "backups.carry",
    tag: "recovery",
    summary: "Make a new recovery key, told once: for the sheet. Used for backups once it is confirmed.",
    status: 201,
    answer: z.object({ id: z.string(), text: z.string() }),
  }, ({ services, by }) => services.backups.newRecovery(by));

  api.route({
    method: "post",
    path: "/recovery/confirm",
    permission: "backups.write",
    tag: "recovery",
    summary: "Confirm that the sheet is there, by typing what was asked for.",
    body: z.strictObject({ text: recoveryKey }),
    answer: recoverySchema,
  }, async ({ services, body, by }) => {
    if (await services.backups.confirmRecovery(body.text, by)) return services.backups.recovery();
    throw new Problem("invalid", "That is not what stands on the sheet.", {
      errors: [{ field: "text", message: "is not what stands on the sheet" }],
    });
  });
}
