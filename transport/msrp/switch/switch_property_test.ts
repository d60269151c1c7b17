import fc from "fast-check";
import assert from "node:assert/strict";
import { fromLatin1 } from "../../../foundation/mod.ts";
import type { SwitchedMessage } from "./message.ts";
import { SwitchWorld, type TestLeg } from "./testing/switch_world.ts";

const PARTIES = 5;
const TYPES = ["message/cpim", "text/plain"];

type Step =
  | { readonly what: "join"; readonly party: number; readonly picky: boolean; readonly skipped: number }
  | { readonly what: "leave" | "break" | "stall" | "wake" | "return"; readonly leg: number }
  | { readonly what: "say"; readonly leg: number; readonly to: number; readonly size: number; readonly type: number }
  | { readonly what: "answer"; readonly leg: number; readonly which: number; readonly status: number }
  | { readonly what: "settle" };

const leg = fc.nat(9);
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        what: fc.constant("join" as const),
        party: fc.integer({ min: 1, max: PARTIES }),
        picky: fc.boolean(),
        skipped: fc.nat(PARTIES),
      }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        what: fc.constantFrom("leave" as const, "break", "return", "return", "stall", "stall", "wake"),
        leg,
      }),
    },
    {
      weight: 12,
      arbitrary: fc.record({
        what: fc.constant("say" as const),
        leg,
        to: fc.constantFrom(0, 0, 0, 0, 1, 2, 3),
        size: fc.constantFrom(1, 10, 2049, 16_384, 16_385, 40_000),
        type: fc.nat(1),
      }),
    },
    {
      weight: 6,
      arbitrary: fc.record({
        what: fc.constant("answer" as const),
        leg,
        which: fc.nat(5),
        status: fc.constantFrom(200, 200, 413),
      }),
    },
    { weight: 4, arbitrary: fc.record({ what: fc.constant("settle" as const) }) },
  ),
  { minLength: 10, maxLength: 80, size: "max" },
);

/** A leg and what it is to get; answers by hand while it stalls. */
interface Member {
  readonly test: TestLeg;
  readonly picky: boolean;
  readonly skips: ReadonlySet<number>;
  readonly wanted: SwitchedMessage[];
  /** Places in `peer.seen` that were left unanswered. */
  readonly owed: number[];
  seen: number;
  gone: boolean;
  /** Its connection broke, and it has not come again. */
  away: boolean;
}

function isFor({ contentType, from, to }: SwitchedMessage, { picky, skips, test }: Omit<Member, "wanted">): boolean {
  return !skips.has(from) && !(picky && contentType !== TYPES[0]) && (to === null || to.includes(test.leg.party));
}

/** What came of each message, in the order in which their first octets came; whole ones with `true`. */
function gotBy({ test: { peer } }: Member): { readonly id: string; octets: number; whole: boolean }[] {
  const all: { id: string; octets: number; whole: boolean }[] = [];
  for (const { request, body, continuation } of peer.seen) {
    let last = all.at(-1);
    if (request.start === 1) all.push(last = { id: request.messageId, octets: 0, whole: false });
    assert.equal(last?.id, request.messageId, "nothing goes between the chunks of a message");
    assert.equal(request.start, last!.octets + 1, "chunks meet");
    last!.octets += body.length;
    last!.whole = continuation === "$";
  }
  return all;
}

/** Notes what came while it stalls: its answers are owed. */
function note(member: Member): void {
  const { seen, answer } = member.test.peer;
  for (; member.seen < seen.length; member.seen++) if (answer === 0) member.owed.push(member.seen);
}

function answer({ owed, test }: Member, which: number, status: number): void {
  const [at] = owed.splice(which % owed.length, 1);
  test.peer.respond(test.peer.seen[at].request, status);
}

