import assert from "node:assert/strict";
import {
  ANONYMOUS,
  external,
  invite,
  many,
  one,
  OTHERS,
  REJECT,
  rule,
  RulesWorld,
  TAKE,
  validity,
} from "./testing/rules_world.ts";

const RULES = "refuse: rules of the recipient";
const STRANGER = "refuse: recipient takes messages from contacts only";
// The world's clock stands at the beginning of 2026.
const NOW = validity("2025-12-31T00:00:00Z", "2026-01-02T00:00:00+01:00");
const PAST = validity("2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z");

/** bob's rules; who sends (a sender in brackets hides), and what comes of it. */
const CONDITIONS: [name: string, rules: string[], verdicts: Record<string, string>][] = [
  ["no rules", [], { alice: "allow", "(alice)": "allow", "": "allow" }],
  ["one identity", [rule(one("alice"), REJECT)], { alice: RULES, carol: "allow", "": "allow" }],
  ["one of several", [rule(one("alice", "carol"), REJECT)], { alice: RULES, carol: RULES, dave: "allow" }],
  ["an identity as somebody else writes it", [rule(one("sips:alice@EXAMPLE.test:5061;transport=tls"), REJECT)], {
    alice: RULES,
    "sip:Alice@example.test": "allow",
  }],
  ["a number", [rule(one("tel:+1-555-0100"), REJECT)], {
    "sip:+15550100@example.test": RULES,
    dora: RULES,
    "sip:+15550100@elsewhere.test": "allow",
  }],
  ["all who are known", [rule(many(null), REJECT)], { alice: RULES, "sip:x@far.test": RULES, "": "allow" }],
  ["all of a domain", [rule(many("FAR.test"), REJECT)], {
    "sip:x@far.test": RULES,
    "sip:x@sub.far.test": "allow",
    alice: "allow",
  }],
  ["all of a domain but one", [rule(many("far.test", '<cp:except id="sip:x@far.test"/>'), REJECT)], {
    "sip:x@far.test": "allow",
    "sip:y@far.test": RULES,
  }],
  ["all but a domain and a number", [
    rule(many(null, '<cp:except domain="far.test"/><cp:except id="tel:+15550100"/>'), REJECT),
  ], { "sip:y@far.test": "allow", dora: "allow", alice: RULES }],
  ["a time that is now", [rule(one("alice") + NOW, REJECT)], { alice: RULES }],
  ["a time that has just ended", [rule(one("alice") + PAST, REJECT)], { alice: "allow" }],
  ["a sphere is nowhere", [rule('<cp:sphere value="work"/>', REJECT)], { alice: "allow" }],
  ["a condition nobody knows", [rule('<x:odd xmlns:x="urn:x"/>', REJECT)], { alice: "allow" }],
  ["a condition of groups", [rule("<ls:is-list-member/>", REJECT)], { alice: "allow" }],
  ["no condition means everybody", [rule("", REJECT)], { alice: RULES, "(alice)": RULES, "": RULES }],
  ["anonymous requests", [rule(ANONYMOUS, REJECT)], { alice: "allow", "(alice)": "anonymity", "()": "anonymity" }],
  ["all others", [rule(one("alice"), TAKE), rule(OTHERS, REJECT)], { alice: "allow", carol: RULES, "": RULES }],
  ["a list outside", [rule(external("bob", "friends"), REJECT)], { fred: RULES, alice: "allow", frida: RULES }],
  ["any of several lists", [rule(external("bob", "none", "friends"), REJECT)], { fred: RULES, alice: "allow" }],
  ["two lists at once", [rule(external("bob", "friends") + external("bob", "team"), REJECT)], {
    fred: "allow",
    frida: RULES,
  }],
  ["one and in a list", [rule(one("fred", "alice") + external("bob", "friends"), REJECT)], {
    fred: RULES,
    alice: "allow",
    frida: "allow",
  }],
  ["allow-invite, the synonym", [rule(one("alice"), invite("reject")), rule(one("carol"), invite("pass"))], {
    alice: RULES,
    carol: "allow",
  }],
];

Deno.test("every condition of RFC 4745 and OMA means whom it says", async (t) => {
  for (const [name, rules, verdicts] of CONDITIONS) {
    await t.step(name, async () => {
      const world = await RulesWorld.open();
      world.numbers.set("sip:dora@example.test", "+15550100");
      await world.lists("bob", { friends: { uris: ["fred", "frida"] }, team: { uris: ["frida"] } });
      await world.access("bob", ...rules);
      await check(world, verdicts);
    });
  }
});

