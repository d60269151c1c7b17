/**
 * Groups as documents, from outside. GM-1 refers to a requirements document of its own; the subset derived from it here: a user
 * makes a group with a name, members and rules, and is its owner; identities of groups are unique; members may look at it, nobody
 * else may; the owner alone changes it, adds and removes members, and ends it; what breaks its form is refused and changes nothing.
 */
import { equal, match, ok } from "node:assert/strict";
import { ParleyProcess, users } from "../support/parley.ts";
import { XcapClient } from "../support/xcap_client.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
const AUID = "org.openmobilealliance.groups";
const group = (uri: string, ...members: string[]): string =>
  `<?xml version="1.0" encoding="UTF-8"?>
<group xmlns="urn:oma:xml:poc:list-service" xmlns:rl="urn:ietf:params:xml:ns:resource-lists" xmlns:cr="urn:ietf:params:xml:ns:common-policy">
  <list-service uri="${uri}">
    <display-name>Chess club</display-name>
    <list>
${members.map((user) => `      <entry uri="sip:${user}@example.test"/>`).join("\n")}
    </list>
    <invite-members>false</invite-members>
    <max-participant-count>20</max-participant-count>
    <cr:ruleset>
      <cr:rule id="members">
        <cr:conditions><is-list-member/></cr:conditions>
        <cr:actions><join-handling>true</join-handling><allow-conference-state>true</allow-conference-state></cr:actions>
      </cr:rule>
    </cr:ruleset>
  </list-service>
</group>
`;

Deno.test(
  "groups: made, seen by members alone, changed and ended by the owner alone, unique, and well formed [GM-1] [rp:XDM-3]",
  options,
  async (t) => {
    await using parley = await ParleyProcess.start({ users: users("alice", "bob", "carol") });
    const [alice, bob, carol] = ["alice", "bob", "carol"].map((user) =>
      new XcapClient({ user, domain: parley.domain, port: parley.webPort })
    );
    const club = alice.own(AUID, "club");
    const entry = (user: string) =>
      alice.own(AUID, "club", `group/list-service/list/entry%5b@uri=%22sip:${user}@example.test%22%5d`);

    await t.step("a user makes a group and is its owner", async () => {
      equal((await alice.put(club, group("sip:chess@example.test", "bob"))).status, 201);
      equal((await alice.get(club)).body, group("sip:chess@example.test", "bob"));
    });
    await t.step("its identity is unique: another gets 409 with free ones to choose from", async () => {
      const answer = await carol.put(carol.own(AUID, "mine"), group("sip:chess@example.test", "carol"));
      equal(answer.status, 409);
      match(answer.body, /<uniqueness-failure[^>]*><exists field="[^"]*@uri"[^>]*><alt-value>sip:chess/);
      equal((await carol.get(carol.own(AUID, "mine"))).status, 404);
      equal(
        (await carol.put(carol.own(AUID, "mine"), group("sip:alice@example.test"))).status,
        409,
        "a user's address",
      );
    });
    await t.step("a member may look at it and nothing more; nobody else may even that", async () => {
      equal((await bob.get(club)).status, 200);
      equal((await bob.put(entry("carol"), '<entry uri="sip:carol@example.test"/>')).status, 403);
      equal((await bob.delete(club)).status, 403);
      equal((await carol.get(club)).status, 403);
    });
    await t.step("the owner adds a member and removes one; each may look or not from then on", async () => {
      equal((await alice.put(entry("carol"), '<entry uri="sip:carol@example.test"/>')).status, 201);
      equal((await carol.get(club)).status, 200);
      equal((await alice.delete(entry("bob"))).status, 200);
      equal((await bob.get(club)).status, 403);
    });
    await t.step("the owner changes its name and its limits", async () => {
      const name = alice.own(AUID, "club", "group/list-service/display-name");
      equal((await alice.put(name, "<display-name>Chess and tea</display-name>")).status, 200);
      const count = alice.own(AUID, "club", "group/list-service/max-participant-count");
      equal((await alice.put(count, "<max-participant-count>5</max-participant-count>")).status, 200);
      const { body } = await alice.get(club);
      ok(body.includes("<display-name>Chess and tea</display-name>") && body.includes(">5</max-participant-count>"));
    });
    await t.step("what breaks its form is refused, and changes nothing", async () => {
      const before = (await alice.get(club)).body;
      const count = alice.own(AUID, "club", "group/list-service/max-participant-count");
      equal((await alice.put(count, "<max-participant-count>many</max-participant-count>")).status, 409);
      equal((await alice.put(club, before.replace("<cr:conditions>", "<cr:conditions><cr:nothing/>"))).status, 409);
      equal((await alice.get(club)).body, before);
    });
    await t.step("the owner ends it: it is gone for everybody, and its identity is free", async () => {
      equal((await alice.delete(club)).status, 200);
      equal((await carol.get(club)).status, 403);
      equal((await alice.get(club)).status, 404);
      equal((await carol.put(carol.own(AUID, "mine"), group("sip:chess@example.test", "carol"))).status, 201);
    });
    for (const client of [alice, bob, carol]) client.close();
  },
);
