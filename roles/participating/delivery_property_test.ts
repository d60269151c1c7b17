import assert from "node:assert/strict";
import fc from "fast-check";
import { MemoryStore } from "../deferred/testing/memory_store.ts";
import type { Received, Sent } from "../sip_core/testing/core_world.ts";
import { PagerWorld, settle, textOf } from "./testing/pager_world.ts";

const SENDERS = ["alice", "carol"];
const DEVICES = [1, 2, 3];

type Step =
  | { do: "send"; who: number }
  | { do: "register"; device: number; moved: boolean }
  | { do: "leave"; device: number }
  | { do: "answer"; which: number; how: 200 | 480 | 503 | "transport" }
  | { do: "wait"; ms: number }
  | { do: "restart" };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("send" as const), who: fc.nat(1) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("register" as const), device: fc.nat(2), moved: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("leave" as const), device: fc.nat(2) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("answer" as const),
      which: fc.nat(5),
      how: fc.constantFrom(200 as const, 200 as const, 200 as const, 480 as const, 503 as const, "transport" as const),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.constantFrom(100, 500, 4_200, 8_100, 33_000) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("restart" as const) }) },
);

/** Devices that bob was seen with, as the store would know them after a restart. */
class Known {
  #devices: string[] = [];
  seen(_aor: string, instance: string): void {
    this.#devices = [instance, ...this.#devices.filter((other) => other !== instance)];
  }
  of(): readonly string[] {
    return this.#devices;
  }
}

/** Bob's devices, their senders, and what each device took, over restarts of the box. */
class Run {
  readonly store = new MemoryStore();
  readonly known = new Known();
  world: PagerWorld;
  /** Texts in the order each device took them. */
  readonly taken = new Map<number, string[]>(DEVICES.map((device) => [device - 1, []]));
  /** `owed`: devices that were known when nobody was there. */
  readonly promised: { text: string; status: number; owed: readonly string[] }[] = [];
  readonly #copies: "first" | "each";
  readonly #contacts = new Map<number, string>();
  readonly #open = new Map<string, { received: Received; text: string; owed: readonly string[] }>();
  #count = 0;
  #moves = 0;

  constructor(copies: "first" | "each") {
    this.#copies = copies;
    this.world = this.#make();
    this.world.user("carol");
    this.world.deferred.start();
  }

  #make(): PagerWorld {
    const { known, store } = this;
    return new PagerWorld({}, store, undefined, undefined, undefined, {
      copies: { copies: this.#copies },
      knownDevices: known,
    });
  }

