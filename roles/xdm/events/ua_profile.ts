import { type Params, unquote } from "../../../transport/sip/mod.ts";
import { readSelection, type UriReading } from "./read_selection.ts";
import { type Selection, SelectionProblem } from "./selection.ts";

/**
 * What a SUBSCRIBE of an OMA XDM 1.x client watches: `Event: ua-profile;profile-type=application` with `auid` (or the older
 * `app-id`), `document`, or both (drafts before RFC 6080, as oma-reference §2.5). Without a document it is all of the watcher's own
 * documents of that usage; a document is a path below the root, or, beside an AUID, a name in the watcher's own tree. Throws
 * SelectionProblem.
 */
export function readUaProfile(params: Params, reading: UriReading): Selection[] {
  const type = value(params, "profile-type").toLowerCase();
  if (type !== "application") {
    throw new SelectionProblem(404, type === "" ? "Say profile-type=application" : "No Such Profile Type Here");
  }
  const auid = value(params, "auid") || value(params, "app-id");
  const document = value(params, "document");
  if (auid === "" && document === "") throw new SelectionProblem(400, "Say Which auid Or document");
  if (document === "") return readSelection(`${auid}/users/`, reading);
  const isPath = auid === "" || /^https?:/i.test(document) || /(?:^|\/)(?:users|global)\//.test(document);
  if (isPath) return readSelection(document, reading);
  const [own] = readSelection(`${auid}/users/`, reading);
  return readSelection(own.sel + document, reading);
}

function value(params: Params, name: string): string {
  const text = params.get(name) ?? "";
  return text.startsWith('"') ? unquote(text) : text;
}
