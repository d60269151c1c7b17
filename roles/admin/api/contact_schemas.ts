import { z } from "@hono/zod-openapi";
import { count, list, time } from "./fields.ts";

const words = (most: number) => z.string().max(most);

export const contactSchema = z.object({
  uri: z.string(),
  name: z.string(),
  lists: list(z.string()).openapi({ description: '"" is the contact list itself.' }),
  blocked: z.boolean(),
}).openapi("Contact", {
  example: { uri: "sip:bob@example.test", name: "Bob", lists: ["friends"], blocked: false },
});

export const listSchema = z.object({
  name: z.string().openapi({ description: "Lists in lists as `a/b`." }),
  display_name: z.string(),
  contacts: count,
}).openapi("ContactList", { example: { name: "friends", display_name: "My friends", contacts: 12 } });

export const contactPage = z.object({
  contacts: list(contactSchema),
  lists: list(listSchema),
  blocked: list(z.object({ uri: z.string(), name: z.string() })),
  next: z.string().openapi({ description: '`after` of the next page; "" on the last.' }),
  total: count,
}).openapi("ContactPage");

export const newContact = z.strictObject({
  contact: z.string().min(1).max(300).openapi({ description: "A SIP URI, a user name, or a telephone number." }),
  name: words(128).default("").openapi({ description: '"": as the contact calls themselves.' }),
  list: words(300).default(""),
  message: words(300).default("").openapi({ description: "For whoever has to agree." }),
}).openapi("NewContact", { example: { contact: "+15551234567", name: "Bob" } });

export const contactPatch = z.strictObject({
  name: words(128).optional(),
  list: words(300).optional().openapi({ description: 'The one list it stands in then; "": the contact list itself.' }),
}).openapi("ContactPatch", { example: { name: "Bobby" } });

export const newList = z.strictObject({ name: z.string().min(1).max(128), display_name: words(128).default("") })
  .openapi("NewContactList", { example: { name: "friends", display_name: "My friends" } });

export const listPatch = z.strictObject({
  name: z.string().min(1).max(128).optional(),
  display_name: words(128).optional(),
}).openapi("ContactListPatch", { example: { display_name: "Old friends" } });

export const requestSchema = z.object({
  id: z.string(),
  uri: z.string(),
  direction: z.enum(["incoming", "outgoing"]),
  requested_at: time,
  name: z.string(),
  message: z.string(),
}).openapi("ContactRequest", {
  example: {
    id: "r3f2a9c0d",
    uri: "sip:alice@example.test",
    direction: "incoming",
    requested_at: 1_767_225_600_000,
    name: "Alice",
    message: "We met on Monday.",
  },
});

export const addedSchema = z.union([
  z.object({ outcome: z.literal("added"), contact: contactSchema }),
  z.object({ outcome: z.literal("asked"), request: requestSchema }),
  z.object({ outcome: z.literal("unknown-number"), number: z.string(), text: z.string(), link: z.string() }),
]).openapi("AddedContact");