Deno.test("legs come, go, break, stall and answer in any order: each one that stays gets each message for it once, in order [DLV-1]", async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 1, max: 6 }), async (steps, window) => {
      const world = new SwitchWorld();
      Object.assign(world.limits, { window, windowOctets: 50_000 });
      const members: Member[] = [];
      const said: SwitchedMessage[] = [];
      const pick = (number: number): Member | undefined => {
        const here = members.filter(({ gone }) => !gone);
        return here[number % here.length];
      };
      const settle = async (): Promise<void> => {
        await world.settle();
        members.forEach(note);
      };
      const join = async (
        party: number,
        picky: boolean,
        skips: ReadonlySet<number>,
        before?: Member,
      ): Promise<void> => {
        await settle();
        const after = before?.test.leg.passed ?? world.room.last;
        const missed = said.filter(({ seq, to }) => seq > after && (to === null || to.includes(party)));
        const peerTypes = picky ? TYPES.slice(0, 1) : ["*"];
        const test = await world.join(party, { skips, peerTypes, acceptTypes: ["*"], after, missed });
        const member = { test, picky, skips, owed: [], seen: 0, gone: false, away: false };
        members.push({ ...member, wanted: missed.filter((message) => isFor(message, member)) });
      };
      const say = (from: Member, to: number, size: number, type: number): void => {
        const { leg } = from.test;
        const message = world.append({
          messageId: `message${said.length}`,
          contentType: TYPES[type],
          body: size > 20_000
            ? [new Uint8Array(15_000), new Uint8Array(size - 15_000)]
            : [fromLatin1("x".repeat(size))],
          from: leg.party,
          to: to === 0 ? null : [to],
          origin: leg,
        });
        said.push(message);
        for (const other of members) {
          if (!other.gone && other !== from && isFor(message, other)) other.wanted.push(message);
        }
      };
      for (const party of [1, 2, 3]) await join(party, false, new Set());
      for (const step of steps) {
        if (step.what === "settle") {
          await settle();
          continue;
        }
        if (step.what === "join") {
          await join(step.party, step.picky, new Set(step.skipped === 0 ? [] : [step.skipped]));
          continue;
        }
        if (step.what === "return") {
          const before = members.find(({ away }) => away);
          if (before === undefined) continue;
          before.away = false;
          await join(before.test.leg.party, before.picky, before.skips, before);
          continue;
        }
        const member = pick(step.leg);
        if (member === undefined) continue;
        const { peer, leg } = member.test;
        if (step.what === "say") {
          say(member, step.to, step.size, step.type);
          continue;
        }
        await settle();
        note(member);
        if (step.what === "stall") peer.answer = 0;
        else if (step.what === "wake") peer.answer = 200;
        else if (step.what === "answer") {
          if (member.owed.length > 0) answer(member, step.which, step.status);
        } else {
          member.gone = true;
          member.away = step.what === "break";
          if (step.what === "leave") leg.close("leaves");
          else peer.duplex.destroy();
          await settle();
        }
      }
      // Everybody answers at last.
      for (let quiet = 0, rounds = 0; quiet < 3; rounds++) {
        assert.ok(rounds < 1000, "it comes to an end");
        await settle();
        members.forEach(note);
        for (const { test } of members) test.peer.answer = 200;
        const owing = members.filter(({ gone, owed }) => !gone && owed.length > 0);
        for (const member of owing) while (member.owed.length > 0) answer(member, 0, 200);
        const behind = members.some(({ gone, test }) => !gone && test.leg.passed < world.room.last);
        quiet = owing.length > 0 || behind ? 0 : quiet + 1;
      }
      for (const member of members) {
        const got = gotBy(member);
        const wanted = member.wanted.map(({ messageId }) => messageId);
        assert.deepEqual(got.map(({ id }) => id), wanted.slice(0, got.length));
        const { passed } = member.test;
        assert.deepEqual(passed, [...new Set(passed)].sort((a, b) => a - b), "marks only grow");
        if (member.gone) continue;
        assert.equal(member.test.why, null);
        assert.equal(got.length, wanted.length);
        assert.equal(member.test.leg.passed, world.room.last);
      }
      assert.deepEqual(world.room.kept(), []);
      assert.equal(world.room.size, members.filter(({ gone }) => !gone).length);
      world.room.close("done");
    }),
    { numRuns: 150 },
  );
});
