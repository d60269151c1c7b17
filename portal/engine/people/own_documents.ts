/** Paths of a user's own XCAP documents (RFC 4825 §6), below the root. */
export function ownDocument(auid: string, aor: string, name = "index"): string {
  return `${auid}/users/${encodeURIComponent(aor).replace(/%3A/g, ":").replace(/%40/g, "@")}/${name}`;
}

export const RESOURCE_LISTS = "urn:ietf:params:xml:ns:resource-lists";

/** An element of the user's document of lists: lists from the outermost on, then perhaps an entry (RFC 4826 §3). */
export function listNode(aor: string, lists: readonly string[], entry?: string): string {
  const steps = lists.map((name) => `/list%5b@name=%22${inSelector(name)}%22%5d`).join("");
  const last = entry === undefined ? "" : `/entry%5b@uri=%22${inSelector(entry)}%22%5d`;
  return `/${ownDocument("resource-lists", aor)}/~~/resource-lists${steps}${last}`;
}

/** An attribute's value in a selector is written as in XML (RFC 4825 §6.3), then as in a URI. */
function inSelector(value: string): string {
  return encodeURIComponent(value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;"));
}

/** An address as tables have it: without parameters, in small letters. */
export function addressKey(uri: string): string {
  const bare = uri.replace(/^</, "").replace(/[;?>].*$/s, "").toLowerCase();
  return bare.startsWith("sips:") ? `sip:${bare.slice(5)}` : bare;
}

/** An address for people. */
export function plainAddress(uri: string): string {
  return uri.replace(/^(?:sips?|tel):/i, "") || uri;
}
