import { z } from "@hono/zod-openapi";
import type { Api } from "./api.ts";
import {
  backupList,
  backupSchema,
  newSchedule,
  recoveryKey,
  restoredSchema,
  scheduleSchema,
  secret,
  targetSchema,
  testRestoreSchema,
} from "./backup_schemas.ts";
import { inField } from "./fields.ts";
import { Problem } from "./problems.ts";
import { Upload } from "./request_body.ts";

const params = z.object({ name: z.string().regex(/^[\w][\w.-]{0,199}$/, "is no name of a backup") });
const tag = "backups";

/** Backups, their schedule, and restoring one. The recovery key has a file of its own. */
export function backupRoutes(api: Api): void {
  api.route({
    method: "get",
    path: "/backups",
    permission: "backups.read",
    tag,
    summary: "The backups on the box, and what is and is not inside.",
    answer: backupList,
  }, async ({ services: { backups } }) => ({ backups: await backups.list(), inside: backups.inside }));

  api.route({
    method: "post",
    path: "/backups",
    permission: "backups.write",
    tag,
    summary: "Make a backup now.",
    status: 201,
    answer: backupSchema,
  }, ({ services, by }) => services.backups.create(by));

  api.route({
    method: "get",
    path: "/backups/schedule",
    permission: "backups.read",
    tag,
    summary: "When backups are made, how many are kept, and where they are sent.",
    answer: scheduleSchema,
  }, ({ services }) => services.backups.schedule());

  api.route({
    method: "put",
    path: "/backups/schedule",
    permission: "backups.write",
    tag,
    summary: "Set the schedule. `secret` belongs to the target; absent: it stays.",
    body: newSchedule,
    answer: scheduleSchema,
  }, ({ services, body: { secret, ...schedule }, by }) => services.backups.setSchedule(schedule, secret, by));

  api.route({
    method: "post",
    path: "/backups/schedule/test",
    permission: "backups.write",
    tag,
    summary: "Write, read back and delete a small file at a target. `problem` null: well.",
    body: z.strictObject({ target: targetSchema, secret }),
    answer: z.object({ problem: z.string().nullable() }),
  }, async ({ services, body }) => ({ problem: await services.backups.testTarget(body.target, body.secret) }));

  api.route({
    method: "get",
    path: "/backups/{name}",
    permission: "backups.carry",
    tag,
    summary: "The backup file.",
    params,
    answers: "application/octet-stream",
  }, async ({ services, params, by }) => {
    const file = await services.backups.open(params.name, by);
    if (file === null) throw noBackup(params.name);
    return new Response(file.stream, {
      headers: {
        "content-type": "application/octet-stream",
        "content-length": String(file.octets),
        "content-disposition": `attachment; filename="${params.name}"`,
      },
    });
  });

  api.route({
    method: "delete",
    path: "/backups/{name}",
    permission: "backups.write",
    tag,
    summary: "Delete a backup.",
    params,
  }, async ({ services, params, by }) => {
    if (!await services.backups.remove(params.name, by)) throw noBackup(params.name);
  });

  api.route({
    method: "post",
    path: "/backups/{name}/test",
    permission: "backups.write",
    tag,
    summary: "Decrypt and check all of a backup, without applying it.",
    params,
    answer: testRestoreSchema,
  }, ({ services, params, by }) => services.backups.test(params.name, by));

  api.route(
    {
      method: "post",
      path: "/backups/{name}/restore",
      permission: "backups.carry",
      tag,
      summary: "Restart the box on a backup. A wrong key is told before anything is touched.",
      params,
      body: z.strictObject({ recovery_key: recoveryKey.default("") }),
      answer: restoredSchema,
    },
    ({ services, params, body, by }) =>
      services.backups.restoreNamed(params.name, { recovery_key: body.recovery_key, by }).catch(keyFault),
  );

  api.route({
    method: "post",
    path: "/restore",
    permission: "backups.carry",
    tag,
    summary: "Restart the box on an uploaded backup. A wrong key is told before the upload is read.",
    headers: { "Recovery-Key": "The recovery key that the file was sealed with." },
    upload: { type: "*", limit: api.options.max_upload, streamed: true },
    answer: restoredSchema,
  }, ({ services, request, by }) => {
    const recovery_key = request.headers.get("recovery-key") ?? "";
    const upload = new Upload(request, api.options.max_upload);
    return upload.taken(services.backups.restore(upload.stream, { recovery_key, by }));
  });
}

function noBackup(name: string): Problem {
  return new Problem("not-found", `There is no backup "${name}".`);
}

function keyFault(error: unknown): never {
  throw inField(error, (message) => /\bkey\b/.test(message) ? "recovery_key" : "");
}
