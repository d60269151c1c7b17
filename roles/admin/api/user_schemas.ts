import { z } from "@hono/zod-openapi";
import { count, list, time } from "./fields.ts";

export const userState = z.enum(["active", "suspended", "barred", "unsubscribed"]);
const deferral = z.enum(["offline", "always", "never"]);
const quota = z.object({ messages: count, octets: count });

const shape = {
  uri: z.string(),
  display_name: z.string(),
  e164: z.string(),
  state: userState,
  created_at: time,
  changed_at: time,
};
const example = {
  uri: "sip:alice@example.test",
  display_name: "Alice",
  e164: "+15551234567",
  state: "active" as const,
  created_at: 1_767_225_600_000,
  changed_at: 1_767_225_600_000,
};

export const userRow = z.object({ ...shape, devices: count, version: z.int() }).openapi("UserRow", {
  example: { ...example, devices: 2, version: 3 },
});

export const userSchema = z.object({
  ...shape,
  barred_until: time,
  deferral,
  quota: quota.nullable(),
  limits: quota,
  waiting: quota,
  note: z.string(),
  devices: count,
  version: z.int(),
}).openapi("User", {
  example: {
    ...example,
    barred_until: 0,
    deferral: "offline",
    quota: null,
    limits: { messages: 1000, octets: 10_485_760 },
    waiting: { messages: 2, octets: 260 },
    note: "",
    devices: 2,
    version: 3,
  },
});

const words = (most: number) => z.string().max(most);

export const newUser = z.strictObject({
  uri: words(255).default("").openapi({ description: '"": made of the display name (SEC-3).' }),
  display_name: words(128).default(""),
  e164: words(40).default(""),
  password: words(256).default("").openapi({ description: '"": generated, and told once in the answer (SEC-3).' }),
  domain: words(255).optional().openapi({ description: "For a generated address; default: the first domain served." }),
  state: userState.default("active"),
}).openapi("NewUser", { example: { display_name: "Alice Example", e164: "+15551234567" } });

export const userPatch = z.strictObject({
  display_name: words(128).optional(),
  e164: words(40).optional(),
  state: userState.optional(),
  barred_until: time.optional().openapi({ description: "0: no end. Only with `barred`." }),
  deferral: deferral.optional(),
  quota: z.strictObject({ messages: count, octets: count }).nullable().optional(),
  note: words(2000).optional(),
  password: z.string().min(1).max(256).optional(),
}).openapi("UserPatch", { example: { state: "suspended", note: "left the company" } });

export const userPage = z.object({
  users: list(userRow),
  next: z.string().openapi({ description: '`after` of the next page; "" on the last.' }),
  total: count,
}).openapi("UserPage");

export const deviceSchema = z.object({
  id: z.string(),
  contact: z.string(),
  instance: z.string(),
  user_agent: z.string(),
  transport: z.string(),
  source: z.string(),
  registered_at: time,
  expires_at: time,
  live: z.boolean(),
}).openapi("Device", {
  example: {
    id: "3f2a",
    contact: "sip:alice@192.0.2.7:5060",
    instance: "urn:uuid:00000000-0000-4000-8000-000000000001",
    user_agent: "Linphone/5.2",
    transport: "tls",
    source: "192.0.2.7:40000",
    registered_at: 1_767_225_600_000,
    expires_at: 1_767_229_200_000,
    live: true,
  },
});

export const reachabilitySchema = z.object({
  uri: z.string(),
  reachable: z.boolean(),
  summary: z.string(),
  findings: list(z.object({
    code: z.string(),
    severity: z.enum(["ok", "info", "warning", "critical"]),
    text: z.string(),
    repair: z.string(),
  })),
}).openapi("Reachability");
