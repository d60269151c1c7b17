import assert from "node:assert/strict";
import fc from "fast-check";
import { FakeTime } from "../../../foundation/testing.ts";
import { BackToBack } from "./back_to_back.ts";
import type { BackToBackEnd } from "./back_to_back_owner.ts";
import type { Call } from "./call.ts";
import type { CallCandidate } from "./mediator.ts";
import { CallNotes, CallWorld, sdp, textOf } from "./testing/call_world.ts";

/** A small generator with a seed, so that a failure can be run again. */
function seeded(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

const BOX = "192.0.2.1", ALICE = "192.0.2.10", DEVICES = ["192.0.2.20", "192.0.2.30"];
const TALK_MS = 40_000;

/** One user of calls, and which those are. */
class Fickle extends CallNotes {
  readonly calls: Call[] = [];
}

/** One call of alice's through the box to two devices; all do whatever comes to mind. `lossy`: so does the network. */
function play(seed: number, lossy: boolean): void {
  const random = seeded(seed);
  const time = new FakeTime();
  const table = { random };
  const [box, alice, ...devices] = [BOX, ALICE, ...DEVICES].map((host) => new CallWorld({ time, host, table }));
  const worlds = [box, alice, ...devices];
  let rough = true;
  for (const world of worlds) {
    world.wires.carry = (flow, head, body) => {
      const to = worlds.find((each) => each.wires.address.host === flow.remote.host)!;
      const there = to.wires.flowTo({ transport: flow.transport, ...world.wires.address, tlsName: "" })!;
      const copies = !rough || !lossy ? 1 : random() < 0.15 ? 0 : random() < 0.1 ? 2 : 1;
      const delay = lossy && rough ? Math.floor(random() * 900) : 20;
      for (let i = 0; i < copies; i++) {
        time.timers.start(delay, { onTimer: () => to.wires.receive(there, head, body) }, 0);
      }
    };
  }
  const joined: { readonly call: BackToBack; readonly ends: BackToBackEnd[]; readonly dropped: string[] }[] = [];
  const transport = lossy && random() < 0.7 ? "udp" : "tcp";
  const candidate = (host: string): CallCandidate => ({
    uri: `sip:bob@${host}:5060;transport=${transport}`,
    from: "<sip:alice@a.test>",
    to: "<sip:bob@b.test>",
    sessionExpires: 90,
  });
  box.options = { sessionExpires: 90 };
  box.invited = (caller) => {
    const ends: BackToBackEnd[] = [];
    const dropped: string[] = [];
    const together = random() < 0.5;
    const candidates = together ? [DEVICES.map(candidate)] : DEVICES.map((host) => [candidate(host)]);
    const call = new BackToBack({
      calls: box.calls,
      timers: time.timers,
      caller,
      candidates,
      ring_ms: random() < 0.5 ? 8_000 : 0,
      mediator: {
        invite: (_to, offer) => offer,
        accepted: (_from, answer) => answer ?? { status: 488 },
        answered: (_from, answer) => answer,
        dropped: (each) => void dropped.push(each.uri),
      },
      owner: { onEnded: (_call, end) => void ends.push(end) },
    });
    joined.push({ call, ends, dropped });
    call.start();
  };
  const users: Fickle[] = [];
  let number = 0;
  let talking = true;
  const later = (call: Call, most_ms: number) =>
    void time.timers.start(random() * most_ms, { onTimer: () => act(call) }, 0);
  const act = (call: Call): void => {
    if (!talking || call.state === "ended") return;
    const what = random();
    if (call.state === "confirmed") {
      if (what < 0.3) call.offer(sdp(`offer ${++number}`), random() < 0.5 ? "INVITE" : undefined);
      else if (what < 0.4) call.send("INFO", {});
      else if (what < 0.403) call.end();
    } else if (call.state === "inviting" && call.incoming) {
      if (what < 0.3) call.progress(180 + Math.floor(random() * 4), {}, random() < 0.3);
      else if (what < 0.4) return refuse(call);
      else if (what < 0.7) call.accept({ description: sdp(`answer ${++number}`) });
    } else if (call.state === "inviting" && what < 0.01) call.end();
    later(call, 4_000);
  };
  const refuse = (call: Call): void => {
    (call.user as Fickle).notes.push("refused by us");
    call.refuse(480 + Math.floor(random() * 9));
  };
  const user = (): Fickle => {
    const made = new Fickle();
    users.push(made);
    const waits = random();
    made.offered = (_call, offer) => {
      const answer = () =>
        random() < 0.2 ? offer.refuse(488) : offer.answer({ description: sdp(`answer ${++number}`) });
      if (random() < waits) time.timers.start(random() * 3_000, { onTimer: answer }, 0);
      else answer();
    };
    made.accepted = (call) => {
      if (call.state === "accepted") call.acknowledge(sdp(`answer ${++number}`));
    };
    return made;
  };
  for (const device of devices) {
    device.invited = (call) => {
      const of = user();
      of.calls.push(call);
      call.user = of;
      later(call, 4_000);
    };
  }
  const mine = user();
  const offerless = random() < 0.2;
  const call = alice.invite({
    uri: `sip:bob@${BOX}:5060;transport=${transport}`,
    sessionExpires: 90,
    ...(offerless ? { description: null } : {}),
  }, mine);
  mine.calls.push(call);
  later(call, 4_000);
  time.advance(TALK_MS);
  talking = false;
  // Both at once, as the last of it.
  for (const each of [call, ...users.slice(1).flatMap(({ calls }) => calls)]) {
    const how = random() < 0.5 ? "INVITE" : undefined;
    const onTimer = () => each.state === "confirmed" && each.offer(sdp(`offer ${++number}`), how);
    for (let i = 0; i < 2; i++) time.timers.start(random() * 1_500, { onTimer: () => void onTimer() }, 0);
  }
  time.advance(2_000);
  rough = false;
  time.advance(80_000);
  // Quiet now: what stands, stands on both sides, and both say the same of it.
  const taken = users.slice(1).flatMap(({ calls }) => calls).filter(({ state }) => state !== "ended");
  const say = () => users.map(({ notes }) => notes.join(" · ")).join("\n");
  if (call.state === "confirmed") {
    assert.equal(taken.length, 1, say());
    const state = (each: Call) => each as unknown as { local: { body: Uint8Array } & Call["remote"] };
    assert.deepEqual(
      [textOf(state(call).local), textOf(call.remote)],
      [textOf(taken[0].remote), textOf(state(taken[0]).local)],
      say(),
    );
    call.end();
  } else if (call.state !== "ended") {
    const still = taken.filter(({ state }) => state !== "inviting");
    assert.equal(still.length, 0, say());
    call.end();
  }
  time.advance(300_000);
  assert.deepEqual(worlds.map(({ calls }) => calls.size), [0, 0, 0, 0], say());
  assert.deepEqual(worlds.map(({ layer }) => layer.clientCount), [0, 0, 0, 0], say());
  for (const { call, ends } of joined) {
    assert.equal(ends.length, 1, say());
    assert.equal(call.over, true);
  }
}

Deno.test("two legs over a quick network: whatever both sides do at once, both end with the same session, and together", () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 2 ** 31 }), (seed) => play(seed, false)), { numRuns: 25 });
});

Deno.test("two legs over a network that loses, doubles and reorders: the same session on both, one end, nothing left", () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 2 ** 31 }), (seed) => play(seed, true)), { numRuns: 25 });
});
