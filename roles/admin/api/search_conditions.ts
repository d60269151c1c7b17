import { z } from "@hono/zod-openapi";
import { CONDITION_LIMITS, type SearchCondition } from "../../xdm/mod.ts";
import { Problem } from "./problems.ts";

/** Any JSON here: what it may be, `readCondition` says, with the place of what is wrong. */
export const conditionSchema = z.unknown().openapi("SearchCondition", {
  type: "object",
  description:
    "`{field, is}`: the field has exactly this value, in any case. `{field, from, until}`: the date is not before or " +
    "not behind a day; one of the two will do. `{all: […]}`, `{any: […]}`, `{not: …}`: conditions joined and turned round, " +
    `${CONDITION_LIMITS.depth} deep at most.`,
  example: { all: [{ field: "country", is: "Norway" }, { not: { field: "hobby", is: "chess" } }] },
});

/** Reads a condition. Throws the Problem "invalid" with the place. */
export function readCondition(value: unknown, place = "where", depth = 0): SearchCondition {
  if (depth > CONDITION_LIMITS.depth) {
    throw wrong(place, `conditions are nested ${CONDITION_LIMITS.depth} deep at most`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong(place, KINDS);
  const given = value as Record<string, unknown>;
  const keys = Object.keys(given).sort().join();
  if (keys === "all" || keys === "any") {
    const parts = given[keys];
    if (!Array.isArray(parts) || parts.length === 0 || parts.length > CONDITION_LIMITS.comparisons) {
      throw wrong(`${place}.${keys}`, `is a list of 1 to ${CONDITION_LIMITS.comparisons} conditions`);
    }
    return { kind: keys, of: parts.map((part, i) => readCondition(part, `${place}.${keys}.${i}`, depth + 1)) };
  }
  if (keys === "not") return { kind: "not", of: readCondition(given.not, `${place}.not`, depth + 1) };
  const text = (name: string): string => {
    const found = given[name];
    if (typeof found !== "string") throw wrong(`${place}.${name}`, "is a string");
    return found;
  };
  switch (keys) {
    case "field,is":
      return { kind: "compare", field: text("field"), operator: "=", value: text("is") };
    case "field,from":
      return { kind: "compare", field: text("field"), operator: ">=", value: text("from") };
    case "field,until":
      return { kind: "compare", field: text("field"), operator: "<=", value: text("until") };
    case "field,from,until": {
      const field = text("field");
      const from = { kind: "compare", field, operator: ">=", value: text("from") } as const;
      return { kind: "all", of: [from, { kind: "compare", field, operator: "<=", value: text("until") }] };
    }
  }
  throw wrong(place, KINDS);
}

const KINDS = "is {field, is}, {field, from, until}, {all: […]}, {any: […]} or {not: …}";

function wrong(field: string, message: string): Problem {
  return new Problem("invalid", `${field} ${message}.`, { errors: [{ field, message }] });
}
