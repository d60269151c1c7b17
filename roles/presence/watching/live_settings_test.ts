/** What the operator sets holds from the next time on that it is asked for. */
import assert from "node:assert/strict";
import { WATCHER_LIMITS } from "../../../transport/presence/mod.ts";
import { inShort, PresenceWorld } from "../testing/presence_world.ts";

const DAY_S = 86_400;

Deno.test("subscriptions last as long as is set: those that say nothing, those that say too much, those that go on", () => {
  const world = new PresenceWorld();
  const expires = (parts: Parameters<PresenceWorld["ask"]>[0]) => Number(world.ask(parts).header("Expires"));
  for (const event of ["presence", "presence.winfo"]) {
    world.settings.max_expires = 7200;
    const asking = { event, watcher: "bob", to: "bob" };
    assert.equal(expires({ ...asking, expires: 100_000 }), 7200);
    world.settings.max_expires = 86_400;
    assert.equal(expires({ ...asking, expires: 100_000 }), 86_400);
    world.settings.max_expires = 300;
    assert.equal(expires({ ...asking, expires: 3600 }), 300);
    assert.equal(world.sip.server.packageOf(event)!.expires.default, 300);
    const answer = world.ask({ ...asking, expires: 600, callId: `long-${event}` });
    world.settings.max_expires = 400;
    assert.equal(expires({ ...asking, expires: 600, callId: `long-${event}`, cseq: 2, toTag: answer.toTag }), 400);
  }
});

Deno.test("nobody waits for a decision for longer than is set, also those who wait already", async () => {
  let days = 30;
  const list = {
    ...WATCHER_LIMITS,
    get giveUp_s() {
      return days * DAY_S;
    },
  };
  const world = new PresenceWorld({ limits: { list } });
  world.rule("bob", "alice", "confirm");
  await world.after();
  world.ask({ expires: 7200 });
  await world.after();
  // Alice goes away, and waits.
  world.time.advance(2 * DAY_S * 1000);
  await world.after(1000);
  days = 1;
  world.time.advance(3_700_000);
  await world.after(1000);
  world.ask({ event: "presence.winfo", watcher: "bob", to: "bob" });
  assert.deepEqual(inShort(await world.after(1000)), ["d2 active"]);
});
