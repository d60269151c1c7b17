import { z } from "@hono/zod-openapi";
import type { Api } from "./api.ts";
import { count, idParams, list, time, uriParams } from "./fields.ts";
import { Problem } from "./problems.ts";
import { knownUser } from "./users.ts";

const invite = z.object({
  id: z.string(),
  uri: z.string(),
  created_at: time,
  created_by: z.string(),
  expires_at: time,
  uses: count,
  max_uses: count,
  used_at: time,
});
const inviteSchema = invite.openapi("Invite");

const signUpSchema = z.object({
  id: z.string(),
  uri: z.string(),
  display_name: z.string(),
  e164: z.string(),
  at: time,
  source: z.string(),
}).openapi("SignUp");

/** Invitations (REG-3), and those who signed up and wait for the operator (REG-2). */
export function provisioningRoutes(api: Api): void {
  api.route({
    method: "get",
    path: "/users/{uri}/invites",
    permission: "users.help",
    tag: "invites",
    summary: "The user's invitations, without their links.",
    params: uriParams,
    answer: z.object({ invites: list(inviteSchema) }),
  }, ({ services, params }) => {
    knownUser(services, params.uri);
    return { invites: services.provisioning.listInvites(params.uri) };
  });

  api.route({
    method: "post",
    path: "/users/{uri}/invites",
    permission: "users.help",
    tag: "invites",
    summary: "Make an invitation; its link is told once.",
    params: uriParams,
    body: z.strictObject({
      days: z.int().min(1).max(30).default(7),
      max_uses: z.int().min(1).max(100).default(5),
    }).openapi("NewInvite", { example: { days: 7, max_uses: 5 } }),
    status: 201,
    answer: invite.extend({ link: z.string() }).openapi("InviteWithLink"),
  }, async ({ services, params, body, by }) => {
    knownUser(services, params.uri);
    return await services.provisioning.invite({ uri: params.uri, ...body }, by);
  });

  api.route({
    method: "delete",
    path: "/invites/{id}",
    permission: "users.help",
    tag: "invites",
    summary: "Withdraw an invitation: its link is worthless at once.",
    params: idParams,
  }, async ({ services, params, by }) => {
    if (await services.provisioning.withdrawInvite(params.id, by)) return;
    throw new Problem("not-found", `There is no invitation "${params.id}".`);
  });

  api.route({
    method: "get",
    path: "/sign-ups",
    permission: "users.read",
    tag: "sign-ups",
    summary: "Who signed up and waits.",
    answer: z.object({ sign_ups: list(signUpSchema) }),
  }, ({ services }) => ({ sign_ups: services.provisioning.listSignUps() }));

  api.route({
    method: "post",
    path: "/sign-ups/{id}/approve",
    permission: "users.write",
    tag: "sign-ups",
    summary: "Make the user.",
    params: idParams,
    answer: signUpSchema,
  }, ({ services, params, by }) => services.provisioning.approveSignUp(params.id, by));

  api.route({
    method: "delete",
    path: "/sign-ups/{id}",
    permission: "users.write",
    tag: "sign-ups",
    summary: "Refuse a sign-up.",
    params: idParams,
  }, async ({ services, params, by }) => {
    await services.provisioning.refuseSignUp(params.id, by);
  });
}
