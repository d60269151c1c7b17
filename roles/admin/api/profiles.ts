import { z } from "@hono/zod-openapi";
import type { Api } from "./api.ts";
import { documentEtag, documentIfMatch, IF_MATCH } from "./document_etag.ts";
import { list, uriParams } from "./fields.ts";
import { knownUser } from "./users.ts";

const tag = "profiles";
const line = z.string().max(200);
const lines = z.array(line).max(20);

const fields = {
  display_name: z.string().max(128),
  birth_date: z.string().regex(/^(?:[0-9]{4}-[0-9]{2}-[0-9]{2})?$/, "allowed: YYYY-MM-DD, or nothing"),
  gender: z.enum(["", "female", "male"]),
  given_name: line,
  family_name: line,
  country: line,
  region: line,
  locality: line,
  freetext: z.string().max(1000),
};

const profileSchema = z.object({
  display_name: z.string(),
  birth_date: z.string(),
  gender: z.enum(["", "female", "male"]),
  given_name: z.string(),
  family_name: z.string(),
  country: z.string(),
  region: z.string(),
  locality: z.string(),
  freetext: z.string(),
  addresses: list(z.string()),
  communication_types: list(z.string()),
  hobbies: list(z.string()),
  links: list(z.string()),
}).openapi("PublicProfile", { description: "What everybody who asks is told." });

const viewSchema = z.object({
  uri: z.string(),
  profile: profileSchema,
  locked: profileSchema.nullable().openapi({ description: "What the operator vouches for." }),
}).openapi("Profile");

const profilePatch = z.strictObject({
  ...fields,
  addresses: lines,
  communication_types: lines,
  hobbies: lines,
  links: lines,
}).partial().openapi("ProfilePatch", { example: { freetext: "Out of office", hobbies: ["chess"] } });

const flags = {
  searchable_by_number: z.boolean(),
  show_status: z.boolean(),
  locatable: z.boolean(),
  invisible: z.boolean(),
  ask_before_added: z.boolean(),
  contacts_only: z.boolean().nullable().openapi({ description: "Null: as the operator has it." }),
  polite_block: z.boolean(),
};

const privacySchema = z.object({ uri: z.string(), ...flags }).openapi("Privacy");
const privacyPatch = z.strictObject(flags).partial().openapi("PrivacyPatch", { example: { ask_before_added: false } });

/** Profiles (UPROF-1 to UPROF-5) and the privacy settings that nobody else sees (UPROF-2, PRI-13). */
export function profileRoutes(api: Api): void {
  api.route({
    method: "get",
    path: "/users/{uri}/profile",
    permission: "users.read|self",
    tag,
    summary: "The user's public profile, and what the operator vouches for.",
    params: uriParams,
    answer: viewSchema,
  }, async ({ services, params, headers }) => {
    knownUser(services, params.uri);
    const { etag, ...view } = await services.profiles.profile(params.uri);
    headers.set("etag", documentEtag(etag));
    return view;
  });

  api.route({
    method: "patch",
    path: "/users/{uri}/profile",
    permission: "users.write|self",
    tag,
    summary: "Change the public profile; what is absent stays. `display_name` is the user's own display name.",
    params: uriParams,
    headers: IF_MATCH,
    body: profilePatch,
    answer: viewSchema,
  }, async ({ services, params, body, by, request, headers }) => {
    knownUser(services, params.uri);
    const { etag, ...view } = await services.profiles.update(params.uri, body, documentIfMatch(request.headers), by);
    headers.set("etag", documentEtag(etag));
    return view;
  });

  api.route({
    method: "delete",
    path: "/users/{uri}/profile",
    permission: "users.write|self",
    tag,
    summary: "Clear the public profile. User name and friendly name stay (UPROF-5).",
    params: uriParams,
    headers: IF_MATCH,
  }, async ({ services, params, by, request }) => {
    knownUser(services, params.uri);
    await services.profiles.clear(params.uri, documentIfMatch(request.headers), by);
  });

  api.route({
    method: "put",
    path: "/users/{uri}/profile/locked",
    permission: "users.write",
    tag,
    summary: "What the operator vouches for, such as the date of birth. The user reads it and cannot change it.",
    params: uriParams,
    body: profilePatch,
    answer: viewSchema,
  }, async ({ services, params, body, by }) => {
    knownUser(services, params.uri);
    const { etag: _etag, ...view } = await services.profiles.lock(params.uri, body, by);
    return view;
  });

  api.route({
    method: "delete",
    path: "/users/{uri}/profile/locked",
    permission: "users.write",
    tag,
    summary: "Vouch for nothing any more.",
    params: uriParams,
  }, async ({ services, params, by }) => {
    knownUser(services, params.uri);
    await services.profiles.lock(params.uri, null, by);
  });

  api.route({
    method: "get",
    path: "/users/{uri}/privacy",
    permission: "users.read|self",
    tag,
    summary: "The user's privacy settings. Other users never see them.",
    params: uriParams,
    answer: privacySchema,
  }, async ({ services, params, headers }) => {
    knownUser(services, params.uri);
    const { etag, ...view } = await services.profiles.privacy(params.uri);
    headers.set("etag", documentEtag(etag));
    return view;
  });

  api.route({
    method: "patch",
    path: "/users/{uri}/privacy",
    permission: "users.write|self",
    tag,
    summary: "Change privacy settings; what is absent stays.",
    params: uriParams,
    headers: IF_MATCH,
    body: privacyPatch,
    answer: privacySchema,
  }, async ({ services, params, body, by, request, headers }) => {
    knownUser(services, params.uri);
    const etag = documentIfMatch(request.headers);
    const { etag: now, ...view } = await services.profiles.changePrivacy(params.uri, body, etag, by);
    headers.set("etag", documentEtag(now));
    return view;
  });
}