  send(who: number): void {
    const sender = SENDERS[who];
    // A sender waits for its answer before the next.
    if (this.#open.has(sender)) return;
    const text = `${sender} ${String(++this.#count).padStart(4, "0")}`;
    const received = this.world.message(text, { from: `sip:${sender}@example.test`, fromTag: text.replace(" ", "") });
    const owed = this.#copies === "each" && this.#contacts.size === 0 ? [...this.known.of()] : [];
    this.#open.set(sender, { received, text, owed });
  }

  register(device: number, moved: boolean): void {
    const old = this.#contacts.get(device);
    const contact = old === undefined || moved ? `sip:bob@203.0.113.${device + 1}:${10_000 + ++this.#moves}` : old;
    if (old !== undefined && old !== contact) this.leave(device);
    this.#contacts.set(device, contact);
    this.world.register("bob", contact, { instance: `<urn:${device}>` });
  }

  leave(device: number): void {
    const contact = this.#contacts.get(device);
    if (contact === undefined) return;
    this.#contacts.delete(device);
    this.world.unregister("bob", contact);
  }

  /** Requests that their device still has to answer; what goes to an old address reaches nobody. */
  unanswered(): Sent[] {
    const alive = new Set(this.#contacts.values());
    return this.world.sent.filter((sent) => sent.pending && !sent.abandoned && alive.has(sent.request.uri));
  }

  answer(which: number, how: 200 | 480 | 503 | "transport"): void {
    const sent = this.unanswered()[which];
    if (sent === undefined) return;
    if (how === "transport") return sent.fail("transport");
    if (how === 200) {
      const device = [...this.#contacts].find(([, contact]) => contact === sent.request.uri)![0];
      this.taken.get(device)!.push(textOf(sent));
    }
    sent.answer(how);
  }

  async restart(): Promise<void> {
    await this.noteAnswers();
    this.#open.clear();
    const places = new Map(this.world.places);
    this.world = this.#make();
    this.world.user("carol");
    for (const [aor, bindings] of places) this.world.places.set(aor, bindings);
    this.world.deferred.start();
    await settle();
  }

  async noteAnswers(): Promise<void> {
    await settle();
    for (const [sender, { received, text, owed }] of this.#open) {
      if (!received.answered) continue;
      this.promised.push({ text, status: received.last.status, owed });
      this.#open.delete(sender);
    }
  }

  async perform(step: Step): Promise<void> {
    if (step.do === "send") this.send(step.who);
    else if (step.do === "register") this.register(step.device, step.moved);
    else if (step.do === "leave") this.leave(step.device);
    else if (step.do === "answer") this.answer(step.which, step.how);
    else if (step.do === "wait") await this.world.pass(step.ms);
    else await this.restart();
    await this.noteAnswers();
  }

  /** Every device is there at last and takes whatever comes. */
  async finish(): Promise<void> {
    for (let round = 0; round < 12; round++) {
      for (const device of [0, 1, 2]) this.register(device, false);
      for (let i = 0; i < 120; i++) {
        await this.world.pass(300);
        while (this.unanswered().length > 0) {
          this.answer(0, 200);
          await settle();
        }
      }
      await this.noteAnswers();
    }
  }
}

const register = (device: number, moved = false): Step => ({ do: "register", device, moved });
const send = (who: number): Step => ({ do: "send", who });
const wait = (ms: number): Step => ({ do: "wait", ms });
const answer = (how: (Step & { do: "answer" })["how"], which = 0): Step => ({ do: "answer", which, how });
const leave = (device: number): Step => ({ do: "leave", device });
const restart: Step = { do: "restart" };

/** What went wrong once. A restart begins the clock anew: it is set back, too. */
const ONCE_WRONG: [Step[]][] = [
  // The copy for a silent device is made when a newer message waits already.
  [[register(0), register(1), send(1), answer(503), register(0), wait(100), wait(8_100), send(1)]],
  // The clock is set back between two messages.
  [[wait(100), send(1), register(1), restart, send(1), register(0), answer(480), wait(100), register(0)]],
  // A device is silent while everything else is stored for the sake of order.
  [[
    ...[register(0), send(0), register(1), send(1), answer(503), register(0, true), answer(200), answer(200)],
    ...[send(1), answer(200), answer(200)],
  ]],
  // A silent device has left, and another refuses what comes next.
  [[
    ...[register(0), register(1), send(1), leave(1), answer(200), send(0), answer(200, 1), answer(200, 1), leave(1)],
    ...[send(1), answer(480, 1)],
  ]],
  // The clock is set back, and what a silent device missed is stored no longer.
  [[
    wait(100),
    send(0),
    register(1),
    register(0),
    restart,
    register(0, true),
    answer(200),
    send(0),
    send(0),
    wait(100),
  ]],
];

for (const copies of ["first", "each"] as const) {
  Deno.test(`${copies === "each" ? "with a copy for each device, " : ""}whatever devices and timers do: nothing promised is lost, nothing comes twice, each sender's order holds`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const run = new Run(copies);
        for (const step of steps) await run.perform(step);
        await run.finish();
        for (const { text, status, owed } of run.promised) {
          assert.ok(status === 200 || status === 202, `answer ${status} to ${text}`);
          assert.ok(
            [...run.taken.values()].some((texts) => texts.includes(text)),
            `${text} promised ${status} and lost`,
          );
          for (const instance of owed) {
            const device = Number(instance.slice(5, -1));
            assert.ok(run.taken.get(device)!.includes(text), `${text} is not at device ${device}`);
          }
        }
        assert.equal(run.store.count, 0, "everything was delivered in the end");
        for (const [device, texts] of run.taken) {
          assert.equal(new Set(texts).size, texts.length, `device ${device} took one twice: ${texts}`);
          for (const sender of SENDERS) {
            const own = texts.filter((text) => text.startsWith(sender));
            assert.deepEqual(own, [...own].sort(), `device ${device}, order of ${sender}`);
          }
        }
      }),
      { numRuns: copies === "first" ? 300 : 150, interruptAfterTimeLimit: 60_000, examples: ONCE_WRONG },
    );
  });
}
