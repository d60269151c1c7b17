import { z } from "@hono/zod-openapi";
import { count, list, time } from "./fields.ts";

export const testRestoreSchema = z.object({
  at: time,
  ok: z.boolean(),
  reason: z.string(),
  users: count,
  registrations: count,
  deferred_messages: count,
  ms: z.number(),
}).openapi("TestRestore");

export const backupSchema = z.object({
  name: z.string(),
  created_at: time,
  octets: count,
  version: z.string(),
  recovery_key: z.string(),
  contents: z.object({ users: count, deferred_messages: count, registrations: count }),
  made_by: z.string(),
  tested: testRestoreSchema.nullable(),
}).openapi("Backup");

export const backupList = z.object({
  backups: list(backupSchema),
  inside: z.object({ included: list(z.string()), left_out: list(z.string()) }),
});

export const restoredSchema = z.object({ created_at: time, users: count, deferred_messages: count })
  .openapi("Restored", { description: "The box restarts on it." });

const url = z.string().max(1000).regex(/^https?:\/\//, "allowed: an address that begins with https:// or http://");

/** Where backups are sent. The target's secret is never told. */
export const targetSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("none") }),
  z.strictObject({ kind: z.literal("webdav"), url, user: z.string().max(200) }),
  z.strictObject({ kind: z.literal("s3"), url, region: z.string().max(100), access_key: z.string().max(200) }),
]).openapi("BackupTarget");

const schedule = {
  enabled: z.boolean(),
  at: z.string().regex(/^(?:[01][0-9]|2[0-3]):[0-5][0-9]$/, 'allowed: a time in UTC, as "02:30"'),
  every: z.enum(["day", "week"]),
  keep: z.int().min(1).max(365),
  test: z.boolean(),
  target: targetSchema,
};
export const scheduleSchema = z.object(schedule).openapi("BackupSchedule");

/** Of the target; absent: the one that is there stays. */
export const secret = z.string().max(1000).optional();
export const newSchedule = z.strictObject({ ...schedule, secret }).openapi("NewBackupSchedule", {
  example: { enabled: true, at: "02:30", every: "day", keep: 14, test: true, target: { kind: "none" } },
});

export const recoverySchema = z.object({ id: z.string(), created_at: time, confirmed_at: time }).openapi("Recovery");
export const recoveryKey = z.string().max(200);
