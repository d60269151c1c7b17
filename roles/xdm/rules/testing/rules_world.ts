import { silentLog } from "../../../../foundation/mod.ts";
import type { AccessDecision, Communication } from "../../../participating/mod.ts";
import { UNCONDITIONAL } from "../../conditions.ts";
import { ROOT, XdmWorld } from "../../testing/xdm_world.ts";
import { IDENTIFIERS, NS } from "../../usages/identifiers.ts";
import { USAGES } from "../../usages/usages.ts";
import type { ContactSettings } from "../../xdm_settings.ts";
import { DocumentRules, type DocumentRulesParts } from "../document_rules.ts";

/** What is in a list: addresses, lists by name, and any other XML as it is. */
export interface Listed {
  readonly uris?: readonly string[];
  readonly lists?: Readonly<Record<string, Listed>>;
  readonly xml?: string;
}

export const aor = (name: string) => name.includes(":") ? name : `sip:${name}@example.test`;

/** Rules over documents in memory, written as users write them. For tests only. */
export class RulesWorld {
  readonly xdm: XdmWorld;
  readonly settings: { -readonly [K in keyof ContactSettings]: ContactSettings[K] } = {
    strangers: "allowed",
    reception: "everyone",
    blocked_both_ways: true,
    authorisation: "asContactSays",
    tell_added: true,
    same_names: false,
    max_contacts: 2000,
  };
  readonly numbers = new Map<string, string>();
  /** Users whose rules changed. */
  readonly changed: string[] = [];
  /** Documents that were read, in order: `owner name`. */
  readonly read: string[] = [];
  /** Runs before a document is read. */
  beforeRead: (owner: string) => Promise<void> = () => Promise.resolve();
  readonly rules: DocumentRules;

  private constructor(xdm: XdmWorld, limits: DocumentRulesParts["limits"]) {
    this.xdm = xdm;
    const user = (address: string) => {
      const e164 = this.numbers.get(address) ?? "";
      return { aor: address, e164 } as ReturnType<DocumentRulesParts["subscribers"]["get"]>;
    };
    this.rules = new DocumentRules({
      service: {
        read: async (key) => {
          this.read.push(`${key.owner} ${key.auid}`);
          await this.beforeRead(key.owner);
          return xdm.server.read(key);
        },
        byServiceUri: (uri) => xdm.server.byServiceUri(uri),
      },
      documents: xdm.documents,
      usages: USAGES,
      subscribers: { get: user, byNumber: () => undefined },
      domains: new Set(["example.test"]),
      root: () => ROOT,
      settings: this.settings,
      events: xdm.events,
      isService: (address) => address === "sip:system@example.test",
      clock: xdm.time,
      metrics: xdm.metrics,
      log: silentLog,
      changed: (owner) => this.changed.push(owner),
      limits,
    });
  }

  static async open(limits?: DocumentRulesParts["limits"]): Promise<RulesWorld> {
    return new RulesWorld(await XdmWorld.open(), limits);
  }

  /** Access rules of a user: rules as XML, prefixes `cp`, `ocp`, `oxe`, `poc`, `ls` bound. */
  access(name: string, ...rules: string[]): Promise<unknown> {
    const { auid, document } = IDENTIFIERS.accessRules;
    return this.#put(auid, name, document, ruleset(...rules));
  }

  /** Lists of a user's `index`, or of another document of theirs. */
  lists(name: string, lists: Readonly<Record<string, Listed>>, document = "index"): Promise<unknown> {
    const body = Object.entries(lists).map(([title, listed]) => listXml(title, listed)).join("");
    return this.#put(
      "resource-lists",
      name,
      document,
      `<resource-lists xmlns="${NS.resourceLists}">${body}</resource-lists>`,
    );
  }

  /** Contacts and blocked ones. */
  people(name: string, contacts: readonly string[], blocked: readonly string[] = []): Promise<unknown> {
    return this.lists(name, { oma_buddylist: { uris: contacts }, oma_blockedcontacts: { uris: blocked } });
  }

  privacy(name: string, flags: Readonly<Record<string, boolean>>): Promise<unknown> {
    const { auid, document } = IDENTIFIERS.privacy;
    const body = Object.entries(flags).map(([flag, on]) => `<${flag}>${on}</${flag}>`).join("");
    return this.#put(auid, name, document, `<privacy xmlns="${NS.privacy}">${body}</privacy>`);
  }

  group(name: string, document: string, uri: string, members: readonly string[]): Promise<unknown> {
    const entries = members.map((uri) => `<entry uri="${aor(uri)}"/>`).join("");
    const body =
      `<group xmlns="${NS.listService}"><list-service uri="${uri}"><list>${entries}</list></list-service></group>`;
    return this.#put(IDENTIFIERS.groups.auid, name, document, body);
  }

  remove(auid: string, name: string, document: string): Promise<unknown> {
    const key = { auid, owner: aor(name), name: document };
    return this.xdm.server.remove({ kind: "user", aor: aor(name) }, key, null, UNCONDITIONAL);
  }

  /** What the recipient's rules make of it; rules are read where they have to be. */
  incoming(from: string, to: string, facts: Partial<Communication> = {}): Promise<string> {
    return this.#ask("incoming", from, to, facts);
  }
  outgoing(from: string, to: string, facts: Partial<Communication> = {}): Promise<string> {
    return this.#ask("outgoing", from, to, facts);
  }

  /** The same without reading; "unknown" where it has to be. */
  now(side: "incoming" | "outgoing", from: string, to: string, facts: Partial<Communication> = {}): string {
    return said(this.rules[side](communication(from, to, facts)));
  }

  async #ask(side: "incoming" | "outgoing", from: string, to: string, facts: Partial<Communication>): Promise<string> {
    const asked = communication(from, to, facts);
    if (this.rules[side](asked) === undefined) await this.rules.prepare(asked);
    return said(this.rules[side](asked));
  }

  #put(auid: string, name: string, document: string, body: string): Promise<unknown> {
    const octets = new TextEncoder().encode(body);
    const { mediaType } = USAGES.get(auid)!;
    const key = { auid, owner: aor(name), name: document };
    return this.xdm.server.put({ kind: "user", aor: aor(name) }, key, null, { mediaType, octets }, UNCONDITIONAL);
  }
}

