/** What the check of rules adds to a message, without sockets: rules that are in memory, both sides asked. */
import { RulesWorld } from "../../roles/xdm/rules/testing/rules_world.ts";

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
    const times: number[] = [];
    for (let round = 0; round < 6; round++) {
      const start = performance.now();
      for (let n = 0; n < OPS; n++) check(from, to);
      times.push((performance.now() - start) * 1000 / OPS);
    }
    results.push([name, times.slice(1).sort((a, b) => a - b)[2]]);
  }
  return results;
}

if (import.meta.main) { for (const [name, us] of await measureRules()) console.log(`${name}: ${us.toFixed(2)} µs`); }