const ORDER: [name: string, rules: string[], verdicts: Record<string, string>][] = [
  ["identity before external list", [rule(external("bob", "friends"), REJECT), rule(one("fred"), TAKE)], {
    fred: "allow",
    frida: RULES,
  }],
  ["external list before others", [rule(OTHERS, TAKE), rule(external("bob", "friends"), REJECT)], {
    fred: RULES,
    alice: "allow",
  }],
  ["others before everybody", [rule("", REJECT), rule(OTHERS, TAKE)], { alice: "allow" }],
  ["everybody is overruled by one", [rule("", REJECT), rule(one("alice"), TAKE)], { alice: "allow", carol: RULES }],
  ["of two for one person the no wins", [rule(one("alice"), TAKE), rule(many("example.test"), REJECT)], {
    alice: RULES,
  }],
  ["of two values the higher wins", [rule(one("alice"), invite("reject")), rule(many(null), invite("accept"))], {
    alice: "allow",
    carol: "allow",
  }],
  ["both actions must agree", [rule(one("alice"), REJECT), rule(one("alice"), invite("accept"))], { alice: RULES }],
  ["a rule that says nothing of it still means its person", [
    rule(one("alice"), '<oxe:allow-offline-storage allow="false"/>'),
    rule(OTHERS, REJECT),
  ], { alice: "allow unstored", carol: RULES }],
  ["blocked ones are blocked, whatever a rule says", [rule(one("mallory"), TAKE)], { mallory: RULES }],
  ["to hide does not evade a block", [rule(one("alice"), REJECT)], { "(alice)": RULES, "(mallory)": RULES }],
  ["to hide is not to be let in by name", [rule(one("alice"), TAKE), rule(OTHERS, REJECT)], { "(alice)": RULES }],
  ["hidden ones may be welcome", [rule(ANONYMOUS, TAKE), rule(OTHERS, REJECT)], { "(alice)": "allow", alice: RULES }],
  ["an override of manual answer", [
    rule(one("alice"), `${TAKE}<oxe:allow-manual-answer-override>true</oxe:allow-manual-answer-override>`),
    rule(many(null), TAKE),
  ], { alice: "allow overriding", carol: "allow", "(alice)": "allow" }],
];

Deno.test("rules hold in the order of oma-reference §3.2", async (t) => {
  for (const [name, rules, verdicts] of ORDER) {
    await t.step(name, async () => {
      const world = await RulesWorld.open();
      await world.lists("bob", {
        friends: { uris: ["fred", "frida"] },
        oma_blockedcontacts: { uris: ["mallory"] },
        rcs_blockedcontacts: { uris: ["sip:m@far.test"] },
      });
      await world.access("bob", ...rules);
      await check(world, { ...verdicts, "sip:m@far.test": RULES });
    });
  }
});

Deno.test("contacts alone: what the user chose, else what the operator did", async (t) => {
  const cases: [chosen: boolean | null, operator: "everyone" | "contacts", stranger: string][] = [
    [null, "everyone", "allow"],
    [null, "contacts", STRANGER],
    [true, "everyone", STRANGER],
    [false, "contacts", "allow"],
  ];
  for (const [chosen, operator, stranger] of cases) {
    await t.step(`${chosen} under ${operator}`, async () => {
      const world = await RulesWorld.open();
      world.settings.reception = operator;
      if (chosen !== null) await world.privacy("bob", { "contacts-only": chosen });
      await world.lists("bob", {
        oma_buddylist: { uris: ["alice"] },
        rcs: { uris: ["ron"], lists: { in: { uris: ["ria"] } } },
      });
      await world.access("bob", rule(one("dave"), TAKE), rule(OTHERS, TAKE), rule(ANONYMOUS, TAKE));
      await check(world, { alice: "allow", ron: "allow", ria: "allow", dave: "allow", carol: stranger, "": stranger });
      const hidden = stranger === "allow" ? "allow" : "anonymity";
      await check(world, { "(alice)": hidden, "(carol)": stranger, "sip:system@example.test": "allow", bob: "allow" });
    });
  }
  await t.step("a user who has no documents at all", async () => {
    const world = await RulesWorld.open();
    assert.equal(world.now("incoming", "alice", "bob"), "allow");
    world.settings.reception = "contacts";
    assert.equal(world.now("incoming", "alice", "bob"), STRANGER);
    assert.deepEqual(world.read, [], "nothing to read");
  });
});

