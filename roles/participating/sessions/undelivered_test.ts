import assert from "node:assert/strict";
import { StorageError } from "../../../storage/mod.ts";
import { FakeDeferred } from "./testing/fake_deferred.ts";
import { JoinedWire } from "./testing/joined_wire.ts";
import { offer, SessionWorld } from "./testing/session_world.ts";

const BOB = "sip:bob@example.test", ALICE = "sip:alice@example.test";

/** alice and bob with a session, and what is stored for either. */
class Broken extends JoinedWire {
  readonly deferred: FakeDeferred;

  constructor(deferred = new FakeDeferred()) {
    super({}, undefined, undefined, deferred.undelivered);
    this.deferred = deferred;
  }

  /** That party's connection breaks; whatever is on its way then is lost with it. `cuts`: bob's is the first. */
  async cut(party: "alice" | "bob"): Promise<void> {
    this.cuts[party === "bob" ? 0 : 1]();
    await this.settle();
  }

  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 500) {
      this.world.time.advance(500);
      await this.settle();
    }
  }
}

Deno.test("what a broken session left undelivered is stored for its receiver, and its sender is told so", async () => {
  const wire = new Broken();
  await wire.session();
  wire.alice.say("arrives");
  await wire.settle();
  await wire.cut("bob");
  wire.alice.say("waits");
  wire.alice.say("waits, too");
  await wire.pass(16_000);
  assert.equal(wire.world.happened.at(-1), "sessionEnded connection lost");
  assert.deepEqual(wire.bob.texts, ["arrives"]);
  assert.deepEqual(wire.deferred.texts, [`${BOB} waits`, `${BOB} waits, too`]);
  assert.deepEqual(wire.alice.delivered, ["arrives", "waits", "waits, too"]);
  assert.deepEqual(wire.alice.failed, []);
  const [message] = wire.deferred.posted;
  assert.equal(message.sender, ALICE);
  assert.equal(message.mode, "session");
  assert.match(message.headers, /^From: <sip:alice@example.test>\r\nTo: <sip:bob@example.test>\r\n/);
  assert.match(message.headers, /\r\nContent-Type: text\/plain\r\n$/);
  assert.ok(message.headers.includes(`Date: ${new Date(message.arrivedAt).toUTCString()}\r\n`));
  assert.doesNotMatch(message.headers, /^(?:Via|Contact|Call-ID|Allow):/im);
  assert.equal(message.expiresAt - message.arrivedAt, 7 * 86_400_000);
  assert.notEqual(message.messageId, "");
  assert.equal(message.transaction.split("\n")[1], message.messageId);
});

Deno.test("the inviter is a receiver as well", async () => {
  const wire = new Broken();
  await wire.session();
  await wire.cut("alice");
  wire.bob.say("for alice");
  await wire.pass(16_000);
  assert.deepEqual(wire.deferred.texts, [`${ALICE} for alice`]);
  const [message] = wire.deferred.posted;
  assert.equal(message.sender, BOB);
  assert.match(message.headers, new RegExp(`^From: <${BOB}>\r\nTo: <${ALICE}>\r\nP-Asserted-Identity: <${BOB}>\r\n`));
  assert.deepEqual(wire.bob.delivered, ["for alice"]);
});

Deno.test("where it cannot be stored, its sender is told that it failed", async (t) => {
  const outcomes = {
    quota: [{ kind: "quota", limit: "count", allowed: 1 }, 413],
    failure: [{ kind: "failed", error: new StorageError("full", "disk full") }, 408],
  } as const;
  for (const [name, [outcome, status]] of Object.entries(outcomes)) {
    await t.step(name, async () => {
      const wire = new Broken();
      wire.deferred.outcome = outcome;
      await wire.session();
      await wire.cut("bob");
      wire.alice.say("lost");
      await wire.pass(16_000);
      assert.deepEqual([wire.alice.delivered, wire.alice.failed], [[], [status]]);
    });
  }
});

