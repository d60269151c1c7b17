import { z } from "@hono/zod-openapi";
import type { Api } from "./api.ts";
import { count, idParams, list, time } from "./fields.ts";
import { Problem } from "./problems.ts";

const certificateSchema = z.object({
  id: z.string(),
  source: z.enum(["file", "uploaded", "internal CA", "self-signed"]),
  subject: z.string(),
  issuer: z.string(),
  names: list(z.string()),
  not_before: z.number(),
  not_after: z.number(),
  days_left: z.number(),
  serial: z.string(),
  fingerprint: z.string(),
  key_type: z.string(),
  chain_length: count,
  in_use: z.boolean(),
  warnings: list(z.string()),
}).openapi("Certificate");

const csrSchema = z.object({ id: z.string(), names: list(z.string()), created_at: time, pem: z.string() })
  .openapi("CertificateRequest");

const authoritySchema = z.object({
  subject: z.string(),
  not_after: z.number(),
  fingerprint: z.string(),
  pem: z.string(),
}).openapi("Authority");

const name = z.string().min(1).max(253);
const names = z.array(name).min(1).max(50);
const pem = z.string().min(1).max(200_000);
const tag = "certificates";

/** Certificates: those there are, requests to an authority elsewhere, and the box's own authority. */
export function certificateRoutes(api: Api): void {
  api.route({
    method: "get",
    path: "/certificates",
    permission: "certificates.read",
    tag,
    summary: 'All certificates. `locked_by`: the file that sets them; "" where the console does.',
    answer: z.object({ certificates: list(certificateSchema), locked_by: z.string() }),
  }, ({ services: { certificates } }) => ({ certificates: certificates.list(), locked_by: certificates.lockedBy }));

  api.route({
    method: "post",
    path: "/certificates",
    permission: "certificates.write",
    tag,
    summary: "Check a certificate and put it in use at once. `key` null: it answers a request that was made here.",
    body: z.strictObject({ certificate: pem, key: pem.nullable().default(null) }).openapi("NewCertificate"),
    status: 201,
    answer: certificateSchema,
  }, ({ services, body, by }) => services.certificates.upload(body, by));

  api.route({
    method: "post",
    path: "/certificates/reload",
    permission: "certificates.write",
    tag,
    summary: "Read the certificate files again.",
    answer: certificateSchema,
  }, ({ services, by }) => services.certificates.reload(by));

  api.route({
    method: "post",
    path: "/certificates/self-signed",
    permission: "certificates.write",
    tag,
    summary: "Make a new self-signed certificate and put it in use.",
    status: 201,
    answer: certificateSchema,
  }, async ({ services: { certificates }, by }) => {
    const made = await certificates.renewSelfSigned(by);
    // Where files say which one is shown, it lies ready.
    return made.in_use || certificates.lockedBy !== "" ? made : await certificates.use(made.id, by);
  });

  api.route({
    method: "get",
    path: "/certificates/requests",
    permission: "certificates.read",
    tag,
    summary: "Requests (CSR) that wait for their certificate.",
    answer: z.object({ requests: list(csrSchema) }),
  }, ({ services }) => ({ requests: services.certificates.listCsrs() }));

  api.route({
    method: "post",
    path: "/certificates/requests",
    permission: "certificates.write",
    tag,
    summary: "Make a key and a request (CSR) for it.",
    body: z.strictObject({
      names,
      organisation: z.string().max(64).default(""),
      country: z.union([z.literal(""), z.string().regex(/^[A-Z]{2}$/, "two capital letters, as DE")]).default(""),
    }).openapi("NewCertificateRequest", {
      example: { names: ["im.example.test"], organisation: "Example", country: "DE" },
    }),
    status: 201,
    answer: csrSchema,
  }, ({ services, body, by }) => services.certificates.makeCsr(body, by));

  api.route({
    method: "delete",
    path: "/certificates/requests/{id}",
    permission: "certificates.write",
    tag,
    summary: "Discard a request and its key.",
    params: idParams,
  }, async ({ services, params, by }) => {
    if (await services.certificates.discardCsr(params.id, by)) return;
    throw new Problem("not-found", `There is no request "${params.id}".`);
  });

  api.route({
    method: "get",
    path: "/certificates/authority",
    permission: "certificates.read",
    tag,
    summary: "The box's own authority; null: there is none.",
    answer: z.object({ authority: authoritySchema.nullable() }),
  }, ({ services }) => ({ authority: services.certificates.authority() }));

  api.route({
    method: "post",
    path: "/certificates/authority",
    permission: "certificates.write",
    tag,
    summary: "Make the box's own authority.",
    body: z.strictObject({ name: z.string().min(1).max(64), days: z.int().min(1).max(7300).default(3650) })
      .openapi("NewAuthority", { example: { name: "Example internal CA", days: 3650 } }),
    status: 201,
    answer: authoritySchema,
  }, ({ services, body, by }) => services.certificates.createAuthority(body, by));

  api.route({
    method: "get",
    path: "/certificates/authority.pem",
    permission: "certificates.read",
    tag,
    summary: "The authority's certificate, for clients to trust.",
    answers: "application/x-pem-file",
  }, ({ services }) => {
    const authority = services.certificates.authority();
    if (authority === null) throw new Problem("not-found", "The box has no authority of its own.");
    return new Response(authority.pem, {
      headers: {
        "content-type": "application/x-pem-file",
        "content-disposition": 'attachment; filename="parley-authority.pem"',
      },
    });
  });

  api.route({
    method: "post",
    path: "/certificates/issue",
    permission: "certificates.write",
    tag,
    summary: "Have the box's authority issue a certificate, and put it in use.",
    body: z.strictObject({ names, days: z.int().min(1).max(825).default(365) })
      .openapi("IssueCertificate", { example: { names: ["im.example.test"], days: 365 } }),
    status: 201,
    answer: certificateSchema,
  }, ({ services, body, by }) => services.certificates.issue(body, by));

  api.route({
    method: "post",
    path: "/certificates/{id}/use",
    permission: "certificates.write",
    tag,
    summary: "Put a certificate in use.",
    params: idParams,
    answer: certificateSchema,
  }, ({ services, params, by }) => services.certificates.use(params.id, by));

  api.route({
    method: "delete",
    path: "/certificates/{id}",
    permission: "certificates.write",
    tag,
    summary: "Remove a certificate that is not in use.",
    params: idParams,
  }, async ({ services, params, by }) => {
    await services.certificates.remove(params.id, by);
  });
}