Deno.test("polite blocking: nobody is told of what the user chose", async () => {
  const world = await RulesWorld.open();
  await world.people("bob", ["alice"], ["mallory"]);
  await world.access("bob", rule(one("carol"), REJECT), rule(ANONYMOUS, REJECT));
  await world.privacy("bob", { "polite-block": true });
  await check(world, { mallory: "drop", carol: "drop", dave: "allow", "(dave)": "anonymity" });
  world.settings.reception = "contacts";
  await check(world, { alice: "allow", dave: STRANGER, mallory: "drop" });
  await world.privacy("bob", { "polite-block": true, "contacts-only": true });
  await check(world, { alice: "allow", dave: "drop", mallory: "drop" });
});

Deno.test("media and services narrow a rule", async () => {
  const world = await RulesWorld.open();
  const files = "<oxe:media-list><oxe:file-transfer/></oxe:media-list>";
  const butPager =
    "<oxe:media-list><oxe:all-media-except><oxe:pager-mode-message/></oxe:all-media-except></oxe:media-list>";
  const service = '<oxe:service-list><oxe:service enabler="org.openmobilealliance:IM-session"/></oxe:service-list>';
  const other = '<oxe:service-list><oxe:service enabler="org.example:other"/></oxe:service-list>';
  await world.access(
    "bob",
    rule(one("alice") + files, REJECT),
    rule(one("carol") + butPager, REJECT),
    rule(one("dave") + service, REJECT),
    rule(one("erin") + other, REJECT),
  );
  const blocked: Record<string, string[]> = {
    alice: ["file"],
    carol: ["session", "file"],
    dave: ["pager", "large", "session", "file"],
    erin: [],
  };
  for (const [who, kinds] of Object.entries(blocked)) {
    for (const kind of ["pager", "large", "session", "file"] as const) {
      assert.equal(
        await world.incoming(who, "bob", { kind }),
        kinds.includes(kind) ? RULES : "allow",
        `${who} ${kind}`,
      );
    }
  }
});

Deno.test("who blocks somebody does not write to them either, where the operator has it so", async () => {
  const world = await RulesWorld.open();
  const own = "refuse: the sender has blocked the recipient";
  await world.people("bob", [], ["mallory", "tel:+15550100"]);
  world.numbers.set("sip:dora@example.test", "+15550100");
  await world.access("bob", rule(one("carol"), REJECT), rule(many("far.test"), REJECT), rule(OTHERS, REJECT));
  const verdicts: Record<string, string> = {
    mallory: own,
    dora: own,
    carol: own,
    "sip:x@far.test": "allow",
    alice: "allow",
    bob: "allow",
  };
  for (const [to, verdict] of Object.entries(verdicts)) assert.equal(await world.outgoing("bob", to), verdict, to);
  world.settings.blocked_both_ways = false;
  for (const to of Object.keys(verdicts)) assert.equal(await world.outgoing("bob", to), "allow", to);
});

Deno.test("messages to people outside of one's own list, where the operator refuses them", async () => {
  const world = await RulesWorld.open();
  const stranger = "refuse: the recipient is not in the sender's contact list";
  await world.people("alice", ["bob", "tel:+15550100"]);
  await world.group("carol", "team", "sip:team@example.test", ["alice"]);
  world.numbers.set("sip:dora@example.test", "+15550100");
  assert.equal(await world.outgoing("alice", "erin"), "allow");
  world.settings.strangers = "refused";
  const verdicts: Record<string, string> = {
    bob: "allow",
    dora: "allow",
    "tel:+15550100": "allow",
    "sip:team@example.test": "allow",
    "sip:system@example.test": "allow",
    alice: "allow",
    erin: stranger,
    "sip:x@far.test": stranger,
  };
  for (const [to, verdict] of Object.entries(verdicts)) assert.equal(await world.outgoing("alice", to), verdict, to);
  assert.equal(await world.outgoing("bob", "alice"), stranger, "a list of nobody's");
  assert.equal(await world.incoming("bob", "alice"), "allow", "the sender's side alone");
});

async function check(world: RulesWorld, verdicts: Record<string, string>): Promise<void> {
  for (const [sender, verdict] of Object.entries(verdicts)) {
    const anonymous = sender.startsWith("(");
    const from = anonymous ? sender.slice(1, -1) : sender;
    assert.equal(await world.incoming(from, "bob", { anonymous }), verdict, `from "${sender}"`);
  }
}
