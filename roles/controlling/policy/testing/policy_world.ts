import { silentLog } from "../../../../foundation/mod.ts";
import { IDENTIFIERS, NS, type Principal, UNCONDITIONAL, USAGES } from "../../../xdm/mod.ts";
import { ROOT, XdmWorld } from "../../../xdm/testing/xdm_world.ts";
import { DocumentPolicies, type DocumentPoliciesParts } from "../document_policies.ts";
import type { DocumentPolicy } from "../document_policy.ts";
import type { Caller, RoomRefusal, RoomSettings } from "../terms.ts";

export const aor = (name: string) => name.includes(":") ? name : `sip:${name}@example.test`;

/** Settings of rooms as the schema has them. */
export const ROOM_SETTINGS: RoomSettings = {
  adhoc_size: 20,
  group_size: 500,
  max_rooms: 2000,
  per_user: 20,
  message_bytes: 5_242_880,
  history: 0,
  empty_seconds: 300,
  idle_seconds: 0,
  rejoin_seconds: 600,
  unused_hours: 0,
  private_from_public: true,
  public_age: 0,
  speech_uri: "",
  list_size: 500,
};

/** A group as its owner writes it; XML with prefixes `cp`, `ocp`, `oxe`, `rl` bound. */
export interface GroupSpec {
  readonly uri?: string;
  readonly name?: string;
  /** Entries by address, then any other XML of the list. */
  readonly members?: readonly string[];
  readonly list?: string;
  readonly invites?: boolean;
  readonly max?: number;
  /** `null`: no ruleset. */
  readonly rules?: readonly string[] | null;
  /** Extensions behind the rules. */
  readonly more?: string;
}

/** Policies over documents in memory, written as users and operators write them. For tests only. */
export class PolicyWorld {
  readonly xdm: XdmWorld;
  readonly settings: { -readonly [K in keyof RoomSettings]: RoomSettings[K] } = { ...ROOM_SETTINGS };
  /** Telephone numbers of users, plus and all. */
  readonly numbers = new Map<string, string>();
  readonly births = new Map<string, string[]>();
  /** What `ready` of the birth dates waits for, and how often it was asked. */
  known: Promise<void> = Promise.resolve();
  asked = 0;
  /** Groups that changed, in order. */
  readonly changed: string[] = [];
  /** Documents that were read: `owner name`. */
  readonly read: string[] = [];
  /** Runs before a document is read. */
  beforeRead: () => Promise<void> = () => Promise.resolve();
  readonly policies: DocumentPolicies;

  private constructor(xdm: XdmWorld, limits: DocumentPoliciesParts["limits"]) {
    this.xdm = xdm;
    const user = (address: string) => {
      const e164 = this.numbers.get(address) ?? "";
      return { aor: address, e164 } as ReturnType<DocumentPoliciesParts["subscribers"]["get"]>;
    };
    this.policies = new DocumentPolicies({
      service: {
        read: async (key) => {
          this.read.push(`${key.owner} ${key.name}`);
          await this.beforeRead();
          return await xdm.server.read(key);
        },
        byServiceUri: (uri) => xdm.server.byServiceUri(uri),
      },
      documents: xdm.documents,
      usages: USAGES,
      subscribers: {
        get: user,
        byNumber: (e164) => {
          const found = [...this.numbers].find(([, number]) => number === e164);
          return found === undefined ? undefined : user(found[0]);
        },
      },
      domains: new Set(["example.test"]),
      root: () => ROOT,
      settings: this.settings,
      birthDates: {
        ready: () => {
          this.asked++;
          return this.known;
        },
        of: (address) => this.births.get(address) ?? [],
      },
      events: xdm.events,
      isService: (uri) => uri === "sip:conference-factory@example.test" || uri.startsWith("sip:conf-"),
      clock: xdm.time,
      timers: xdm.time.timers,
      metrics: xdm.metrics,
      log: silentLog,
      changed: (group) => this.changed.push(group),
      limits,
    });
  }

  static async open(limits?: DocumentPoliciesParts["limits"]): Promise<PolicyWorld> {
    return new PolicyWorld(await XdmWorld.open(), limits);
  }

