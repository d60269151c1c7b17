import { z } from "@hono/zod-openapi";
import { fieldwise } from "./admins.ts";
import type { Api } from "./api.ts";
import { restoredSchema } from "./backup_schemas.ts";
import type { Call } from "./declaration.ts";
import { list } from "./fields.ts";
import { guarded } from "./guesses.ts";
import { Problem } from "./problems.ts";
import { Upload } from "./request_body.ts";
import { loggedIn, loginSchema } from "./sessions.ts";

const tag = "set-up";

/** The first boot: with the one-time code of the link that the console printed. */
export function setUpRoutes(api: Api): void {
  /** Two that come at once must not both make a first owner. */
  let busy = false;

  /** Carries out what the code opens. Throws the Problems "forbidden", "throttled" and "conflict". */
  const withCode = async <T>({ services, source }: Call, code: string, work: () => Promise<T>): Promise<T> => {
    await guarded(api.guesses, "set-up", source, () => {
      if (services.access.empty && services.setUp.admits(code)) return Promise.resolve();
      return Promise.reject(new Problem("forbidden", "The set-up code is wrong, was used already, or set-up is over."));
    }, (error) => error instanceof Problem);
    if (busy) throw new Problem("conflict", "Somebody else is setting the box up at this moment.");
    busy = true;
    try {
      return await work();
    } finally {
      busy = false;
    }
  };

  api.route({
    method: "get",
    path: "/set-up",
    permission: "public",
    tag,
    summary: "Whether the box waits to be set up.",
    answer: z.object({ open: z.boolean(), version: z.string() }),
  }, ({ services }) => {
    const { open, version } = services.setUp.state();
    return { open, version };
  });

  api.route({
    method: "post",
    path: "/set-up/owner",
    permission: "public",
    tag,
    summary: "Make the first owner, by the set-up code; the code ends. Answers like POST /sessions.",
    body: z.strictObject({
      code: z.string().max(200),
      name: z.string().max(64),
      display_name: z.string().max(128).default(""),
      password: z.string().max(1024),
    }).openapi("FirstOwner"),
    status: 201,
    answer: loginSchema,
  }, (call) => {
    const { services: { access, setUp }, body, source, userAgent } = call;
    const { name, display_name, password } = body;
    return withCode(call, body.code, async () => {
      await access.addAdmin({ name, display_name, role: "owner", password }, "system").catch(fieldwise);
      setUp.close();
      return loggedIn(await access.logIn({ name, password, code: "", source, user_agent: userAgent }));
    });
  });

  api.route({
    method: "post",
    path: "/set-up/restore",
    permission: "public",
    tag,
    summary: "Begin with a backup of another box, by the set-up code.",
    headers: {
      "Set-Up-Code": "The code of the set-up link.",
      "Recovery-Key": "The recovery key that the file was sealed with.",
    },
    upload: { type: "*", limit: api.options.max_upload, streamed: true },
    answer: restoredSchema,
  }, (call) => {
    const { services, request } = call;
    return withCode(call, request.headers.get("set-up-code") ?? "", () => {
      const upload = new Upload(request, api.options.max_upload);
      const recovery_key = request.headers.get("recovery-key") ?? "";
      return upload.taken(services.backups.restore(upload.stream, { recovery_key, by: "system" }));
    });
  });

  api.route({
    method: "post",
    path: "/set-up/test-listen",
    permission: "settings.write",
    tag,
    summary: "Whether these doors can be opened. Nothing stays open.",
    body: z.strictObject({ entries: z.array(z.string().min(1).max(300)).min(1).max(20) })
      .openapi("TestListen", { example: { entries: ["tls://0.0.0.0:5061"] } }),
    answer: z.object({ results: list(z.object({ entry: z.string(), problem: z.string().nullable() })) }),
  }, async ({ services, body }) => ({ results: await services.setUp.tryListen(body.entries) }));

  api.route({
    method: "post",
    path: "/set-up/test-domain",
    permission: "settings.write",
    tag,
    summary: "What DNS says about a domain, and whether it leads here.",
    body: z.strictObject({ domain: z.string().min(1).max(253) }).openapi("TestDomain", {
      example: { domain: "example.test" },
    }),
    answer: z.object({
      results: list(z.object({ question: z.string(), answer: z.string(), ok: z.boolean() })),
    }),
  }, async ({ services, body }) => ({ results: await services.setUp.tryDomain(body.domain) }));
}
