import assert from "node:assert/strict";
import {
  anchor,
  ANONYMOUS,
  entryRef,
  external,
  many,
  one,
  OTHERS,
  validity,
} from "../../xdm/rules/testing/rules_world.ts";
import type { SubHandling } from "../presentity.ts";
import {
  COMPONENTS,
  EVERYTHING,
  presenceRule as rule,
  PresenceRulesWorld,
  sphere,
} from "./testing/presence_rules_world.ts";

const ALL = "allow: services:all persons:all devices:all everything but location";
const HANDLINGS: readonly SubHandling[] = ["block", "confirm", "polite-block", "allow"];

Deno.test("whom nothing means: the operator's word, at each use; nobody who does not say who he is gets in", async () => {
  const world = await PresenceRulesWorld.open();
  await world.documents.people("bob", ["friend"]);
  for (const presentity of ["alice", "bob"]) {
    world.settings.strangers = "confirm";
    assert.equal(await world.ask(presentity, "carol"), "confirm");
    assert.equal(world.now(presentity, ""), "block");
    world.settings.strangers = "block";
    assert.equal(world.now(presentity, "carol"), "block");
    world.settings.strangers = "polite-block";
    assert.equal(world.now(presentity, "carol"), "polite-block");
    assert.equal(world.now(presentity, ""), "polite-block");
    world.settings.strangers = "allow";
    assert.equal(world.now(presentity, "carol"), "default");
    assert.equal(world.now(presentity, ""), "block");
    assert.equal(world.now(presentity, presentity), "own");
  }
});

Deno.test("each handling is what a rule says of it; who is not allowed has no rights", async () => {
  const world = await PresenceRulesWorld.open();
  await world.put("alice", [
    ...HANDLINGS.map((handling) => rule(one(handling), handling, EVERYTHING)),
    rule(one("nothing"), "", EVERYTHING),
    rule(one("bare"), "allow"),
  ]);
  assert.equal(await world.ask("alice", "block"), "block");
  assert.equal(await world.ask("alice", "confirm"), "confirm");
  assert.equal(await world.ask("alice", "polite-block"), "polite-block");
  assert.equal(await world.ask("alice", "allow"), ALL);
  assert.equal(await world.ask("alice", "nothing"), "block");
  assert.equal(await world.ask("alice", "bare"), "allow:  but location");
  const { rights } = (await world.decision("alice", "polite-block"))!;
  assert.equal(rights.allPersons || rights.allAttributes || rights.seesNotes, false);
});

Deno.test("rules that apply are combined: the greatest handling, all that any of them provides (RFC 4745 §10.2)", async () => {
  const world = await PresenceRulesWorld.open();
  for (const [i, first] of HANDLINGS.entries()) {
    for (const [j, second] of HANDLINGS.entries()) {
      await world.put("alice", [
        rule(one("carol"), first, "<pr:provide-mood>true</pr:provide-mood>"),
        rule(many("example.test"), second, `${COMPONENTS}<pr:provide-note>true</pr:provide-note>`),
      ]);
      const greatest = HANDLINGS[Math.max(i, j)];
      const provided = "services:all persons:all devices:all mood note but location";
      assert.equal(await world.ask("alice", "carol"), greatest === "allow" ? `allow: ${provided}` : greatest);
    }
  }
});

Deno.test("several documents are one: all of pres-rules (RFC 5025 §9.7), and OMA's", async () => {
  const world = await PresenceRulesWorld.open();
  await world.put("alice", [rule(one("carol"), "confirm", "<pr:provide-mood>true</pr:provide-mood>")]);
  assert.equal(await world.ask("alice", "carol"), "confirm");
  await world.put("alice", [rule(one("carol"), "allow", "<pr:provide-note>true</pr:provide-note>")], "more");
  assert.equal(await world.ask("alice", "carol"), "allow: mood note but location");
  await world.putOma("alice", rule(one("carol"), "", "<opr:provide-willingness>true</opr:provide-willingness>"));
  assert.equal(await world.ask("alice", "carol"), "allow: mood note willingness but location");
  await world.documents.remove("pres-rules", "alice", "more");
  assert.equal(await world.ask("alice", "carol"), "confirm");
});

