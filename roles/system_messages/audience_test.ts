import assert from "node:assert/strict";
import { clientMatches } from "./audience.ts";
import { aorOf, MessagesWorld } from "./testing/messages_world.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
const TERMS = {
  text: "Do you agree?",
  options: [{ label: "Yes" }, { label: "No", grants: "none" }],
  blocking: true,
} as const;

Deno.test("a User-Agent is matched in any case, `*` stands for any text, and hostile patterns cost nothing", () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ["Linphone/5.1.2", "linphone/5.1.2", true],
    ["Linphone/5.1", "Linphone/5.1.2", false],
    ["Linphone/5.1*", "LINPHONE/5.1.2 (Desktop)", true],
    ["*desktop*", "Linphone/5.1.2 (Desktop)", true],
    ["Lin*5*(Desk*", "Linphone/5.1.2 (Desktop)", true],
    ["*", "", true],
    ["a*a", "a", false],
    ["a*b*c", "acb", false],
    ["*ab", "aab", true],
    ["", "x", false],
    ["*a".repeat(90), "a".repeat(10_000), true],
    ["*a".repeat(90) + "b", "a".repeat(10_000), false],
  ];
  for (const [pattern, userAgent, matches] of cases) {
    assert.equal(clientMatches(pattern, userAgent), matches, `${pattern.slice(0, 30)} ${userAgent.slice(0, 30)}`);
  }
});

Deno.test(
  "a condition on the client: those who are there are asked now, the others when they come, each once",
  options,
  () =>
    MessagesWorld.with(["alice", "bob", "carol"], async (world) => {
      await world.register("alice", { userAgent: "Old/1.0" });
      await world.register("bob", { userAgent: "New/2.0" });
      const { id } = await world.send({ condition: { client: "old/1*" }, ...TERMS });
      assert.deepEqual(world.posted.map(({ recipient }) => recipient), [aorOf("alice")]);
      // Before anybody else hears of the registration.
      world.messages.registered(aorOf("carol"), { userAgent: "Old/1.5" }, true);
      assert.equal(world.gate.isOpen(aorOf("carol")), true);
      await world.settle();
      assert.deepEqual(world.posted.map(({ recipient }) => recipient), [aorOf("alice"), aorOf("carol")]);
      await world.take("alice");
      await world.reply("alice", "1");
      await world.take("alice");
      await world.register("alice", { userAgent: "Old/1.0" });
      await world.restart();
      world.messages.start();
      await world.settle();
      await world.register("alice", { userAgent: "Old/1.0" });
      assert.deepEqual(await world.take("alice"), [], "who has answered is not asked again");
      const view = world.messages.get(id)!;
      assert.deepEqual([view.to, view.state, view.recipients, view.answered, view.open], [
        "condition",
        "standing",
        2,
        1,
        1,
      ]);
      assert.deepEqual(view.condition, { client: "old/1*" });
      await world.messages.withdraw(id, "admin:owner");
      await world.register("bob", { userAgent: "Old/1.0" });
      assert.equal(world.gate.isOpen(aorOf("bob")), false, "what is withdrawn asks nobody");
    }),
);

Deno.test(
  "an incomplete profile: the service stays closed while it is being read",
  options,
  () =>
    MessagesWorld.with(["alice", "bob"], async (world) => {
      await world.send({ condition: { profile: "incomplete" }, ...TERMS });
      world.incomplete.add(aorOf("bob"));
      for (const user of ["alice", "bob"]) {
        world.messages.registered(aorOf(user), { userAgent: "" }, true);
        assert.equal(world.gate.isOpen(aorOf(user)), true, user);
      }
      await world.settle();
      assert.deepEqual([world.gate.isOpen(aorOf("alice")), world.gate.isOpen(aorOf("bob"))], [false, true]);
      assert.deepEqual(world.told, [
        `${aorOf("alice")} true full`,
        `${aorOf("bob")} true full`,
        `${aorOf("alice")} false full`,
      ]);
    }),
);

Deno.test(
  "the first use: asked at the first registration alone, with all that is asked of it",
  options,
  () =>
    MessagesWorld.with(["alice", "bob"], async (world) => {
      await world.send({ condition: { first_use: true, client: "Phone*" }, text: "Welcome to {service} at {domain}." });
      world.fresh.add(aorOf("alice"));
      await world.register("alice");
      world.fresh.clear();
      await world.register("alice");
      await world.register("bob");
      assert.deepEqual(world.posted.map(({ recipient }) => recipient), [aorOf("alice")]);
      assert.deepEqual(await world.take("alice"), ["Welcome to The service at example.test."]);
    }),
);

Deno.test(
  "one that blocks everybody asks those who come later, too; a text to everybody does not",
  options,
  () =>
    MessagesWorld.with(["alice"], async (world) => {
      await world.send({ to: "everybody", text: "Noon." });
      await world.send({ to: "everybody", ...TERMS });
      const alice = world.storage.subscribers.get(aorOf("alice"))!;
      await world.storage.subscribers.put([{ ...alice, aor: aorOf("bob") }]);
      await world.register("bob");
      assert.equal(world.gate.isOpen(aorOf("bob")), true);
      assert.equal((await world.take("bob")).length, 1);
      assert.equal((await world.take("alice")).length, 2);
    }),
);

Deno.test(
  "who comes back without having answered is asked again; what blocks nobody is said once",
  options,
  () =>
    MessagesWorld.with(["alice"], async (world) => {
      await world.send({ to: aorOf("alice"), ...TERMS });
      await world.send({ to: aorOf("alice"), ...TERMS, blocking: false, text: "Do you like it?" });
      assert.equal((await world.take("alice")).length, 2);
      await world.register("alice", { first: false });
      assert.equal((await world.take("alice")).length, 0, "another device, or a refresh");
      await world.register("alice");
      const again = await world.take("alice");
      assert.equal(again.length, 1);
      assert.match(again[0], /Do you agree/);
      await world.reply("alice", "1");
      await world.take("alice");
      await world.register("alice");
      assert.deepEqual(await world.take("alice"), []);
    }),
);

Deno.test(
  "500 users are asked over a restart in the middle, each once",
  options,
  () =>
    MessagesWorld.with(Array.from({ length: 500 }, (_, i) => `u${1000 + i}`), async (world) => {
      await world.messages.send({ to: "everybody", ...TERMS }, "admin:owner");
      while (world.posted.length === 0) await new Promise((resolve) => setTimeout(resolve, 0));
      await world.restart();
      assert.ok(world.posted.length < 500);
      world.messages.start();
      await world.settle();
      assert.equal(world.posted.length, 500);
      assert.equal(new Set(world.posted.map(({ recipient }) => recipient)).size, 500);
      const [view] = world.messages.list(1);
      assert.deepEqual([view.recipients, view.deferred, view.open, view.state], [500, 500, 500, "standing"]);
      assert.equal(world.messages.recipients(view.id, aorOf("u1100"), 3)[0].uri, aorOf("u1101"));
    }),
);
