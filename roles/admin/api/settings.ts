import { z } from "@hono/zod-openapi";
import type { AdminServices, SettingsOutcome } from "../services/mod.ts";
import type { Api } from "./api.ts";
import { limit, list, time } from "./fields.ts";
import { Problem } from "./problems.ts";

const settingSchema = z.object({
  key: z.string(),
  area: z.string(),
  kind: z.enum(["number", "flag", "choice", "text", "lines", "table", "tables"]),
  help: z.string(),
  allowed: z.string(),
  unit: z.string(),
  choices: list(z.string()),
  default: z.unknown(),
  value: z.unknown(),
  origin: z.enum(["default", "console", "file", "environment"]),
  set_by: z.string(),
  locked: z.string(),
  apply: z.enum(["live", "restart"]),
  risky: z.boolean(),
  changed_at: time,
  changed_by: z.string(),
  words: z.string(),
}).openapi("Setting", {
  example: {
    key: "pager.max_body",
    area: "pager",
    kind: "number",
    help: "Body of a MESSAGE; beyond it 413.",
    allowed: "1 to 1048576",
    unit: "octets",
    choices: [],
    default: 1300,
    value: 1300,
    origin: "default",
    set_by: "",
    locked: "",
    apply: "live",
    risky: false,
    changed_at: 0,
    changed_by: "",
    words: "size",
  },
});

const changed = list(z.object({ key: z.string(), from: z.unknown(), to: z.unknown() }));

const candidateSchema = z.object({
  version: z.int(),
  changes: changed,
  by: z.string(),
  at: time,
  confirm_before: time,
}).openapi("Candidate");

const versionSchema = z.object({
  version: z.int(),
  at: time,
  by: z.string(),
  changes: changed,
  state: z.enum(["confirmed", "candidate", "reverted"]),
  why: z.string(),
}).openapi("SettingsVersion");

const outcomeSchema = z.object({
  version: z.int(),
  changes: changed,
  next: z.enum(["nothing", "restart", "confirm"]),
  candidate: candidateSchema.nullable(),
}).openapi("SettingsOutcome", {
  description:
    "`changes`: what was or, with dry_run, would be changed. `confirm`: it is in force for `console.confirm_seconds`, and for good once it is confirmed.",
});

const changes = z.array(z.strictObject({
  key: z.string().min(1).max(200),
  value: z.unknown().openapi({ description: "As it would stand in the file; null: back to the default." }),
})).min(1).max(200);

const version = (services: AdminServices) => services.settings.version;
const tag = "settings";

/** Throws the Problem "invalid" with the error of each key. */
function done({ errors, changes, version, next, candidate }: SettingsOutcome): z.input<typeof outcomeSchema> {
  if (errors.length === 0) return { version, changes, next, candidate };
  const fields = errors.map(({ key, message }) => ({ field: key, message }));
  const count = errors.length === 1 ? "one setting is" : `${errors.length} settings are`;
  throw new Problem("invalid", `Nothing was changed: ${count} wrong.`, { errors: fields });
}

/** Settings as data, with commit-confirm. */
export function settingsRoutes(api: Api): void {
  api.route({
    method: "get",
    path: "/settings",
    permission: "settings.read",
    tag,
    summary: "All settings: value, default, what is allowed, and where the value comes from.",
    answer: z.object({
      version: z.int(),
      restart_needed: z.boolean(),
      candidate: candidateSchema.nullable(),
      settings: list(settingSchema),
    }),
    etag: (settings) => settings.version,
  }, ({ services }) => {
    const { version, restartNeeded, candidate } = services.settings;
    return { version, restart_needed: restartNeeded, candidate, settings: services.settings.rows() };
  });

  api.route(
    {
      method: "patch",
      path: "/settings",
      permission: "settings.write",
      tag,
      summary:
        "Change settings, all or none. What can lock the admin out is taken back after 60 s unless it is confirmed.",
      body: z.strictObject({ changes, dry_run: z.boolean().default(false) }).openapi("SettingChanges", {
        example: { changes: [{ key: "pager.max_body", value: 2000 }], dry_run: false },
      }),
      answer: outcomeSchema,
      etag: (outcome) => outcome.version,
      version,
    },
    async ({ services, body, version, by }) =>
      done(await services.settings.change(changesOf(body.changes), { by, version, dry_run: body.dry_run })),
  );

  api.route({
    method: "get",
    path: "/settings/candidate",
    permission: "settings.read",
    tag,
    summary: "The change that waits to be confirmed; null: none.",
    answer: z.object({ candidate: candidateSchema.nullable() }),
  }, ({ services }) => ({ candidate: services.settings.candidate }));

  api.route({
    method: "post",
    path: "/settings/confirm",
    permission: "settings.write",
    tag,
    summary: "Keep the change that is in force.",
    answer: versionSchema,
  }, ({ services, by }) => services.settings.confirm(by));

  api.route({
    method: "post",
    path: "/settings/revert",
    permission: "settings.write",
    tag,
    summary: "Take the change back that waits to be confirmed.",
    answer: versionSchema,
  }, ({ services, by }) => services.settings.revert(by));

  api.route({
    method: "get",
    path: "/settings/history",
    permission: "settings.read",
    tag,
    summary: "What was changed, newest first.",
    query: z.strictObject({ limit: limit(500, 50) }),
    answer: z.object({ versions: list(versionSchema) }),
  }, ({ services, query }) => ({ versions: services.settings.history(query.limit) }));

  api.route({
    method: "post",
    path: "/settings/history/{version}/revert",
    permission: "settings.write",
    tag,
    summary: "Go back to what was in force as of that version, as a new change.",
    params: z.object({ version: z.coerce.number().int().min(0) }),
    answer: outcomeSchema,
  }, async ({ services, params, by }) => done(await services.settings.revertTo(params.version, { by })));
}

/** The message policy: a projection of the settings `pager.*`, `deferred.*` and `session.*`. */
export function policyRoutes(api: Api): void {
  const isPolicy = (key: string) => /^(?:pager|deferred|session)\./.test(key);

  api.route({
    method: "get",
    path: "/policy",
    permission: "settings.read",
    tag: "policy",
    summary: "Message policy: types, sizes, sizes of single types, deferral and retention, sessions.",
    answer: z.object({ version: z.int(), settings: list(settingSchema) }),
    etag: (policy) => policy.version,
  }, ({ services }) => ({
    version: services.settings.version,
    settings: services.settings.rows().filter(({ key }) => isPolicy(key)),
  }));

  api.route({
    method: "patch",
    path: "/policy",
    permission: "settings.write",
    tag: "policy",
    summary: "Change the message policy, all or none.",
    body: z.strictObject({ changes, dry_run: z.boolean().default(false) }).openapi("PolicyChanges", {
      example: { changes: [{ key: "deferred.default_days", value: 14 }], dry_run: false },
    }),
    answer: outcomeSchema,
    etag: (outcome) => outcome.version,
    version,
  }, async ({ services, body, version, by }) => {
    const strange = body.changes.filter(({ key }) => !isPolicy(key));
    if (strange.length > 0) {
      const errors = strange.map(({ key }) => ({ field: key, message: "is no setting of the message policy" }));
      throw new Problem("invalid", "Nothing was changed.", { errors });
    }
    return done(await services.settings.change(changesOf(body.changes), { by, version, dry_run: body.dry_run }));
  });
}

function changesOf(changes: readonly { key: string; value?: unknown }[]): { key: string; value: unknown }[] {
  return changes.map(({ key, value }) => ({ key, value: value ?? null }));
}