Deno.test("identity before external lists before all others; with them what holds for everybody (oma-reference §5.5)", async () => {
  const world = await PresenceRulesWorld.open();
  await world.documents.lists("alice", { team: { uris: ["carol", "dave"] } });
  const note = (name: string) => `<pr:provide-${name}>true</pr:provide-${name}>`;
  await world.put("alice", [
    rule(one("carol"), "polite-block", note("mood")),
    rule(external("alice", "team"), "allow", note("note")),
    rule(OTHERS, "confirm", note("class")),
    rule(ANONYMOUS, "allow", note("sphere")),
  ]);
  assert.equal(await world.ask("alice", "carol"), "polite-block");
  assert.equal(await world.ask("alice", "dave"), "allow: note but location");
  assert.equal(await world.ask("alice", "erin"), "confirm");
  assert.equal(await world.ask("alice", ""), "allow: sphere but location");
  await world.put("alice", [rule("", "allow", note("privacy"))], "everybody");
  assert.equal(await world.ask("alice", "carol"), "allow: mood privacy but location");
  assert.equal(await world.ask("alice", "dave"), "allow: privacy note but location");
  assert.equal(await world.ask("alice", "erin"), "allow: class privacy but location");
  assert.equal(await world.ask("alice", ""), "allow: privacy sphere but location");
});

Deno.test("who does not say who he is, is none of 'all others' and none of 'many'", async () => {
  const world = await PresenceRulesWorld.open();
  await world.put("alice", [
    rule(OTHERS, "allow", EVERYTHING),
    rule(many(null), "allow", EVERYTHING),
    rule(ANONYMOUS + OTHERS, "allow"),
  ]);
  assert.equal(await world.ask("alice", ""), "block");
  assert.equal(await world.ask("alice", "carol"), ALL);
});

Deno.test("conditions that are not known never hold, nor do those of groups and communications", async () => {
  const world = await PresenceRulesWorld.open();
  const unheard = [
    '<x:moon xmlns:x="urn:x"/>',
    "<oxe:media-list/>",
    "<oxe:service-list><oxe:all-services-except/></oxe:service-list>",
  ];
  for (const condition of unheard) {
    await world.put("alice", [
      rule(condition, "allow", EVERYTHING),
      rule(one("carol") + condition, "allow", EVERYTHING),
    ]);
    assert.equal(await world.ask("alice", "carol"), "confirm", condition);
  }
});

Deno.test("external lists: of others' documents, in references, and of whom their owner may not read", async () => {
  const world = await PresenceRulesWorld.open();
  await world.documents.lists("alice", {
    far: { xml: `<external anchor="${anchor("alice", "near", "other")}"/>${entryRef("alice", "plain", "erin")}` },
    plain: { uris: ["erin"] },
  });
  await world.documents.lists("alice", { near: { uris: ["dave"] } }, "other");
  await world.documents.lists("bob", { his: { uris: ["mallory"] } });
  await world.put("alice", [rule(external("alice", "far"), "allow"), rule(external("bob", "his"), "allow")]);
  assert.equal(await world.ask("alice", "dave"), "allow:  but location");
  assert.equal(await world.ask("alice", "erin"), "allow:  but location");
  assert.equal(await world.ask("alice", "mallory"), "confirm");
});

Deno.test("block lists stand before rules and contacts; politely where the user says so", async () => {
  const world = await PresenceRulesWorld.open();
  world.privacy.show_status = true;
  await world.put("alice", [rule(many(null), "allow", EVERYTHING)]);
  await world.documents.lists("alice", {
    oma_buddylist: { uris: ["carol", "dave"] },
    oma_blockedcontacts: { uris: ["carol"] },
    rcs_blockedcontacts: { uris: ["dave"] },
  });
  assert.equal(await world.ask("alice", "carol"), "block");
  assert.equal(await world.ask("alice", "dave"), "block");
  assert.equal(await world.ask("alice", "erin"), ALL);
  await world.documents.privacy("alice", { "polite-block": true });
  assert.equal(await world.ask("alice", "carol"), "polite-block");
  assert.equal(await world.ask("alice", "dave"), "polite-block");
});

Deno.test("a number is its user, on block lists and in rules", async () => {
  const world = await PresenceRulesWorld.open();
  world.documents.numbers.set("sip:carol@example.test", "+15550100");
  await world.documents.people("alice", [], ["tel:+1-555-0100"]);
  assert.equal(await world.ask("alice", "carol"), "block");
  await world.documents.people("alice", []);
  await world.put("alice", [rule(one("tel:+15550100"), "polite-block")]);
  assert.equal(await world.ask("alice", "carol"), "polite-block");
  assert.equal(await world.ask("alice", "tel:+15550100"), "polite-block");
});

