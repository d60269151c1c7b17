/** Registrations against a simple model: what a 200 promised is there for as long as it said, and no longer. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { RegisterWorld } from "./testing/register_world.ts";
import type { Received } from "./testing/core_world.ts";
import { FakeFlow } from "./testing/fake_exchange.ts";

/** The last two are browsers, behind connections of theirs. */
const CONTACTS = [
  "sip:a@192.0.2.1",
  "sip:b@192.0.2.2",
  "sip:c@c1.invalid;transport=ws",
  "sip:d@d1.invalid;transport=ws",
];
const CALL_IDS = ["x", "y"];

type Step =
  | { readonly what: "register"; readonly contact: number; readonly call: number; readonly expires: number }
  | { readonly what: "remove all"; readonly call: number }
  | { readonly what: "connection ends"; readonly which: number }
  | { readonly what: "commit" | "fail" | "restart" }
  | { readonly what: "pass" | "set clock"; readonly ms: number };

const call = fc.nat(1);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      what: fc.constant("register" as const),
      contact: fc.nat(3),
      call,
      expires: fc.constantFrom(0, 60, 600, 3600),
    }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("remove all" as const), call }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant("connection ends" as const), which: fc.nat(1) }) },
  {
    weight: 7,
    arbitrary: fc.record({ what: fc.constantFrom("commit" as const, "commit", "commit", "fail", "restart") }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ what: fc.constant("pass" as const), ms: fc.constantFrom(100, 1_100, 30_000, 61_000) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant("set clock" as const),
      ms: fc.constantFrom(-86_400_000, -300_000, 300_000, 86_400_000),
    }),
  },
);

/** When it ends, monotonic ms: not before, and not after. */
interface Promised {
  readonly least: number;
  readonly most: number;
  readonly flow: FakeFlow;
}

interface Asked {
  readonly wish: { readonly contact: string; readonly expires: number } | "remove all";
  readonly at: number;
  readonly flow: FakeFlow;
  readonly transaction: Received;
}

class Run {
  world = new RegisterWorld();
  readonly #bound = new Map<string, Promised>();
  #asked: Asked[] = [];
  #isSet = false;
  #cseq = 0;
  readonly #udp = new FakeFlow();
  readonly #browsers = [new FakeFlow("ws"), new FakeFlow("ws")];

  take(step: Step): void {
    const { time, registrations } = this.world;
    switch (step.what) {
      case "register": {
        const { expires } = step;
        const contact = CONTACTS[step.contact];
        const flow = this.#browsers[step.contact - 2] ?? this.#udp;
        this.#send({ contact, expires }, `Contact: <${contact}>;expires=${expires}`, step.call, flow);
        break;
      }
      case "remove all":
        this.#send("remove all", "Contact: *\nExpires: 0", step.call, this.#udp);
        break;
      case "connection ends":
        this.#browsers[step.which].close("gone");
        this.#browsers[step.which] = new FakeFlow("ws");
        break;
      case "commit":
        if (registrations.pending > 0) registrations.commit();
        break;
      case "fail":
        if (registrations.pending > 0) registrations.fail();
        break;
      case "pass":
        time.advance(step.ms);
        if (step.ms > 1_000 && registrations.pending === 0) this.#isSet = false;
        break;
      case "set clock":
        time.jump(step.ms);
        this.#isSet = true;
        break;
      case "restart":
        // What the clock was before is known to a box that has looked at it, and written that, since.
        if (this.#isSet) {
          while (registrations.pending > 0) registrations.commit();
          this.#hear();
          time.advance(1_100);
        }
        this.#isSet = false;
        this.#asked = [];
        // All connections end with the box.
        for (const [which, flow] of this.#browsers.entries()) {
          flow.open = false;
          this.#browsers[which] = new FakeFlow("ws");
        }
        this.world = this.world.restarted();
    }
    this.#hear();
    this.#compare();
  }

  end(): void {
    while (this.world.registrations.pending > 0) this.take({ what: "commit" });
    assert.deepEqual(this.#asked, []);
    this.take({ what: "pass", ms: 3_602_000 });
    assert.deepEqual(this.world.contacts(), []);
    assert.equal(this.world.registrations.disk.size, 0);
  }

  #send(wish: Asked["wish"], lines: string, call: number, flow: FakeFlow): void {
    const transaction = this.world.send(lines, { callId: CALL_IDS[call], cseq: ++this.#cseq, flow });
    this.#asked.push({ wish, at: this.world.time.monotonic(), flow, transaction });
  }

  /** Answers come in the order of what was asked. */
  #hear(): void {
    while (this.#asked.length > 0 && this.#asked[0].transaction.answered) {
      const { wish, at, flow, transaction: { answer } } = this.#asked.shift()!;
      assert.ok(answer.status === 200 || answer.status === 503, `${answer.status}`);
      if (answer.status !== 200) continue;
      const now = this.world.time.monotonic();
      if (wish === "remove all") this.#bound.clear();
      else if (wish.expires === 0) this.#bound.delete(wish.contact);
      else this.#bound.set(wish.contact, { least: at + wish.expires * 1000, most: now + wish.expires * 1000, flow });
      // What it says is there.
      const told = answer.getAll("Contact").map((value) => value.slice(1, value.indexOf(">")));
      assert.equal(new Set(told).size, told.length, `told twice: ${told}`);
      if (wish !== "remove all" && wish.expires > 0) {
        const value = answer.getAll("Contact").find((one) => one.startsWith(`<${wish.contact}>`))!;
        assert.ok(value !== undefined, `${wish.contact} is not told of`);
        const left = Number(/;expires=(\d+)/.exec(value)![1]) * 1000;
        assert.ok(left <= wish.expires * 1000 && left >= at + wish.expires * 1000 - now, `${value} at ${now - at}`);
      }
    }
  }

  #compare(): void {
    const now = this.world.time.monotonic();
    const seen = this.world.contacts();
    assert.equal(new Set(seen).size, seen.length, `there twice: ${seen}`);
    for (const contact of CONTACTS) {
      const { least, most, flow } = this.#bound.get(contact) ?? { least: 0, most: 0, flow: this.#udp };
      if (!flow.open) {
        assert.ok(!seen.includes(contact), `${contact} is there without its connection`);
        continue;
      }
      if (now < least) assert.ok(seen.includes(contact), `${contact} is gone, ${least - now} ms early`);
      if (now >= most) assert.ok(!seen.includes(contact), `${contact} is there`);
    }
  }
}

Deno.test("registrations are what was acknowledged, for as long as was said: over failures, kills, and clocks that are set", () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 50 }), (steps) => {
      const run = new Run();
      for (const one of steps) run.take(one);
      run.end();
    }),
    { numRuns: 200 },
  );
});
