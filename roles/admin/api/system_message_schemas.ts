import { z } from "@hono/zod-openapi";
import { SERVICE_LEVELS } from "../services/mod.ts";
import { count, list, time } from "./fields.ts";

const level = z.enum(SERVICE_LEVELS as ["full", "receive", "none"]).openapi({
  description: "`full`; `receive`: to begin and send nothing; `none`: nothing.",
});

const condition = z.strictObject({
  client: z.string().min(1).max(200).optional().openapi({
    description: "The User-Agent of a device, in any case; `*` stands for any text.",
    example: "Linphone/5.1*",
  }),
  profile: z.literal("incomplete").optional().openapi({ description: "Mandatory fields of the profile are missing." }),
  first_use: z.literal(true).optional().openapi({ description: "Has never registered before." }),
}).openapi("SystemMessageCondition");

export const messageSchema = z.object({
  id: z.string(),
  at: time,
  by: z.string(),
  cause: z.string(),
  to: z.string(),
  condition: condition.nullable(),
  text: z.string(),
  recipients: count,
  delivered: count,
  deferred: count,
  failed: count,
  options: list(z.object({ id: z.string(), label: z.string(), grants: level, answered: count })),
  blocking: z.boolean(),
  ask_read: z.boolean(),
  answer_within: count.nullable(),
  on_timeout: level,
  expires_at: time.nullable(),
  state: z.enum(["sending", "standing", "sent", "over", "withdrawn"]),
  read: count,
  answered: count,
  open: count,
  timed_out: count,
}).openapi("SystemMessage");

export const recipientSchema = z.object({
  uri: z.string(),
  state: z.enum(["waiting", "delivered", "answered", "timed-out", "failed"]),
  delivered_at: time.nullable(),
  read_at: time.nullable(),
  answered_at: time.nullable(),
  option: z.string().nullable(),
}).openapi("SystemMessageRecipient");

export const newMessageSchema = z.strictObject({
  to: z.string().min(1).max(300).optional().openapi({
    description: "The address of a user or a group, or `everybody`; either this or `condition`.",
  }),
  condition: condition.optional(),
  text: z.string().min(1).max(2000).openapi({
    description: "`{service}`, `{domain}` and `{date}` are filled in; what belongs to a user is refused.",
  }),
  options: z.array(z.strictObject({
    id: z.string().min(1).max(64).optional(),
    label: z.string().min(1).max(100),
    grants: level.optional(),
  })).max(10).optional(),
  blocking: z.boolean().optional().openapi({
    description: "Until it is answered, its recipients may do nothing but answer, and are not visible as online.",
  }),
  ask_read: z.boolean().optional().openapi({
    description: "Devices are asked to tell when it was displayed (RFC 5438); an answer tells it, too.",
  }),
  answer_within: z.int().min(1).max(2_592_000).nullable().optional().openapi({ description: "Seconds from delivery." }),
  on_timeout: level.optional().openapi({ description: "What whoever does not answer in time may do; default `none`." }),
  expires_at: time.nullable().optional(),
}).openapi("NewSystemMessage", {
  example: {
    to: "everybody",
    text: "The terms of {service} are new as of {date}. Do you agree?",
    options: [{ label: "Yes" }, { label: "Not yet", grants: "receive" }, { label: "No", grants: "none" }],
    blocking: true,
    answer_within: 600,
  },
});