Deno.test("no rule applies: contacts, then who shows his status, then the operator's word", async () => {
  const world = await PresenceRulesWorld.open();
  await world.documents.lists("alice", { oma_buddylist: { uris: ["carol"] }, rcs: { uris: ["dave"] } });
  assert.equal(await world.ask("alice", "carol"), "default");
  assert.equal(await world.ask("alice", "dave"), "default");
  assert.equal(await world.ask("alice", "erin"), "confirm");
  world.privacy.show_status = true;
  assert.equal(await world.ask("alice", "erin"), "default");
  assert.equal(await world.ask("alice", ""), "block");
  assert.equal(await world.ask("nobody", "erin"), "default");
  await world.documents.privacy("alice", { "show-status": false });
  assert.equal(await world.ask("alice", "erin"), "confirm");
  world.privacy.show_status = false;
  await world.documents.privacy("alice", { "show-status": true });
  assert.equal(await world.ask("alice", "erin"), "default");
  await world.put("alice", [rule(one("carol"), "confirm"), rule(OTHERS, "polite-block")]);
  assert.equal(await world.ask("alice", "carol"), "confirm", "a rule stands before the contact list");
  assert.equal(await world.ask("alice", "erin"), "polite-block", "and before what is shown to all");
});

Deno.test("location: only for the Location List, only where the user may be located, and only as far as rules provide it", async () => {
  const world = await PresenceRulesWorld.open();
  const locators = { oma_locationlist: { uris: ["near"] }, oma_buddylist: { uris: ["near", "far"] } };
  await world.documents.lists("alice", locators);
  assert.equal(await world.ask("alice", "near"), "default");
  await world.documents.privacy("alice", { locatable: true });
  assert.equal(await world.ask("alice", "near"), "default and location");
  assert.equal(await world.ask("alice", "far"), "default");
  await world.documents.privacy("alice", { locatable: false });
  world.privacy.locatable = true;
  assert.equal(await world.ask("alice", "near"), "default", "the user's word counts");
  await world.documents.privacy("alice", {});
  assert.equal(await world.ask("alice", "near"), "default and location", "else the operator's");
  await world.put("alice", [rule(many(null), "allow", EVERYTHING)]);
  assert.equal(await world.ask("alice", "near"), ALL.replace(" but location", ""));
  assert.equal(await world.ask("alice", "far"), ALL);
  await world.put("alice", [rule(many(null), "allow", "<opr:provide-geopriv>full</opr:provide-geopriv>")]);
  assert.equal(await world.ask("alice", "near"), "allow: geopriv");
  assert.equal(await world.ask("alice", "far"), "allow: geopriv but location");
  await world.put("alice", [rule(many(null), "allow", COMPONENTS)]);
  assert.doesNotMatch(await world.ask("alice", "near"), /geopriv|everything/);
});

Deno.test("who is on the Location List alone is no contact", async () => {
  const world = await PresenceRulesWorld.open();
  world.privacy.locatable = true;
  await world.documents.lists("alice", { oma_locationlist: { uris: ["near"] } });
  assert.equal(await world.ask("alice", "near"), "confirm");
  world.settings.strangers = "allow";
  assert.equal(await world.ask("alice", "near"), "default and location");
});

Deno.test("who watches himself sees everything, whatever his documents say, at once", async () => {
  const world = await PresenceRulesWorld.open();
  await world.put("alice", [rule(many(null), "block")]);
  assert.equal(world.now("alice", "alice"), "own");
  const { rights } = world.rules.decide("sip:alice@example.test", "sip:alice@example.test")!;
  assert.ok(rights.allAttributes && rights.allPersons && !rights.withholdsLocation);
});

Deno.test("watchers to whom the same rules apply share their rights", async () => {
  const world = await PresenceRulesWorld.open();
  await world.put("alice", [
    rule(many("example.test"), "allow", COMPONENTS),
    rule(one("carol"), "allow", EVERYTHING),
    rule(validity("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"), "allow", COMPONENTS),
    rule(sphere("work"), "allow", EVERYTHING),
  ]);
  const [dave, erin, carol] = [
    await world.decision("alice", "dave"),
    await world.decision("alice", "erin"),
    await world.decision("alice", "carol"),
  ];
  assert.equal(dave, erin);
  assert.notEqual(dave, carol);
  assert.notEqual(dave.rights.key, carol.rights.key);
});
