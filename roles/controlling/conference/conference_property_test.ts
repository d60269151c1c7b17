import assert from "node:assert/strict";
import fc from "fast-check";
import type { Standing } from "../room.ts";
import { ConferenceWorld, user, type Watcher } from "./testing/conference_world.ts";
import { isShown } from "./conference_texts.ts";

const PEOPLE = ["a", "b", "c", "d", "e", "f", "g", "h"];
/** Those who come by bcc. */
const HIDDEN = new Set(["g", "h"]);
const STATUSES = { absent: "pending" } as Partial<Record<Standing, string>>;

const who = fc.constantFrom(...PEOPLE);
const standing = fc.constantFrom<Standing>("alerting", "connected", "connected", "absent", "disconnected");
const step = fc.oneof(
  fc.record({ act: fc.constant("put" as const), who, standing, nickname: fc.constantFrom("", "N1", "N2") }),
  fc.record({ act: fc.constantFrom("watch" as const, "hold" as const, "release" as const, "refresh" as const), who }),
  fc.record({ act: fc.constant("rename" as const), subject: fc.constantFrom("x", "y") }),
  fc.record({ act: fc.constant("wait" as const), ms: fc.constantFrom(100, 300, 2500, 6000) }),
);

/** Was not told at first: a subject that somebody saw by asking anew, and that was the old one again before the next turn. */
const CHANGED_BACK = [
  { act: "put" as const, who: "c" as const, standing: "alerting" as const, nickname: "" as const },
  { act: "rename" as const, subject: "x" as const },
  { act: "watch" as const, who: "c" as const },
  { act: "rename" as const, subject: "y" as const },
  { act: "refresh" as const, who: "c" as const },
  { act: "rename" as const, subject: "x" as const },
];

Deno.test("property: whatever happens, in the end all see who is there, and nobody sees who is hidden", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.constantFrom(900, 1500, 49_152), (steps, octets) => {
      const world = new ConferenceWorld({ octets });
      const room = world.rooms.open();
      const watchers = new Map<string, Watcher>();
      const isOver = (watcher: Watcher) => watcher.told.at(-1)?.state.startsWith("terminated") === true;
      for (const one of steps) {
        if (one.act === "wait") world.after(one.ms);
        else if (one.act === "rename") room.rename(one.subject);
        else if (one.act === "put") {
          const { standing, nickname } = one;
          const leftBy = standing === "disconnected" ? "departed" as const : null;
          room.put(user(one.who), { standing, nickname, leftBy, hidden: HIDDEN.has(one.who) });
        } else {
          const watcher = watchers.get(one.who);
          if (one.act === "watch" && (watcher === undefined || isOver(watcher))) {
            const fresh = world.watch(one.who);
            if (fresh.answer.status === 200) watchers.set(one.who, fresh);
          } else if (watcher === undefined || isOver(watcher)) continue;
          else if (one.act === "hold") watcher.answers = false;
          else if (one.act === "release") watcher.release();
          else if (one.act === "refresh") watcher.refresh();
        }
      }
      for (const watcher of watchers.values()) watcher.release();
      world.after(20_000);
      for (const [name, watcher] of watchers) {
        const { told, roster } = watcher;
        const own = room.find(user(name))!;
        if (isOver(watcher)) continue;
        assert.notEqual(own.standing, "disconnected");
        const seen = roster.users.map(({ entity, nickname = "", endpoints: [{ status }] }) =>
          `${entity} ${status} ${nickname}`
        );
        const shown = [...room.participants].filter((one) => isShown(one, own.id));
        const there = shown.map(({ shown, standing, nickname }) =>
          `${shown.uri} ${STATUSES[standing] ?? standing} ${nickname}`
        );
        assert.deepEqual(seen.toSorted(), there.toSorted());
        assert.equal(roster.info!.description!.subject ?? "", room.subject);
        const connected = shown.filter(({ standing }) => standing === "connected").length;
        assert.equal(roster.info!.conferenceState!.userCount, connected);
        for (const { text } of told) {
          for (const other of HIDDEN) if (other !== name) assert.ok(!text.includes(user(other)), text);
        }
      }
    }),
    { numRuns: 150, examples: [[CHANGED_BACK, 900 as const]] },
  );
});
