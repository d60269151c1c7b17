import { escapeXml } from "../../../transport/xml/mod.ts";

/** A group that stays, as its owner makes it. */
export interface NewGroup {
  readonly uri: string;
  readonly name: string;
  readonly subject: string;
  /** Addresses of its members, beside the owner. */
  readonly people: readonly string[];
  /** Everybody finds it and may come. */
  readonly listed: boolean;
}

export const GROUPS = "org.openmobilealliance.groups";
export const GROUP_TYPE = "application/vnd.oma.poc.groups+xml";
/** The user's own list of groups that they use (OMA XDM 2.0), and the list in it. */
export const GROUP_USAGE = "org.openmobilealliance.group-usage-list";
export const GROUP_USAGE_TYPE = "application/vnd.oma.group-usage-list+xml";
export const USED = "rooms";
const LISTS = "urn:ietf:params:xml:ns:resource-lists";

/**
 * The document of a group (oma-reference §5.4). Members of one that is not listed may begin its session, come, bring others and write to
 * each other alone; whoever begins it has the service invite all of them. To a listed one everybody comes by themselves, under an alias.
 * The owner may do everything in both.
 */
export function groupDocument({ uri, name, subject, people, listed }: NewGroup): string {
  const entries = people.map((person) => `<entry uri="${escapeXml(person)}"/>`).join("");
  const talk = ["join-handling", "allow-conference-state"];
  const members = [...talk, "allow-initiate-conference", "allow-invite-users-dynamically"];
  const rules = listed
    ? rule("everybody", "<ocp:other-identity/>", [...talk, "allow-anonymity"])
    : rule("members", "<is-list-member/>", members);
  return `<?xml version="1.0" encoding="UTF-8"?>
<group xmlns="urn:oma:xml:poc:list-service" xmlns:cp="urn:ietf:params:xml:ns:common-policy" \
xmlns:ocp="urn:oma:xml:xdm:common-policy" xmlns:oxe="urn:oma:xml:xdm:extensions">
<list-service uri="${escapeXml(uri)}"><display-name>${escapeXml(name)}</display-name><list>${entries}</list>\
<invite-members>${!listed}</invite-members><cp:ruleset>${rules}</cp:ruleset><oxe:subject>${
    escapeXml(subject)
  }</oxe:subject>\
<oxe:searchable>${listed}</oxe:searchable></list-service>
</group>
`;
}

function rule(id: string, condition: string, actions: readonly string[]): string {
  const granted = actions.map((action) => `<${action}>true</${action}>`).join("");
  return `<cp:rule id="${id}"><cp:conditions>${condition}</cp:conditions><cp:actions>${granted}` +
    `<oxe:allow-private-message>true</oxe:allow-private-message></cp:actions></cp:rule>`;
}

/** An entry of the list of groups in use. */
export function usageEntry(uri: string, name: string): string {
  const shown = name === "" ? "" : `<display-name>${escapeXml(name)}</display-name>`;
  return `<entry xmlns="${LISTS}" uri="${escapeXml(uri)}">${shown}</entry>`;
}

/** A first list of groups in use, with these entries. */
export function usageDocument(entries: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<resource-lists xmlns="${LISTS}"><list name="${USED}">${entries}</list>` +
    `</resource-lists>\n`;
}

/** A name as the part of an address: `chess-club.4f2a9c`. */
export function addressName(name: string, unlike: string): string {
  const plain = name.normalize("NFKD").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^(?:conf)?-+|-+$/g, "");
  return `${plain.slice(0, 32).replace(/-+$/, "") || "room"}.${unlike}`;
}