export function communication(from: string, to: string, facts: Partial<Communication> = {}): Communication {
  return { from: from === "" ? "" : aor(from), to: aor(to), kind: "pager", anonymous: false, ...facts };
}

/** `allow`, `allow overriding`, `allow unstored`, `drop`, `refuse: <reason>`, `anonymity`, `unknown`. */
export function said(decision: AccessDecision | undefined): string {
  if (decision === undefined) return "unknown";
  if (decision.verdict === "drop") return "drop";
  if (decision.verdict === "refuse") return decision.anonymity === true ? "anonymity" : `refuse: ${decision.reason}`;
  return `allow${decision.overrides ? " overriding" : ""}${decision.stores === false ? " unstored" : ""}`;
}

export function ruleset(...rules: string[]): string {
  return `<cp:ruleset xmlns:cp="${NS.commonPolicy}" xmlns:ocp="${NS.omaCommonPolicy}" xmlns:oxe="${NS.omaExtensions}" ` +
    `xmlns:poc="${NS.pocRules}" xmlns:ls="${NS.listService}">${rules.join("")}</cp:ruleset>`;
}

let ids = 0;

/** One rule, from the XML of its conditions and of its actions. */
export function rule(conditions: string, actions: string): string {
  return `<cp:rule id="r${++ids}"><cp:conditions>${conditions}</cp:conditions><cp:actions>${actions}</cp:actions></cp:rule>`;
}

export const REJECT = "<oxe:allow-reject-invite>true</oxe:allow-reject-invite>";
export const TAKE = "<oxe:allow-reject-invite>false</oxe:allow-reject-invite>";
export const OTHERS = "<ocp:other-identity/>";
export const ANONYMOUS = "<ocp:anonymous-request/>";

export function invite(value: "reject" | "pass" | "accept"): string {
  return `<poc:allow-invite>${value}</poc:allow-invite>`;
}
export function one(...names: string[]): string {
  return `<cp:identity>${names.map((name) => `<cp:one id="${aor(name)}"/>`).join("")}</cp:identity>`;
}
export function many(domain: string | null, except = ""): string {
  return `<cp:identity><cp:many${domain === null ? "" : ` domain="${domain}"`}>${except}</cp:many></cp:identity>`;
}
export function validity(from: string, until: string): string {
  return `<cp:validity><cp:from>${from}</cp:from><cp:until>${until}</cp:until></cp:validity>`;
}
/** External lists: of `owner`'s document `index` by their name, or whole anchors. */
export function external(owner: string, ...lists: string[]): string {
  const anchors = lists.map((list) => list.startsWith("http") ? list : anchor(owner, list));
  return `<ocp:external-list>${anchors.map((anc) => `<ocp:entry anc="${anc}"/>`).join("")}</ocp:external-list>`;
}
export function anchor(owner: string, list: string, document = "index"): string {
  return `${ROOT}/resource-lists/users/${aor(owner)}/${document}/~~/resource-lists/list%5B@name=%22${list}%22%5D`;
}
export function entryRef(owner: string, list: string, uri: string): string {
  return `<entry-ref ref="resource-lists/users/${
    aor(owner).replaceAll(":", "%3A")
  }/index/~~/resource-lists/list%5B@name=%22${list}%22%5D/entry%5B@uri=%22${aor(uri)}%22%5D"/>`;
}

function listXml(title: string, { uris = [], lists = {}, xml = "" }: Listed): string {
  const entries = uris.map((uri) => `<entry uri="${aor(uri)}"/>`).join("");
  const inner = Object.entries(lists).map(([name, listed]) => listXml(name, listed)).join("");
  return `<list name="${title}">${entries}${inner}${xml}</list>`;
}
