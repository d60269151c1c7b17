import { z } from "@hono/zod-openapi";
import { SearchRefusal } from "../../xdm/mod.ts";
import type { Api } from "./api.ts";
import { list, uriParams } from "./fields.ts";
import { searchProblem } from "./searches.ts";
import { knownUser } from "./users.ts";

const groupSchema = z.object({
  uri: z.string(),
  display_name: z.string(),
  subject: z.string(),
  mine: z.boolean(),
  public: z.boolean(),
  members: z.int().min(-1),
}).openapi("KnownGroup", {
  description:
    "A group that stays. `mine`: the user made it. `public`: everybody may come. `members`: those in its list; -1 for who is " +
    "not one of them.",
  example: {
    uri: "sip:chess@example.test",
    display_name: "Chess club",
    subject: "Openings",
    mine: true,
    public: false,
    members: 12,
  },
});

/** Groups of a user: chats of many that stay (GM-1, CHAT-2). */
export function groupRoutes(api: Api): void {
  api.route({
    method: "get",
    path: "/users/{uri}/groups",
    permission: "users.read|self",
    tag: "contacts",
    summary: "Groups that the user made or is a member of, and public ones in their list of groups in use, by name.",
    description: "Members by lists elsewhere are not counted.",
    params: uriParams,
    answer: z.object({ groups: list(groupSchema) }),
  }, async ({ services, params }) => {
    knownUser(services, params.uri);
    try {
      const found = await services.searches.groups(params.uri);
      const groups = found.map(({ uri, displayName, subject, mine, isPublic, members }) => ({
        uri,
        display_name: displayName,
        subject,
        mine,
        public: isPublic,
        members,
      }));
      return { groups };
    } catch (error) {
      throw error instanceof SearchRefusal ? searchProblem(error) : error;
    }
  });
}
