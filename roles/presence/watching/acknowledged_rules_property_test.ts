/** Whatever comes in which order: nobody is told what the rules of that moment do not show him, and all learn the last state. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { PresenceWorld, tuple } from "../testing/presence_world.ts";
import type { SubHandling } from "../presentity.ts";

const WATCHERS = ["alice", "carol"] as const;
const BOB = "sip:bob@example.test";

type Step =
  | { readonly kind: "publish" | "hide" | "show" | "let" | "evict" | "turn" | "fail" }
  | { readonly kind: "subscribe"; readonly who: 0 | 1; readonly expires: number }
  | { readonly kind: "refresh"; readonly who: 0 | 1 }
  | { readonly kind: "rule"; readonly who: 0 | 1; readonly handling: SubHandling }
  | { readonly kind: "pass"; readonly ms: number; readonly answers: boolean };

const who = fc.constantFrom(0 as const, 1 as const);
const STEP: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("publish" as const) }) },
  fc.record({ kind: fc.constantFrom("hide" as const, "show" as const, "evict" as const, "turn" as const) }),
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("let" as const) }) },
  fc.record({ kind: fc.constant("fail" as const) }),
  fc.record({ kind: fc.constant("subscribe" as const), who, expires: fc.constantFrom(60, 600) }),
  fc.record({ kind: fc.constant("refresh" as const), who }),
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("rule" as const),
      who,
      handling: fc.constantFrom<SubHandling>("allow", "allow", "polite-block", "confirm", "block"),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("pass" as const),
      ms: fc.constantFrom(100, 1000, 5000, 20_000),
      answers: fc.boolean(),
    }),
  },
);

interface Dialog {
  readonly callId: string;
  readonly who: 0 | 1;
  readonly toTag: string;
  cseq: number;
}

/** Bob, who is watched; what he published last is a number. */
class Run {
  readonly world = new PresenceWorld();
  readonly #rules: [SubHandling, SubHandling] = ["allow", "allow"];
  readonly #dialogs = new Map<string, Dialog>();
  readonly #last = new Map<string, { readonly state: string; readonly text: string }>();
  readonly #seen = new Set<string>();
  #isHidden = false;
  #number = 0;
  #looked = 0;
  #release: (() => void) | null = null;

  async step(step: Step): Promise<void> {
    const { world } = this;
    // What was let go goes out under the rules of then.
    for (let i = 0; i < 50; i++) await Promise.resolve();
    this.look();
    switch (step.kind) {
      case "publish":
        world.publish("bob", tuple("open", `<note>n${++this.#number}.</note>`));
        break;
      case "hide":
      case "show":
        this.#isHidden = step.kind === "hide";
        world.hide("bob", this.#isHidden);
        break;
      case "rule":
        this.#rules[step.who] = step.handling;
        this.#hold();
        world.rule("bob", WATCHERS[step.who], step.handling);
        break;
      case "evict":
        this.#hold();
        break;
      case "let":
        this.#release?.();
        this.#release = null;
        break;
      case "fail":
        world.decisions.failures++;
        break;
      case "turn":
        world.turn();
        break;
      case "subscribe":
        if (this.#dialogs.size < 6 && this.#release === null) await this.#subscribe(step.who, step.expires);
        break;
      case "refresh":
        await this.#refresh(step.who);
        break;
      case "pass":
        await this.#pass(step.ms, step.answers);
    }
    this.look();
  }

  async end(): Promise<void> {
    this.world.decisions.failures = 0;
    this.#release?.();
    this.#release = null;
    for (let i = 0; i < 8; i++) await this.#pass(20_000, true);
    // Whoever answered nothing for long is gone, and was not told so.
    const held = [...this.world.sip.server.subscriptions("presence", BOB)].map(({ dialog }) => dialog.callId);
    for (const [callId, { state, text }] of this.#last) {
      if (!held.includes(callId)) continue;
      assert.doesNotMatch(state, /^terminated/);
      const handling = this.#rules[this.#dialogs.get(callId)!.who];
      assert.notEqual(handling, "block");
      assert.equal(state.startsWith("pending"), handling === "confirm", `${callId} ${state}`);
      if (handling === "confirm") continue;
      const isShown = handling === "allow" && !this.#isHidden && this.#number > 0;
      assert.equal(/n(\d+)\./.exec(text)?.[1], isShown ? `${this.#number}` : undefined, `${callId} ${handling}`);
    }
  }

  /** What went out since the last time went out under the rules of now. */
  look(): void {
    const sent = this.world.sip.sent("NOTIFY");
    for (const { message } of sent.slice(this.#looked)) {
      // What is sent once more because nobody answered was on its way before.
      const name = `${message.callId} ${message.get("CSeq")}`;
      if (this.#seen.has(name)) continue;
      this.#seen.add(name);
      const text = new TextDecoder().decode(message.body);
      const handling = this.#rules[this.#dialogs.get(message.callId)!.who];
      if (handling !== "allow" || this.#isHidden) assert.doesNotMatch(text, /n\d+\./, `${message.callId} ${handling}`);
      this.#last.set(message.callId, { state: message.get("Subscription-State") ?? "", text });
    }
    this.#looked = sent.length;
  }

  /** Documents are not at hand from now on. */
  #hold(): void {
    this.#release ??= this.world.decisions.hold();
    this.world.decisions.unread.add(BOB);
  }

  async #subscribe(who: 0 | 1, expires: number): Promise<void> {
    const callId = `c${this.#dialogs.size}`;
    // What a SUBSCRIBE waits for is not what is tried here.
    this.world.decisions.unread.delete(BOB);
    const dialog = { callId, who, toTag: "", cseq: 1 };
    this.#dialogs.set(callId, dialog);
    const { status, toTag } = this.world.ask({ watcher: WATCHERS[who], callId, expires });
    this.#dialogs.set(callId, { ...dialog, toTag: status < 300 ? toTag : "" });
    await this.world.settle();
  }

  async #refresh(who: 0 | 1): Promise<void> {
    for (const dialog of this.#dialogs.values()) {
      const isOver = this.#last.get(dialog.callId)?.state.startsWith("terminated") ?? true;
      if (dialog.who !== who || dialog.toTag === "" || isOver || this.#release !== null) continue;
      this.world.decisions.unread.delete(BOB);
      const { callId, toTag } = dialog;
      this.world.ask({ watcher: WATCHERS[who], callId, toTag, cseq: ++dialog.cseq });
      await this.world.settle();
      this.look();
    }
  }

  /** `answers`: NOTIFYs get their answers. */
  async #pass(ms: number, answers: boolean): Promise<void> {
    if (answers) await this.world.after(ms);
    else {
      await this.world.settle();
      this.world.time.advance(ms);
      await this.world.settle();
    }
    this.look();
  }
}

Deno.test("what goes out obeys the rules that were acknowledged, and the last state arrives", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(STEP, { minLength: 5, maxLength: 40 }), async (steps) => {
      const run = new Run();
      await run.step({ kind: "subscribe", who: 0, expires: 600 });
      await run.step({ kind: "pass", ms: 100, answers: true });
      for (const step of steps) await run.step(step);
      await run.end();
    }),
    { numRuns: 150 },
  );
});
