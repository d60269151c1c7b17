import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { join } from "node:path";
import { z } from "zod";
import type { Log } from "../foundation/mod.ts";
import { ADMIN_ROLES, OperationError, type Operations, TOKEN_SCOPES } from "../operations/mod.ts";

/** The control door's socket, in the data folder. */
export function controlPath(data: string): string {
  return join(data, "control.sock");
}

/** A Unix socket's path must fit `sun_path` (unix(7)); one octet of it ends the text. */
export const MAX_SOCKET_PATH = 107;

const MAX_BODY = 256 * 1024 * 1024;

const nothing = z.strictObject({});
const uri = z.string();
const requests: { readonly [K in keyof Operations]: z.ZodType<Parameters<Operations[K]>[0]> } = {
  addUsers: z.strictObject({
    users: z.array(z.strictObject({ uri, password: z.string(), display_name: z.string(), e164: z.string() })),
    replace: z.boolean(),
    dry_run: z.boolean(),
  }),
  listUsers: z.strictObject({ after: z.string(), limit: z.int().min(1) }),
  setPassword: z.strictObject({ uri, password: z.string() }),
  setState: z.strictObject({ uri, state: z.enum(["active", "suspended"]) }),
  removeUser: z.strictObject({ uri }),
  createToken: z.strictObject({ name: z.string(), scope: z.enum(TOKEN_SCOPES), days: z.int().min(0) }),
  listTokens: nothing,
  revokeToken: z.strictObject({ id: z.string() }),
  listAdmins: nothing,
  addAdmin: z.strictObject({
    name: z.string(),
    display_name: z.string(),
    role: z.enum(ADMIN_ROLES),
    password: z.string(),
  }),
  resetAdmin: z.strictObject({ name: z.string(), password: z.string() }),
  renewCertificate: z.strictObject({ use: z.boolean() }),
  listAudit: z.strictObject({
    event: z.string(),
    actor: z.string(),
    before: z.int().min(0),
    limit: z.int().min(1),
  }),
  exportAudit: z.strictObject({ from: z.int().min(0), limit: z.int().min(1) }),
  verifyAudit: nothing,
  status: nothing,
  backup: nothing,
  rotateKey: nothing,
};

/** HTTP status of each kind of refusal. */
export const STATUS = { "invalid": 422, "not-found": 404, "conflict": 409, "stale": 412, "unavailable": 503 } as const;

/**
 * The control door as an HTTP application: `POST /v1/<operation>` with the request as JSON. Refusals are problems
 * (RFC 9457) with `kind` and `detail`. Who may connect is a matter of the socket's mode.
 */
export function controlApplication(operations: Operations, log: Log): Hono {
  const app = new Hono();
  app.post("/v1/:operation", bodyLimit({ maxSize: MAX_BODY }), async (c) => {
    const name = c.req.param("operation");
    if (!Object.hasOwn(requests, name)) {
      return c.json({ kind: "invalid", detail: `there is no operation "${name}"` }, 404);
    }
    const operation = name as keyof Operations;
    let body: unknown;
    try {
      body = await c.req.json();
    } catch (error) {
      return c.json({ kind: "invalid", detail: `the request is not JSON: ${(error as Error).message}` }, 400);
    }
    const request = requests[operation].safeParse(body);
    if (!request.success) return c.json({ kind: "invalid", detail: request.error.issues[0].message }, 400);
    const answer = await (operations[operation] as (request: unknown) => Promise<unknown>).call(
      operations,
      request.data,
    );
    return c.json(answer as object);
  });
  app.notFound((c) => c.json({ kind: "invalid", detail: "no such path" }, 404));
  app.onError((error, c) => {
    if (error instanceof OperationError) return c.json({ kind: error.kind, detail: error.message }, STATUS[error.kind]);
    log.error("control door failed", { error: error.message });
    return c.json({ kind: "unavailable", detail: `the box failed: ${error.message}` }, 500);
  });
  return app;
}

/** Opens the control door in the data folder, for its owner only. Rejects where the path is too long or cannot be bound. */
export async function openControlDoor(
  data: string,
  operations: Operations,
  log: Log,
): Promise<{ close(): Promise<void> }> {
  const path = controlPath(data);
  const length = new TextEncoder().encode(path).length;
  if (length > MAX_SOCKET_PATH) {
    throw new RangeError(
      `${path}: the path has ${length} octets; a socket's path may have ${MAX_SOCKET_PATH}: choose a shorter data folder`,
    );
  }
  // The data lock is ours, so a socket that stands here is what a killed box left behind.
  await Deno.remove(path).catch((error: unknown) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  const server = Deno.serve({ path, onListen: () => {} }, controlApplication(operations, log).fetch);
  await Deno.chmod(path, 0o600);
  return {
    close: async () => {
      await server.shutdown();
      await Deno.remove(path).catch((error: unknown) => {
        if (!(error instanceof Deno.errors.NotFound)) log.warn("control socket not removed", { error: String(error) });
      });
    },
  };
}
