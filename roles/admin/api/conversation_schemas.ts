import { z } from "@hono/zod-openapi";
import { count, limit, list, time } from "./fields.ts";

const party = z.object({ uri: z.string(), name: z.string() }).openapi("ConversationParty", {
  example: { uri: "sip:bob@example.test", name: "Bob" },
});

export const conversationSchema = z.object({
  reference: z.string(),
  kind: z.enum(["pager", "large", "session", "file", "room"]),
  with: z.string(),
  parties: list(party),
  group: party.nullable(),
  name: z.string(),
  subject: z.string(),
  started_at: time,
  ended_at: time,
  messages: count,
  octets: count,
  expires_at: time,
  open: z.boolean(),
}).openapi("Conversation", {
  description:
    "A recorded conversation. `with`: the other party, or the room. `name`: the owner's own, folders before it, parted by " +
    "`/`. `expires_at`: 0 for never. `open`: it is still recorded.",
  example: {
    reference: "h-4b7f0c2d9e8a41c6b05d",
    kind: "pager",
    with: "sip:bob@example.test",
    parties: [{ uri: "sip:alice@example.test", name: "Alice" }, { uri: "sip:bob@example.test", name: "Bob" }],
    group: null,
    name: "holidays/norway",
    subject: "",
    started_at: 1_767_225_600_000,
    ended_at: 1_767_229_200_000,
    messages: 12,
    octets: 2048,
    expires_at: 0,
    open: false,
  },
});

export const conversationPage = z.object({ conversations: list(conversationSchema), next: z.string(), total: count });

export const saidFactsSchema = z.object({
  seq: count,
  at: time,
  from: party,
  to: z.string(),
  own: z.boolean(),
  message_id: z.string(),
  content_type: z.string(),
  octets: count,
  file: z.string(),
});

export const saidSchema = saidFactsSchema.extend({
  text: z.string().nullable(),
  content: z.string(),
}).openapi("SaidMessage", {
  description:
    "`text`: null where it is no text, or a long one; `content` is where its octets are. `own`: said by oneself. `message_id`: the " +
    "Message-ID of RFC 5438, the same on all devices; where it has none, what its request or session called it.",
  example: {
    seq: 3,
    at: 1_767_225_660_000,
    from: { uri: "sip:bob@example.test", name: "Bob" },
    to: "sip:alice@example.test",
    own: false,
    message_id: "ab12",
    content_type: "text/plain",
    octets: 5,
    file: "",
    text: "Hello",
    content: "/api/v1/me/history/h-4b7f0c2d9e8a41c6b05d/messages/3/content",
  },
});

export const hitsSchema = z.object({
  hits: list(z.object({ conversation: conversationSchema, message: saidFactsSchema, snippet: z.string() })),
  more: z.boolean(),
  bounded: z.boolean(),
}).openapi("ConversationHits", {
  description:
    "`snippet`: text around what was found. `more`: there is more than was asked for. `bounded`: not everything was looked " +
    "at; narrow the search down.",
});

export const recordWish = z.enum(["default", "nothing", "pager", "session", "everything"], {
  error: "allowed: default, nothing, pager, session, everything",
});

export const recordingSchema = z.object({
  allowed: z.boolean(),
  record: recordWish,
  by_devices: z.boolean(),
  in_force: z.enum(["nothing", "pager", "session", "everything"]),
  default: z.enum(["nothing", "everything"]),
  keep_days: count,
  max_days: count,
  taken: z.object({ conversations: count, messages: count, octets: count }),
  quota: z.object({ conversations: count, octets: count }),
}).openapi("HistorySettings", {
  description:
    "`record`: what the user set; `default`: as the operator has it. `by_devices`: the user's devices say otherwise, which " +
    "counts before it; `in_force` is what holds. Days of 0: for ever.",
});

export const markSchema = z.object({
  with: z.string(),
  at: time,
  reference: z.string(),
  seq: count,
  unread: count,
  more: z.boolean(),
}).openapi("ReadMark", {
  description:
    "How far the user has read, on whatever device. `unread`: messages of others since, as far as they were counted; " +
    "`more`: there may be more of them.",
  example: { with: "sip:bob@example.test", at: 1_767_225_660_000, reference: "", seq: 0, unread: 2, more: false },
});

export const newMark = z.strictObject({
  with: z.string().min(1).max(300),
  at: time.optional(),
  reference: z.string().max(200).optional(),
  seq: count.optional(),
  back: z.boolean().default(false),
}).refine(({ at, reference, seq }) => at !== undefined || (reference !== undefined && seq !== undefined), {
  path: ["at"],
  message: "is needed, or `reference` and `seq`",
}).openapi("NewReadMark", { example: { with: "sip:bob@example.test", at: 1_767_225_660_000 } });

export const referenceParams = z.object({ reference: z.string().min(1).max(200) });
export const seqParams = referenceParams.extend({ seq: z.coerce.number().int().min(1) });

const wallTime = z.coerce.number().int().min(0).max(8_640_000_000_000_000).openapi({ type: "integer" });

/** What conversations are chosen by, in queries. */
export const filter = {
  folder: z.string().max(300).optional().openapi({ description: "With those in it; empty: in no folder." }),
  with: z.string().max(300).default("").openapi({ description: "Address or name of somebody, or of a room." }),
  from: wallTime.default(0).openapi({ description: "Said at that time or later." }),
  until: wallTime.optional().openapi({ description: "Said before that time." }),
};

export const listQuery = z.strictObject({
  ...filter,
  after: z.string().max(300).default("").openapi({ description: "`next` of the page before." }),
  limit: limit(1000, 100),
});

export const searchQuery = z.strictObject({
  ...filter,
  words: z.string().max(1000).default("").openapi({
    description: 'All of them, as beginnings; up to three letters as whole words. "In quotes" they follow each other.',
  }),
  reference: z.string().max(200).default(""),
  limit: limit(200, 50),
});

export const exportQuery = z.strictObject({
  format: z.enum(["json", "html"], { error: "allowed: json, html" }).default("json"),
  zone: z.string().max(40).default("").openapi({ description: "Time zone of the page: `Europe/Oslo`; UTC without." }),
});

export const patchSchema = z.strictObject({
  name: z.string().max(1000),
  subject: z.string().max(1000),
  expires_at: time,
}).partial().openapi("ConversationPatch", { example: { name: "holidays/norway" } });
