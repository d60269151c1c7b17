import type { SimpleType } from "./grammar.ts";
import { plainNameEnd } from "./xml_name.ts";

/** A type whose values match `pattern` as a whole. `pattern` must be linear: no repetition within a repetition. */
export function pattern(name: string, pattern: RegExp, hint = `no ${name}`): SimpleType {
  const whole = new RegExp(`^(?:${pattern.source})$`, pattern.flags);
  return { name, breach: (value) => whole.test(value) ? null : `${quoted(value)} is ${hint}` };
}

/** One of these tokens. */
export function enumeration(values: readonly string[]): SimpleType {
  const known = new Set(values);
  const allowed = values.join(", ");
  return {
    name: `one of ${allowed}`,
    breach: (value) => known.has(value) ? null : `${quoted(value)} is none of ${allowed}`,
  };
}

/** Any text, its white space kept. */
export const STRING: SimpleType = { name: "string", whiteSpace: "preserve", breach: () => null };

/** Any text, white space collapsed. */
export const TOKEN: SimpleType = { name: "token", breach: () => null };

export const BOOLEAN: SimpleType = enumeration(["true", "false", "1", "0"]);

export const INTEGER: SimpleType = pattern("integer", /[-+]?[0-9]+/, "no whole number");
export const NON_NEGATIVE_INTEGER: SimpleType = pattern(
  "nonNegativeInteger",
  /\+?[0-9]+|-0+/,
  "no whole number of 0 or more",
);
export const POSITIVE_INTEGER: SimpleType = pattern(
  "positiveInteger",
  /\+?0*[1-9][0-9]*/,
  "no whole number of 1 or more",
);
export const DECIMAL: SimpleType = pattern("decimal", /[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)/, "no decimal number");

/** A whole number of `min` to `max`. */
export function integerRange(min: number, max: number): SimpleType {
  return {
    name: `integer from ${min} to ${max}`,
    breach: (value) => {
      const fits = /^[-+]?[0-9]+$/.test(value) && Number(value) >= min && Number(value) <= max;
      return fits ? null : `${quoted(value)} is no whole number from ${min} to ${max}`;
    },
  };
}

/**
 * A URI reference as XML Schema Part 2 §3.2.17 takes it: characters that a URI escapes may stand as they are. Refused: white
 * space inside, `%` that begins no escape, a second `#`, and what begins with `:`.
 */
export const ANY_URI: SimpleType = {
  name: "anyURI",
  breach: (value) => {
    const hash = value.indexOf("#");
    const bad = value.startsWith(":") || (hash >= 0 && value.includes("#", hash + 1)) ||
      /[ \t\n\r]|%(?![0-9A-Fa-f]{2})/.test(value);
    return bad ? `${quoted(value)} is no URI` : null;
  },
};

/** RFC 3066's tags (XML Schema Part 2 §3.3.3). */
export const LANGUAGE: SimpleType = pattern("language", /[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*/, "no language tag");

/** A name without a colon: also what xs:ID is, the uniqueness of which is the usage's to check. */
export const NC_NAME: SimpleType = {
  name: "NCName",
  breach: (value) => plainNameEnd(value, 0) === value.length ? null : `${quoted(value)} is no name`,
};

/** With or without a prefix; whether it is declared is not looked at. */
export const Q_NAME: SimpleType = {
  name: "QName",
  breach: (value) => {
    const parts = value.split(":", 3);
    const good = parts.length < 3 && parts.every((part) => part !== "" && plainNameEnd(part, 0) === part.length);
    return good ? null : `${quoted(value)} is no name`;
  },
};

/** Octets as base64; white space may stand anywhere. */
export const BASE64_BINARY: SimpleType = {
  name: "base64Binary",
  breach: (value) => {
    const packed = value.replace(/[ \t\n\r]+/g, "");
    const good = packed.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(packed);
    return good ? null : `${quoted(value)} is no base64`;
  },
};

export const HEX_BINARY: SimpleType = {
  name: "hexBinary",
  breach: (value) =>
    value.length % 2 === 0 && /^[0-9A-Fa-f]*$/.test(value) ? null : `${quoted(value)} is not hexadecimal`,
};

const ZONE = "(?:Z|[-+](?:0[0-9]|1[0-3]):[0-5][0-9]|[-+]14:00)?";
const DAY = "(-?(?:[1-9][0-9]{3,}|0[0-9]{3}))-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])";
const HOUR = "(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\\.[0-9]+)?|24:00:00(?:\\.0+)?)";

export const DATE_TIME: SimpleType = calendar("dateTime", `${DAY}T${HOUR}${ZONE}`, "no date and time");
export const DATE: SimpleType = calendar("date", `${DAY}${ZONE}`, "no date");
export const TIME: SimpleType = calendar("time", `${HOUR}${ZONE}`, "no time of day");
export const DURATION: SimpleType = pattern(
  "duration",
  /-?P(?=.)(?:[0-9]+Y)?(?:[0-9]+M)?(?:[0-9]+D)?(?:T(?=.)(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+(?:\.[0-9]+)?S)?)?/,
  "no duration",
);

function calendar(name: string, source: string, hint: string): SimpleType {
  const whole = new RegExp(`^${source}$`);
  return {
    name,
    breach: (value) => {
      const found = whole.exec(value);
      const day = found === null || found[3] === undefined ? 1 : Number(found[3]);
      const good = found !== null && (day <= 28 || day <= daysOf(found[1], Number(found[2])));
      return good ? null : `${quoted(value)} is ${hint}`;
    },
  };
}

function daysOf(year: string, month: number): number {
  if (month !== 2) return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
  // The last four digits tell a leap year as well as all of them.
  const tail = Number(year.slice(-4));
  return tail % 4 === 0 && (tail % 100 !== 0 || tail % 400 === 0) ? 29 : 28;
}

/** Values of `type`, white space between them; at least `min`. */
export function list(type: SimpleType, min = 0): SimpleType {
  return {
    name: `list of ${type.name}`,
    breach: (value) => {
      const items = value === "" ? [] : value.split(" ");
      if (items.length < min) return `${items.length} values; at least ${min} are needed`;
      for (const item of items) {
        const breach = type.breach(item);
        if (breach !== null) return breach;
      }
      return null;
    },
  };
}

/** A value of any of these types. */
export function union(types: readonly SimpleType[]): SimpleType {
  return {
    name: types.map((type) => type.name).join(" or "),
    breach: (value) => {
      let last: string | null = null;
      for (const type of types) {
        last = type.breach(value);
        if (last === null) return null;
      }
      return types.length === 1 ? last : `${quoted(value)} is no ${types.map((type) => type.name).join(" or ")}`;
    },
  };
}

/** The values of `type` that have `min` to `max` characters (code points). */
export function ofLength(type: SimpleType, min: number, max = Infinity): SimpleType {
  return {
    ...type,
    breach: (value) => {
      let length = 0;
      for (const _ of value) length++;
      if (length < min) return `${length} characters; at least ${min} are needed`;
      return length > max ? `${length} characters; at most ${max} are allowed` : type.breach(value);
    },
  };
}

/** A value for people: in quotes, cut where it is long. */
export function quoted(value: string): string {
  return `"${value.length <= 80 ? value : `${value.slice(0, 80).toWellFormed()}…`}"`;
}
