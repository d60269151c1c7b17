import { Events, silentLog } from "../../../../foundation/mod.ts";
import { IDENTIFIERS, NS, UNCONDITIONAL, USAGES } from "../../../xdm/mod.ts";
import { aor, RulesWorld } from "../../../xdm/rules/testing/rules_world.ts";
import { ROOT } from "../../../xdm/testing/xdm_world.ts";
import type { PresenceEvents } from "../../presence_events.ts";
import type { PresenceDecision, SubHandling } from "../../presentity.ts";
import { ALLOWED, ALLOWED_WITH_LOCATION, OWN } from "../decisions.ts";
import { PresenceRules, type PresenceRulesParts } from "../presence_rules.ts";

/** Presence rules over documents in memory, written as users write them. For tests only. */
export class PresenceRulesWorld {
  /** Lists and privacy settings are written there. */
  readonly documents: RulesWorld;
  readonly settings: { strangers: SubHandling } = { strangers: "confirm" };
  readonly privacy = {
    found_by_number: false,
    show_status: false,
    locatable: false,
    invisible: false,
    ask_before_added: true,
  };
  readonly spheres = new Map<string, string>();
  readonly events = new Events<PresenceEvents>((error) => {
    throw error;
  });
  /** Presentities of `rulesChanged`, in order. */
  readonly changed: string[] = [];
  /** Usages of documents that were read, in order. */
  readonly read: string[] = [];
  /** Runs before a document is read. */
  beforeRead: (owner: string, auid: string) => Promise<void> = () => Promise.resolve();
  readonly rules: PresenceRules;

  private constructor(documents: RulesWorld, limits: PresenceRulesParts["limits"]) {
    this.documents = documents;
    const { xdm } = documents;
    const { events } = this;
    events.on("rulesChanged", ({ presentity }) => this.changed.push(presentity));
    const user = (address: string) => {
      const e164 = documents.numbers.get(address) ?? "";
      return { aor: address, e164 } as ReturnType<PresenceRulesParts["subscribers"]["get"]>;
    };
    this.rules = new PresenceRules({
      service: {
        read: async (key) => {
          this.read.push(key.auid);
          await this.beforeRead(key.owner, key.auid);
          return xdm.server.read(key);
        },
      },
      documents: xdm.documents,
      usages: USAGES,
      subscribers: { get: user, byNumber: () => undefined },
      domains: new Set(["example.test"]),
      root: () => ROOT,
      events,
      documentEvents: xdm.events,
      settings: this.settings,
      privacy: this.privacy,
      sphereOf: (presentity) => this.spheres.get(presentity),
      clock: xdm.time,
      timers: xdm.time.timers,
      metrics: xdm.metrics,
      log: silentLog,
      limits,
    });
  }

  static async open(limits?: PresenceRulesParts["limits"]): Promise<PresenceRulesWorld> {
    return new PresenceRulesWorld(await RulesWorld.open(), limits);
  }

  get time() {
    return this.documents.xdm.time;
  }

  /** Presence rules of a user, prefixes `cp`, `ocp`, `pr`, `opr` bound: the document `index`, or another one. */
  put(name: string, rules: readonly string[], document = "index"): Promise<unknown> {
    return this.write(name, "pres-rules", document, ruleset(rules));
  }

  /** The same in OMA's usage. */
  putOma(name: string, ...rules: string[]): Promise<unknown> {
    const { auid, document } = IDENTIFIERS.omaPresRules;
    return this.write(name, auid, document, ruleset(rules));
  }

  write(name: string, auid: string, document: string, text: string): Promise<unknown> {
    const { mediaType } = USAGES.get(auid)!;
    const octets = new TextEncoder().encode(text);
    const key = { auid, owner: aor(name), name: document };
    return this.documents.xdm.server.put(
      { kind: "user", aor: aor(name) },
      key,
      null,
      { mediaType, octets },
      UNCONDITIONAL,
    );
  }

  /** What is decided; rules are read where they have to be. */
  async decision(presentity: string, watcher: string): Promise<PresenceDecision> {
    const of = aor(presentity), by = watcher === "" ? "" : aor(watcher);
    for (;;) {
      const decision = this.rules.decide(of, by);
      if (decision !== undefined) return decision;
      await this.rules.prepare(of);
    }
  }

  /** The same as `said`. */
  async ask(presentity: string, watcher: string): Promise<string> {
    return said(await this.decision(presentity, watcher));
  }

  /** The same without reading; "unknown" where it has to be. */
  now(presentity: string, watcher: string): string {
    return said(this.rules.decide(aor(presentity), watcher === "" ? "" : aor(watcher)));
  }
}

/** `block`, `confirm`, `polite-block`, `own`, `default`, `default and location`, `allow: <rights>`, `unknown`. */
export function said(decision: PresenceDecision | undefined): string {
  if (decision === undefined) return "unknown";
  if (decision === OWN) return "own";
  if (decision === ALLOWED) return "default";
  if (decision === ALLOWED_WITH_LOCATION) return "default and location";
  return decision.handling === "allow" ? `allow: ${rightsText(decision.rights.key)}` : decision.handling;
}

/** What a set of rights says, without what it leaves out: `persons:all activities user-input:bare`. */
function rightsText(key: string): string {
  const [, json, rest] = /^(\[.*\])(.*)$/.exec(key)!;
  const [services, persons, devices, attributes, userInput, unknown] = JSON.parse(json);
  const list = (title: string, value: "all" | string[]) =>
    value.length === 0 ? [] : [`${title}:${value === "all" ? value : value.join(",").replaceAll(" ", "=")}`];
  const parts = [
    ...list("services", services),
    ...list("persons", persons),
    ...list("devices", devices),
    ...(attributes === "all" ? ["everything"] : attributes),
    ...(userInput === "false" || attributes === "all" ? [] : [`user-input:${userInput}`]),
    ...unknown.map((name: string) => `{${name.replace(" ", "}")}`),
  ];
  return parts.join(" ") + rest;
}

export function ruleset(rules: readonly string[]): string {
  return `<cp:ruleset xmlns:cp="${NS.commonPolicy}" xmlns:ocp="${NS.omaCommonPolicy}" xmlns:oxe="${NS.omaExtensions}" ` +
    `xmlns:pr="${NS.presRules}" xmlns:opr="${NS.omaPresRules}">${rules.join("")}</cp:ruleset>`;
}

let ids = 0;

/** One rule, from the XML of its conditions, its handling and the XML of its transformations. "" for no handling. */
export function presenceRule(conditions: string, handling: SubHandling | "", transformations = ""): string {
  const action = handling === "" ? "" : `<pr:sub-handling>${handling}</pr:sub-handling>`;
  return `<cp:rule id="p${++ids}"><cp:conditions>${conditions}</cp:conditions><cp:actions>${action}</cp:actions>` +
    `<cp:transformations>${transformations}</cp:transformations></cp:rule>`;
}

export function sphere(value: string): string {
  return `<cp:sphere value="${value}"/>`;
}

/** All services, persons and devices. */
export const COMPONENTS = "<pr:provide-services><pr:all-services/></pr:provide-services>" +
  "<pr:provide-persons><pr:all-persons/></pr:provide-persons><pr:provide-devices><pr:all-devices/></pr:provide-devices>";
export const EVERYTHING = `${COMPONENTS}<pr:provide-all-attributes/>`;
