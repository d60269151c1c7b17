import { z } from "@hono/zod-openapi";
import { count, limit, time } from "./fields.ts";

const words = z.string().max(200).default("").openapi({ description: "Words, each of which has to be there." });
/** `next` of the page before. */
const after = z.string().max(400).default("");

export const roomListQuery = z.strictObject({ search: words, after, limit: limit(500, 50) });

export const peopleQuery = z.strictObject({
  gone: z.enum(["true", "false"]).default("false").openapi({ description: "Those who have left instead." }),
  after: z.coerce.number().int().min(0).default(0).openapi({
    type: "integer",
    description: "`next` of the page before.",
  }),
  limit: limit(500, 50),
});

export const roomParams = z.object({ id: z.string().min(1).max(200).openapi({ example: "conf-3f2a" }) });
export const personParams = roomParams.extend({
  person: z.coerce.number().int().min(1).openapi({
    type: "integer",
    description: "Its `id` in this room.",
    example: 3,
  }),
});

const room = {
  id: z.string(),
  uri: z.string(),
  kind: z.enum(["ad-hoc", "group", "public"]),
  name: z.string(),
  subject: z.string(),
  group: z.string(),
  owner: z.string(),
  hides_identity: z.boolean(),
  here: count,
  away: count,
  coming: count,
  messages: count,
  octets: count,
  since: time,
  said_at: time,
};
const example = {
  id: "conf-3f2a",
  uri: "sip:conf-3f2a@example.test",
  kind: "public" as const,
  name: "Lobby",
  subject: "Anything",
  group: "sip:lobby@example.test",
  owner: "",
  hides_identity: true,
  here: 12,
  away: 1,
  coming: 0,
  messages: 4,
  octets: 2048,
  since: 1_767_225_600_000,
  said_at: 1_767_229_200_000,
};

export const roomSchema = z.object(room).openapi("Room", {
  description:
    "A room that stands. `here`, `away`, `coming`: people who are connected, who were cut off and may come again, who are on " +
    'their way in. `messages`, `octets`: kept for those who have not had them, or for newcomers. `owner` "": none, or the ' +
    "operator. `said_at` 0: nothing was said, or not since the box began.",
  example,
});

const rulesSchema = z.object({
  nicknames: z.boolean(),
  private_messages: z.boolean(),
  invites_members: z.boolean(),
  max_participants: count,
  min_participants: count,
  required: count,
  minimum_age: count,
  ends_at: time,
  history: count,
  message_bytes: count,
  rejoin_seconds: count,
  empty_seconds: count,
  idle_seconds: count,
}).openapi("RoomRules", {
  description:
    "What holds in a room by its document and by the settings. `required`: how many people it ends without. `ends_at`, " +
    "`idle_seconds` 0: never. `history`: messages that newcomers get.",
});

export const roomDetailSchema = z.object({
  ...room,
  creator: z.string(),
  rules: rulesSchema,
  recorders: count,
  waiting: count,
  gone: count,
}).openapi("RoomDetail", {
  description:
    '`creator` "": nobody may know. `recorders`: how many people record what is said. `waiting`: most messages that wait for ' +
    "one of those who are away. `gone`: people who have left and are remembered.",
});

export const personSchema = z.object({
  id: z.int().min(1),
  name: z.string(),
  uri: z.string(),
  user: z.string(),
  standing: z.enum(["pending", "dialing-out", "alerting", "dialing-in", "connected", "absent", "disconnected"]),
  since: time,
  devices: count,
  waiting: count,
  hidden: z.boolean(),
  left_by: z.enum(["departed", "booted", "failed", "busy"]).nullable(),
}).openapi("RoomPerson", {
  description:
    'Somebody in a room, as others see them there. `user`: address of record; "" where others see an alias, which is `uri` ' +
    "then. `waiting`: messages that this one has still to get. `hidden`: in nobody's roster.",
  example: {
    id: 3,
    name: "Anonymous 3",
    uri: "sip:anonymous-3@anonymous.invalid",
    user: "",
    standing: "connected",
    since: 1_767_225_600_000,
    devices: 1,
    waiting: 0,
    hidden: false,
    left_by: null,
  },
});

export const publicGroupSchema = z.object({
  uri: z.string(),
  owner: z.string(),
  name: z.string(),
  subject: z.string(),
  searchable: z.boolean(),
  minimum_age: count,
  max_participants: count,
  room: z.string(),
}).openapi("PublicGroup", {
  description:
    'A group that everybody may join, by its document. `owner` "": the operator\'s. `max_participants` 0: as many as the ' +
    'settings allow. `room`: `id` of its room that stands; "" for none.',
  example: {
    uri: "sip:lobby@example.test",
    owner: "",
    name: "Lobby",
    subject: "Anything",
    searchable: true,
    minimum_age: 16,
    max_participants: 0,
    room: "conf-3f2a",
  },
});
