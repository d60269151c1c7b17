/** Group documents as text: for tests of rooms. */

/** What a rule of a group allows. */
export type GroupRight =
  | "allow-initiate-conference"
  | "join-handling"
  | "allow-invite-users-dynamically"
  | "allow-conference-state"
  | "allow-anonymity"
  | "allow-private-message"
  | "allow-expelling"
  | "is-key-participant";

export interface GroupText {
  readonly name?: string;
  /** Users of example.test. */
  readonly members?: readonly string[];
  readonly invites?: boolean;
  readonly max?: number;
  /** Rights of the members of the list. */
  readonly membersMay?: readonly GroupRight[];
  /** Rights of everybody. */
  readonly othersMay?: readonly GroupRight[];
  /** Rights of single users, by name. */
  readonly may?: Readonly<Record<string, readonly GroupRight[]>>;
  /** Elements behind the rules. */
  readonly more?: string;
}

const OMA: ReadonlySet<GroupRight> = new Set(["allow-private-message", "allow-expelling"]);

export const GROUPS = "org.openmobilealliance.groups";

/** A document with one group. */
export function groupText(uri: string, group: GroupText): string {
  const { name = "Chess", members = [], invites = false, max, membersMay = [], othersMay = [], may = {}, more = "" } =
    group;
  const entries = members.map((user) => `<entry uri="sip:${user}@example.test"/>`).join("");
  let rules = "";
  const rule = (id: string, condition: string, rights: readonly GroupRight[]) => {
    if (rights.length === 0) return;
    const actions = rights.map((right) => {
      const tag = OMA.has(right) ? `oxe:${right}` : right;
      return `<${tag}>true</${tag}>`;
    }).join("");
    rules +=
      `<cr:rule id="${id}"><cr:conditions>${condition}</cr:conditions><cr:actions>${actions}</cr:actions></cr:rule>`;
  };
  rule("members", "<is-list-member/>", membersMay);
  rule("others", "<ocp:other-identity/>", othersMay);
  for (const [user, rights] of Object.entries(may)) {
    rule(`u-${user}`, `<cr:identity><cr:one id="sip:${user}@example.test"/></cr:identity>`, rights);
  }
  return `<?xml version="1.0" encoding="UTF-8"?>
<group xmlns="urn:oma:xml:poc:list-service" xmlns:rl="urn:ietf:params:xml:ns:resource-lists" xmlns:cr="urn:ietf:params:xml:ns:common-policy" xmlns:ocp="urn:oma:xml:xdm:common-policy" xmlns:oxe="urn:oma:xml:xdm:extensions">
<list-service uri="${uri}"><display-name>${name}</display-name><list>${entries}</list><invite-members>${invites}</invite-members>${
    max === undefined ? "" : `<max-participant-count>${max}</max-participant-count>`
  }${rules === "" ? "" : `<cr:ruleset>${rules}</cr:ruleset>`}${more}</list-service>
</group>
`;
}
