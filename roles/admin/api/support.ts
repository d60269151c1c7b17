import { z } from "@hono/zod-openapi";
import type { Api } from "./api.ts";
import { count, list } from "./fields.ts";

/** The support bundle: what leaves the box can be looked at first. */
export function supportRoutes(api: Api): void {
  api.route({
    method: "get",
    path: "/support/preview",
    permission: "support.read",
    tag: "support",
    summary: "What the support bundle would hold, word for word.",
    answer: z.object({
      entries: list(z.object({ name: z.string(), what: z.string(), octets: count, text: z.string() })),
    }),
  }, async ({ services }) => ({ entries: await services.support.preview() }));

  api.route({
    method: "post",
    path: "/support/bundle",
    permission: "support.read",
    tag: "support",
    summary: "The support bundle.",
    answers: "application/zip",
  }, async ({ services, by }) => {
    const octets = await services.support.bundle(by);
    return new Response(octets as Uint8Array<ArrayBuffer>, {
      headers: {
        "content-type": "application/zip",
        "content-length": String(octets.length),
        "content-disposition": 'attachment; filename="parley-support.zip"',
      },
    });
  });
}
