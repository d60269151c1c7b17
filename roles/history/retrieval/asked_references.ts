import { MOST_REFERENCES } from "../../../transport/payload/mod.ts";

/** `;history-reference=` among the parameters of a Request-URI (oma-reference §3.5), repeated as often as there are references. */
const PARAMETER = /;\s*history-reference\s*=\s*([^;?]*)/gi;

/** The references that a Request-URI names, each once, in their order; escapes undone. */
export function referencesInUri(uri: string): string[] {
  // Before the @ a semicolon belongs to the user part.
  const params = uri.slice(uri.indexOf("@") + 1).split("?", 1)[0];
  const references = new Set<string>();
  for (const [, value] of params.matchAll(PARAMETER)) {
    references.add(unescaped(value.trim()));
    // One more than anybody is given: whoever counts them sees that they are too many.
    if (references.size > MOST_REFERENCES) break;
  }
  references.delete("");
  return [...references];
}

/** As it stands where its escapes are none: then it names nothing that is there. */
function unescaped(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