  get time() {
    return this.xdm.time;
  }

  /** Writes a group as the document `document` of a user; of the operator for the owner "". */
  put(owner: string, spec: GroupSpec, document = "g"): Promise<unknown> {
    return this.write(owner, IDENTIFIERS.groups.auid, document, groupXml(spec));
  }

  lists(owner: string, lists: Readonly<Record<string, readonly string[]>>): Promise<unknown> {
    const body = Object.entries(lists).map(([name, members]) => `<list name="${name}">${entries(members)}</list>`);
    return this.write(
      owner,
      "resource-lists",
      "index",
      `<resource-lists xmlns="${NS.resourceLists}">${body.join("")}</resource-lists>`,
    );
  }

  write(owner: string, auid: string, document: string, text: string): Promise<unknown> {
    const content = { mediaType: USAGES.get(auid)!.mediaType, octets: new TextEncoder().encode(text) };
    return this.xdm.server.put(principal(owner), keyOf(owner, auid, document), null, content, UNCONDITIONAL);
  }

  remove(owner: string, document = "g", auid: string = IDENTIFIERS.groups.auid): Promise<unknown> {
    return this.xdm.server.remove(principal(owner), keyOf(owner, auid, document), null, UNCONDITIONAL);
  }

  /** The policy of `sip:team@example.test`, or another group that is there. */
  async policy(uri = "team"): Promise<DocumentPolicy> {
    const policy = await this.policies.policyOf(aor(uri));
    if ("warning" in policy) throw new Error(said(policy));
    return policy;
  }
}

function principal(owner: string): Principal {
  return owner === "" ? { kind: "operator", name: "admin" } : { kind: "user", aor: aor(owner) };
}

function keyOf(owner: string, auid: string, name: string) {
  return { auid, owner: owner === "" ? "" : aor(owner), name };
}

export function caller(name: string, facts: Partial<Caller> = {}): Caller {
  return { aor: name === "" ? "" : aor(name), number: "", anonymous: false, ...facts };
}

/** `403 116 user is not part of the group`; `yes` where nothing is refused. */
export function said(refusal: RoomRefusal | null): string {
  return refusal === null ? "yes" : `${refusal.status} ${refusal.warning}`;
}

export function groupXml(
  { uri = "team", name = "", members = [], list = "", invites, max, rules = [], more = "" }: GroupSpec,
): string {
  return `<group xmlns="${NS.listService}" xmlns:rl="${NS.resourceLists}" xmlns:cp="${NS.commonPolicy}" ` +
    `xmlns:ocp="${NS.omaCommonPolicy}" xmlns:oxe="${NS.omaExtensions}"><list-service uri="${aor(uri)}">` +
    (name === "" ? "" : `<display-name>${name}</display-name>`) +
    `<list>${entries(members)}${list}</list>` +
    (invites === undefined ? "" : `<invite-members>${invites}</invite-members>`) +
    (max === undefined ? "" : `<max-participant-count>${max}</max-participant-count>`) +
    (rules === null ? "" : `<cp:ruleset>${rules.join("")}</cp:ruleset>`) +
    `${more}</list-service></group>`;
}

function entries(members: readonly string[]): string {
  return members.map((member) => `<entry uri="${aor(member)}"/>`).join("");
}

let ids = 0;

/** Where actions stand. */
const EXTENDED: ReadonlySet<string> = new Set(["allow-expelling", "allow-private-message"]);

/** One rule: the XML of its conditions, and its actions; one with `!` before it is said to be false. */
export function groupRule(conditions: string, ...actions: string[]): string {
  const xml = actions.map((action) => {
    const name = action.replace("!", "");
    const tag = EXTENDED.has(name) ? `oxe:${name}` : name;
    return `<${tag}>${name === action}</${tag}>`;
  });
  return `<cp:rule id="r${++ids}"><cp:conditions>${conditions}</cp:conditions>` +
    `<cp:actions>${xml.join("")}</cp:actions></cp:rule>`;
}

export const MEMBERS = "<is-list-member/>";
export const JOIN = "join-handling", INITIATE = "allow-initiate-conference";
