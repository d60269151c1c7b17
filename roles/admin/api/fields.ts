import { z } from "@hono/zod-openapi";
import { OperationError } from "../../../operations/mod.ts";
import { userAddress } from "../../../operations/stored/mod.ts";
import { type FieldError, Problem } from "./problems.ts";

/** `value` as the schema has it. Throws the Problem "invalid" with each field that is wrong. */
export function checked(schema: z.ZodType, value: unknown, where: "path" | "query" | "body"): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const errors = result.error.issues.slice(0, 100).flatMap(errorsOf);
  const count = errors.length === 1 ? "One value is" : `${errors.length} values are`;
  throw new Problem("invalid", `${count} wrong in the ${where}.`, { errors });
}

function errorsOf(issue: z.core.$ZodIssue): FieldError[] {
  const path = issue.path.map(String);
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({ field: [...path, key].join("."), message: "there is no such field" }));
  }
  return [{ field: path.join("."), message: issue.message }];
}

/** The query as an object. Throws the Problem "invalid" where a name stands in it twice. */
export function queryOf(url: string): Record<string, string> {
  const query: Record<string, string> = Object.create(null);
  for (const [name, value] of new URL(url).searchParams) {
    if (Object.hasOwn(query, name)) {
      throw new Problem("invalid", "One value is wrong in the query.", {
        errors: [{ field: name, message: "is given twice" }],
      });
    }
    query[name] = value;
  }
  return { ...query };
}

/** A user's address in a path: `sip:alice@example.test`, percent-encoded, `sip:` may be left out. Gives the address-of-record. */
export const userUri = z.string().transform((text, context) => {
  try {
    return userAddress(text).aor;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    context.addIssue({ code: "custom", message: error.message });
    return z.NEVER;
  }
}).openapi({ type: "string", example: "sip:alice@example.test" });

export const uriParams = z.object({ uri: userUri });
export const idParams = z.object({ id: z.string().min(1).max(200) });

/** `?dry_run`, `?dry_run=true`; absent: false. */
export const flag = z.enum(["", "true", "false", "1", "0"]).default("false")
  .transform((text) => text === "" || text === "true" || text === "1")
  .openapi({ type: "string", enum: ["true", "false"] });

export const limit = (most: number, usual: number) =>
  z.coerce.number().int().min(1).max(most).default(usual).openapi({ type: "integer", minimum: 1, maximum: most });

/** ms since the epoch. */
export const time = z.int().min(0).max(8_640_000_000_000_000);
export const count = z.int().min(0);

/** A list in an answer. */
export function list<T extends z.ZodType>(schema: T) {
  return z.array(schema).readonly();
}

/** The field of a user that a refusal is about, told by its words. */
export function userFieldOf(message: string): string {
  if (/\bpassword\b/.test(message) && !/inside$/.test(message)) return "password";
  if (/\bnumber\b/.test(message)) return "e164";
  return /display name/.test(message) ? "display_name" : "uri";
}

/** An "invalid" of a service as the Problem of one field; anything else as it is. */
export function inField(error: unknown, fieldOf: (message: string) => string): unknown {
  if (!(error instanceof OperationError) || error.kind !== "invalid") return error;
  const { message } = error;
  return new Problem("invalid", message, { errors: [{ field: fieldOf(message), message }] });
}
