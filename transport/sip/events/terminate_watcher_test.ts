import assert from "node:assert/strict";
import { EventWorld } from "../testing/event_world.ts";

Deno.test("all that one watcher has to some packages ends, whoever else watches the same; nothing of who has none", () => {
  const world = new EventWorld();
  const subscribe = (watcher: string, callId: string, event = "presence") => {
    world.identity = { aor: watcher };
    world.request("SUBSCRIBE", { callId, event });
    world.answer("NOTIFY", 200);
  };
  subscribe("sip:a@a.test", "a1");
  subscribe("sip:b@a.test", "b1");
  subscribe("sip:a@a.test", "a2", "reg");
  world.resource = "sip:carol@b.test";
  subscribe("sip:a@a.test", "a3");
  const before = world.sent("NOTIFY").length;
  const only = new Set(["presence"]);
  world.server.terminateWatcher("sip:nobody@a.test", only, "rejected");
  assert.equal(world.sent("NOTIFY").length, before);
  world.server.terminateWatcher("sip:a@a.test", only, "rejected");
  const last = world.sent("NOTIFY").slice(before).map(({ message }) =>
    `${message.callId} ${message.get("Subscription-State")} ${message.body.length}`
  );
  assert.deepEqual(last, ["a1 terminated;reason=rejected 0", "a3 terminated;reason=rejected 0"]);
  assert.equal(world.server.size, 2);
  world.server.terminateWatcher("sip:a@a.test", only, "rejected");
  assert.equal(world.server.size, 2);
});
