import type { PersonFound, Problem } from "../../model/mod.ts";
import type { EngineParts } from "../doors.ts";
import { asProblem } from "../outcomes.ts";

interface Found {
  readonly results: readonly {
    readonly id: string;
    readonly display_name: string;
    readonly fields: Readonly<Record<string, readonly string[]>>;
  }[];
}

type Condition =
  | { readonly field: string; readonly is: string }
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] };

const MOST = 100;
const MOST_WORDS = 8;

/** People by words: the service compares whole values (GM-2, GM-3), so the words are taken for each of them that they may be. */
export async function searchPeople(
  { rest, link: { me } }: Pick<EngineParts, "rest" | "link">,
  words: string,
): Promise<readonly PersonFound[] | Problem> {
  const text = words.trim().replace(/\s+/g, " ");
  if (text === "") return [];
  try {
    const { results } = await rest.send<Found>("POST", `/users/${encodeURIComponent(me.uri)}/searches`, {
      of: "people",
      where: { any: conditions(text, me.domain) },
      limit: MOST,
    });
    return results.map(({ id, display_name, fields }) => ({
      uri: /^[a-z]+:/i.test(id) ? id : `sip:${id}`,
      name: display_name === "" ? id : display_name,
      facts: Object.entries(fields).filter(([field]) => field !== "display-name" && field !== "uri")
        .map(([field, values]) => `${field}: ${values.join(", ")}`),
    }));
  } catch (error) {
    return asProblem(error);
  }
}

function conditions(text: string, domain: string): Condition[] {
  const is = (field: string, value = text): Condition => ({ field, is: value });
  const found = ["display-name", "given-name", "family-name", "locality", "hobby"].map((field) => is(field));
  const parts = text.split(" ");
  for (let i = 1; i < parts.length && i < MOST_WORDS; i++) {
    const [first, last] = [parts.slice(0, i).join(" "), parts.slice(i).join(" ")];
    // In this order, or as lists have it.
    found.push({ all: [is("given-name", first), is("family-name", last.replace(/,$/, ""))] });
    found.push({ all: [is("family-name", first.replace(/,$/, "")), is("given-name", last)] });
  }
  if (/^[+(]{0,2}[0-9][0-9 ().\/-]{2,40}$/.test(text)) found.push(is("comm-addr"));
  else if (/^(?:sips?:)?[\w.!~*'+-]+@[\w.-]+$/i.test(text)) found.push(is("uri"), is("comm-addr"));
  else if (/^[\w.!~*'+-]+$/.test(text)) found.push(is("uri", `${text}@${domain}`));
  return found;
}
