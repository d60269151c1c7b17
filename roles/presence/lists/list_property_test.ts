/** Whatever members show, whoever is added or leaves, and whatever is lost: who follows a list knows what a new subscription would say. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { ListTable, readListBody } from "../../../transport/presence/mod.ts";
import type { SipRequest } from "../../../transport/sip/mod.ts";
import { responseTo } from "../../../transport/sip/testing/transaction_world.ts";
import { entries, ListWorld, noteOf, user } from "./testing/list_world.ts";

const NAMES = ["bob", "carol", "dave"];
const SHOWN = ["here", "away", "pending", "rejected"];

type Step =
  | { readonly kind: "show"; readonly who: number; readonly what: number }
  | { readonly kind: "list"; readonly members: readonly string[] }
  | { readonly kind: "refresh" }
  | { readonly kind: "pass"; readonly ms: number; readonly status: number };

const STEP: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("show" as const), who: fc.nat(2), what: fc.nat(3) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("list" as const), members: fc.subarray(NAMES, { minLength: 1 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("refresh" as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("pass" as const),
      ms: fc.constantFrom(0, 1_000, 5_100),
      status: fc.constantFrom(200, 200, 200, 500),
    }),
  },
);

/** What somebody knows who follows the list. */
class Copy {
  readonly #table = new ListTable();
  readonly callId: string;
  toTag = "";
  cseq = 1;

  constructor(callId: string) {
    this.callId = callId;
  }
  take(message: SipRequest): void {
    const type = message.get("Content-Type");
    if (type !== undefined) this.#table.receive(readListBody(type, message.body));
  }
  /** Members in any order. */
  get known(): string[] {
    return [...this.#table.resources].map(({ uri, instances }) =>
      [
        uri,
        ...[...instances.values()].map(({ state, reason, part }) =>
          `${state} ${reason} ${part === null ? "" : noteOf(part.body)}`
        ),
      ].join(": ")
    ).sort();
  }
}

class Run {
  readonly #copies = new Map<string, Copy>();
  #looked = 0;

  constructor(readonly world: ListWorld) {}

  async subscribe(callId: string): Promise<Copy> {
    const copy = new Copy(callId);
    this.#copies.set(callId, copy);
    copy.toTag = (await this.world.subscribe({ callId })).toTag;
    await this.take(200);
    return copy;
  }

  async step(step: Step, copy: Copy): Promise<void> {
    const { world } = this;
    if (step.kind === "show") {
      world.show(NAMES[step.who], SHOWN[step.what]);
      world.presenceEvents.emit("rulesChanged", { presentity: user(NAMES[step.who]) });
    } else if (step.kind === "list") await world.service(entries(...step.members.map(user)));
    else if (step.kind === "refresh") {
      await world.subscribe({ callId: copy.callId, toTag: copy.toTag, cseq: ++copy.cseq });
      await this.take(200);
    } else {
      world.sip.time.advance(step.ms);
      await this.take(step.status);
    }
  }

  /** NOTIFYs are answered until no more comes. */
  async take(status: number): Promise<void> {
    for (;;) {
      await this.world.settle();
      const sent = this.world.sip.sent("NOTIFY");
      if (sent.length === this.#looked) return;
      for (const { message, flow } of sent.slice(this.#looked)) {
        if (status === 200) this.#copies.get(message.callId)!.take(message as SipRequest);
        this.world.sip.wires.receive(flow, responseTo(message, status, "peer"));
      }
      this.#looked = sent.length;
    }
  }
}

Deno.test("who follows a list knows what a new subscription would say, whatever came, went and was lost", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(STEP, { minLength: 3, maxLength: 20 }), async (steps) => {
      const world = await ListWorld.open();
      for (const name of NAMES) world.show(name, "here");
      await world.service(entries(user("bob"), user("carol")));
      const run = new Run(world);
      const copy = await run.subscribe("first");
      let lost = 0;
      for (const step of steps) {
        // More than three in a row, and it is given up.
        if (step.kind === "pass" && step.status !== 200 && ++lost > 2) continue;
        await run.step(step, copy);
      }
      // As long as what was lost may wait.
      for (const ms of [6_000, 31_000, 121_000]) await run.step({ kind: "pass", ms, status: 200 }, copy);
      const fresh = await run.subscribe("second");
      assert.deepEqual(copy.known, fresh.known);
    }),
    { numRuns: 8 },
  );
});