Deno.test("what nobody wants stored is not: typing, and for users who do not", async (t) => {
  const typing = "application/im-iscomposing+xml";
  const cases: [
    name: string,
    facts: { from?: string; headers?: string },
    deferral: "never" | "offline",
    stored: number,
  ][] = [
    ["typing alone", {}, "offline", 1],
    ["a recipient who has nothing stored", {}, "never", 0],
    ["a sender who wants nothing kept", { headers: "Expires: 0\r\n" }, "offline", 0],
  ];
  for (const [name, facts, deferral, stored] of cases) {
    await t.step(name, async () => {
      const wire = new Broken();
      wire.world.user("bob", { deferral });
      await wire.session({}, {}, facts);
      await wire.cut("bob");
      wire.alice.say("<x/>", typing);
      wire.alice.say(`From: <${ALICE}>\r\n\r\nContent-Type: ${typing}\r\n\r\n<x/>`, "message/cpim");
      wire.alice.say(`From: <${ALICE}>\r\n\r\nContent-Type: message/imdn+xml\r\n\r\n<x/>`, "message/cpim");
      await wire.pass(16_000);
      assert.equal(wire.deferred.posted.length, stored);
      assert.equal(wire.alice.failed.length, 3 - stored);
      for (const { headers } of wire.deferred.posted) assert.match(headers, /Content-Type: message\/cpim\r\n$/);
    });
  }
});

Deno.test("a session that ends while its receiver is away: what waited is stored at once, whoever ended it", async (t) => {
  const ends: Record<string, (wire: Broken) => void> = {
    inviter: (wire) => wire.world.within(wire.invited, "BYE"),
    invitee: (wire) => wire.world.from(wire.world.requests("INVITE")[0], "BYE"),
    "lost registration": (wire) => wire.world.sessions.endOf(BOB, "registration lost"),
  };
  for (const [who, end] of Object.entries(ends)) {
    await t.step(who, async () => {
      const wire = new Broken();
      await wire.session();
      await wire.cut("bob");
      wire.alice.say("waits");
      await wire.settle();
      end(wire);
      await wire.settle();
      assert.deepEqual(wire.deferred.texts, [`${BOB} waits`]);
      assert.deepEqual(wire.alice.delivered, ["waits"]);
      await wire.pass(1000);
      assert.equal(wire.box.size, 0);
    });
  }
});

Deno.test("a session that ends since a party may have it no longer leaves nothing behind: what waited has failed", async () => {
  for (const why of ["access rules", "user not in service"] as const) {
    const wire = new Broken();
    await wire.session();
    await wire.cut("bob");
    wire.alice.say("waits");
    await wire.settle();
    wire.world.sessions.endOf(BOB, why);
    await wire.settle();
    assert.deepEqual([wire.deferred.texts, wire.alice.delivered, wire.alice.failed], [[], [], [408]], why);
  }
});

Deno.test("Expires of a chat's INVITE limits the invitation, not what it left undelivered", async () => {
  const wire = new Broken();
  await wire.session({}, {}, { headers: "Expires: 180\r\n" });
  await wire.cut("bob");
  wire.alice.say("waits");
  await wire.pass(16_000);
  const [{ expiresAt, arrivedAt }] = wire.deferred.posted;
  assert.equal(expiresAt - arrivedAt, 7 * 86_400_000);
});

Deno.test("whether a party wants it stored is asked when there is something to store", async () => {
  const wire = new Broken();
  await wire.session();
  wire.deferred.wish = "reject";
  await wire.cut("bob");
  wire.alice.say("lost");
  await wire.pass(16_000);
  assert.deepEqual([wire.deferred.texts, wire.alice.failed], [[], [408]]);
});

Deno.test("a recipient who wants everything stored first: no device is asked, the fallbacks are, as if none were there", () => {
  const untaken: [string, number][] = [];
  const deferred = new FakeDeferred();
  const world = new SessionWorld({
    undelivered: deferred.undelivered,
    fallbacks: [{
      take: (call, { to, status }) => {
        untaken.push([to, status]);
        call.refuse(486);
        return true;
      },
    }],
  });
  world.device("bob", "sip:bob@203.0.113.1");
  world.user("bob", { deferral: "always" });
  assert.deepEqual(world.invite().statuses, [486]);
  // Its sender does not want it kept: then it can only ring.
  world.invite(offer(), { headers: "Expires: 0\r\n" });
  assert.deepEqual(untaken, [[BOB, 480]]);
  assert.equal(world.requests("INVITE").length, 1);
});
