/** A sender who hangs up as soon as its large message has been acknowledged, and a receiver who reads slowly. */
import { equal, ok } from "node:assert/strict";
import { LargeCaller } from "../support/large_caller.ts";
import { ParleyProcess, users } from "../support/parley.ts";
import { RoomCaller } from "../support/room_caller.ts";
import { said } from "../support/room_dialog.ts";
import { SlowPipe } from "../support/slow_pipe.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
const OCTETS = 150_000;
/** Octets a second: the message takes three seconds. */
const SLOW = 50_000;

Deno.test(
  "who sends a large message and hangs up behind its 200: a receiver that reads slowly has all of it before it is sent away [rp:IM-7]",
  options,
  async () => {
    await using parley = await ParleyProcess.start({ users: users("alice", "bob") });
    const pipe = new SlowPipe(parley.msrpPort, SLOW);
    const bob = await RoomCaller.open(parley, "bob", { msrpPort: pipe.port });
    const alice = await LargeCaller.open(parley, "alice");
    try {
      const text = "x".repeat(OCTETS);
      const taken = bob.takes();
      const sent = alice.send({ uri: bob.aor, body: new TextEncoder().encode(text) });
      const dialog = await taken;
      const { peer } = dialog;
      // What had come when the end came.
      const ended = dialog.ended().then(() => peer.frames.filter(({ method }) => method === "SEND"));
      const { response } = await sent;
      equal(response?.status, 200);
      ok(!peer.frames.some(({ method, flag }) => method === "SEND" && flag === "$"), "much of it was still to come");
      const frames = await ended;
      equal(frames.map((frame) => said(frame)).join("").split("\r\n\r\n").at(-1), text);
      equal(peer.ended, false);
    } finally {
      alice.close();
      bob.close();
      pipe.close();
    }
  },
);
