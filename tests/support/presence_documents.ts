/** Documents that tests publish and put: presence, presence rules, lists. */

const PRESENCE_NAMESPACES = 'xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model" ' +
  'xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid" xmlns:op="urn:oma:xml:prs:pidf:oma-pres" ' +
  'xmlns:gp="urn:ietf:params:xml:ns:pidf:geopriv10"';

/** A presence document with this content. */
export function presenceText(entity: string, content: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<presence ${PRESENCE_NAMESPACES} entity="${entity}">${content}</presence>`;
}

/** What a common client publishes: one service, and what its user does. */
export function statusText(
  entity: string,
  { basic = "open", activity, note, id = "t1", contact = entity }: {
    readonly basic?: "open" | "closed";
    /** An element of RFC 4480 §3.2, by its name. */
    readonly activity?: string;
    readonly note?: string;
    readonly id?: string;
    readonly contact?: string;
  } = {},
): string {
  const person = activity === undefined
    ? ""
    : `<dm:person id="p${id}"><rpid:activities><rpid:${activity}/></rpid:activities></dm:person>`;
  const said = note === undefined ? "" : `<note>${note}</note>`;
  return presenceText(
    entity,
    `<tuple id="${id}"><status><basic>${basic}</basic></status><contact>${contact}</contact>${said}</tuple>${person}`,
  );
}

/** Operations on what was published before (RFC 5264). */
export function diffText(entity: string, operations: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<p:pidf-diff xmlns:p="urn:ietf:params:xml:ns:pidf-diff" ${PRESENCE_NAMESPACES} ` +
    `entity="${entity}">${operations}</p:pidf-diff>`;
}

export type Handling = "allow" | "block" | "polite-block" | "confirm";

/** Everything that there is to be provided, but for location. */
export const PROVIDE_ALL = "<pr:provide-services><pr:all-services/></pr:provide-services>" +
  "<pr:provide-persons><pr:all-persons/></pr:provide-persons><pr:provide-devices><pr:all-devices/></pr:provide-devices>" +
  "<pr:provide-all-attributes/>";

/** One rule. */
export interface RuleFacts {
  readonly id: string;
  /** Whom it is for; nobody named: all who say who they are. */
  readonly watchers?: readonly string[];
  readonly handling: Handling;
  /** Transformations; of an allowing rule by default everything. */
  readonly provides?: string;
}

/** A document of presence rules (RFC 5025). */
export function presenceRulesText(rules: readonly RuleFacts[]): string {
  const texts = rules.map(({ id, watchers = [], handling, provides }) => {
    const ones = watchers.map((watcher) => `<cr:one id="${watcher}"/>`).join("");
    const transformations = provides ?? (handling === "allow" ? PROVIDE_ALL : "");
    return `<cr:rule id="${id}"><cr:conditions><cr:identity>${ones || "<cr:many/>"}</cr:identity></cr:conditions>` +
      `<cr:actions><pr:sub-handling>${handling}</pr:sub-handling></cr:actions>` +
      `<cr:transformations>${transformations}</cr:transformations></cr:rule>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<cr:ruleset xmlns:cr="urn:ietf:params:xml:ns:common-policy" ` +
    `xmlns:pr="urn:ietf:params:xml:ns:pres-rules">${texts.join("")}</cr:ruleset>`;
}

/** A list of contacts, as it is put or brought along with a SUBSCRIBE. */
export function resourceListText(name: string, uris: readonly string[]): string {
  const entries = uris.map((uri) => `<entry uri="${uri}"/>`).join("");
  return `<?xml version="1.0" encoding="UTF-8"?>\n<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists">` +
    `<list name="${name}">${entries}</list></resource-lists>`;
}

/** One service of lists: its URI, and the list that it stands for, by URL or as entries. */
export function rlsServicesText(
  uri: string,
  list: { readonly url: string } | { readonly uris: readonly string[] },
): string {
  const held = "url" in list
    ? `<resource-list>${list.url}</resource-list>`
    : `<list>${list.uris.map((one) => `<rl:entry uri="${one}"/>`).join("")}</list>`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<rls-services xmlns="urn:ietf:params:xml:ns:rls-services" ` +
    `xmlns:rl="urn:ietf:params:xml:ns:resource-lists"><service uri="${uri}">${held}` +
    `<packages><package>presence</package></packages></service></rls-services>`;
}
