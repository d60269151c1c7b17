/** What the check of rules costs, without sockets: rules that are in memory, of a message both sides asked. */
import {
  COMPONENTS,
  EVERYTHING,
  presenceRule,
  PresenceRulesWorld,
} from "../../roles/presence/rules/testing/presence_rules_world.ts";
import { external, many, one, OTHERS, RulesWorld } from "../../roles/xdm/rules/testing/rules_world.ts";

const OPS = 200_000;
const CONTACTS = 2_000;

/** Microseconds of wall time on one thread for each check. */
export async function measureRules(): Promise<(readonly [name: string, us: number])[]> {
  const world = await RulesWorld.open();
  const contacts = Array.from({ length: CONTACTS }, (_, n) => `contact${n}`);
  await world.lists("alice", { oma_buddylist: { uris: contacts }, oma_blockedcontacts: { uris: ["rogue"] } });
  const check = (from: string, to: string) => {
    const communication = {
      from: `sip:${from}@example.test`,
      to: `sip:${to}@example.test`,
      kind: "pager" as const,
      anonymous: false,
    };
    return world.rules.outgoing(communication) === undefined || world.rules.incoming(communication) === undefined;
  };
  await world.rules.prepare({
    from: "sip:bob@example.test",
    to: "sip:alice@example.test",
    kind: "pager",
    anonymous: false,
  });
  const results: (readonly [string, number])[] = [];
  const cases = [
    ["rule check, neither side has documents", "bob", "carol"],
    [`rule check, recipient with ${CONTACTS} contacts and a block list`, "contact7", "alice"],
    [`rule check, sender with ${CONTACTS} contacts and a block list`, "alice", "bob"],
  ] as const;
  for (const [name, from, to] of cases) {
    if (check(from, to)) throw new Error(`${name}: the rules are not in memory`);
    results.push([name, measured(() => check(from, to))]);
  }
  return results;
}

/** The same for each decision about a watcher: whoever asks gets rights that are there already. */
export async function measurePresenceRules(): Promise<(readonly [name: string, us: number])[]> {
  const world = await PresenceRulesWorld.open();
  const contacts = Array.from({ length: CONTACTS }, (_, n) => `contact${n}`);
  const lists = { oma_buddylist: { uris: contacts }, oma_blockedcontacts: { uris: ["rogue"] } };
  for (const name of ["bob", "carol"]) await world.documents.lists(name, lists);
  await world.put("carol", [
    ...Array.from({ length: 46 }, (_, n) => presenceRule(one(`contact${n}`, `contact${n + 50}`), "allow", COMPONENTS)),
    presenceRule(external("carol", "oma_buddylist"), "allow", EVERYTHING),
    presenceRule(many("b.test"), "polite-block"),
    presenceRule("", "block"),
    presenceRule(OTHERS, "confirm"),
  ]);
  const cases = [
    ["watcher decided, no documents", "alice", "contact7"],
    [`watcher decided, presentity with ${CONTACTS} contacts and a block list`, "bob", "contact7"],
    ["watcher decided, the same with 50 presence rules, one by identity", "carol", "contact7"],
    ["watcher decided, the same, by an external list", "carol", "contact999"],
    ["watcher decided, the same, a stranger", "carol", "nobody"],
  ] as const;
  const results: (readonly [string, number])[] = [];
  for (const [name, presentity, watcher] of cases) {
    const of = `sip:${presentity}@example.test`, by = `sip:${watcher}@example.test`;
    await world.rules.prepare(of);
    if (world.rules.decide(of, by) === undefined) throw new Error(`${name}: the rules are not in memory`);
    results.push([name, measured(() => world.rules.decide(of, by))]);
  }
  return results;
}

/** The middle of some rounds. */
function measured(work: () => unknown): number {
  const times: number[] = [];
  for (let round = 0; round < 6; round++) {
    const start = performance.now();
    for (let n = 0; n < OPS; n++) work();
    times.push((performance.now() - start) * 1000 / OPS);
  }
  return times.slice(1).sort((a, b) => a - b)[2];
}

if (import.meta.main) {
  for (const [name, us] of [...await measureRules(), ...await measurePresenceRules()]) {
    console.log(`${name}: ${us.toFixed(2)} µs`);
  }
}
