/** Whatever is published, shown, lost, refreshed and suppressed: what a watcher put together is what it would see whole. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { parsePresenceXml, type ProvidedPresence, WatchedPresence } from "../../../transport/presence/mod.ts";
import { meaning } from "../../../transport/presence/testing.ts";
import { type Notified, person, PresenceWorld, tuple } from "../testing/presence_world.ts";

const WATCHERS = ["alice", "carol"];
const BOB = "sip:bob@example.test";
const WHOLE = "application/pidf+xml";
const BOTH = "application/pidf+xml;q=0.3, application/pidf-diff+xml;q=1";
const NOTES = [
  "",
  "<note>a</note>",
  "<note xml:lang='en'>b &amp; c</note><note>d</note>",
  "<contact>sip:x@y</contact>",
];

type Step =
  | { readonly kind: "publish"; readonly slots: readonly number[] }
  | { readonly kind: "hide" | "show" }
  | { readonly kind: "rule"; readonly who: number; readonly what: number }
  | { readonly kind: "subscribe"; readonly who: number; readonly partial: boolean; readonly rate: number }
  | { readonly kind: "refresh"; readonly which: number; readonly partial: boolean; readonly match: number }
  | { readonly kind: "pass"; readonly ms: number; readonly status: number };

const who = fc.nat(1);
const STEP: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("publish" as const),
      slots: fc.array(fc.nat(9), { minLength: 1, maxLength: 6 }),
    }),
  },
  fc.record({ kind: fc.constantFrom("hide" as const, "show" as const) }),
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("rule" as const), who, what: fc.nat(5) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("subscribe" as const),
      who,
      partial: fc.boolean(),
      rate: fc.constantFrom(0, 0, 1, 2),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("refresh" as const),
      which: fc.nat(3),
      partial: fc.boolean(),
      match: fc.nat(3),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("pass" as const),
      ms: fc.constantFrom(0, 100, 5_100, 20_000),
      status: fc.constantFrom(200, 200, 200, 500),
    }),
  },
);

/** One subscription, as its client has it. */
interface Copy {
  readonly callId: string;
  readonly who: number;
  readonly toTag: string;
  readonly watched: WatchedPresence;
  cseq: number;
  etag: string;
  state: string;
  /** What came last did not arrive. */
  lost: boolean;
  /** Asked not to be told before its next SUBSCRIBE. */
  quiet: boolean;
}

/** Always there, so that a difference is shorter than the whole. */
const LONG = Array.from(
  { length: 5 },
  (_, i) => tuple("open", `<contact>sip:long-${i}@example.test</contact>`, `l${i}`),
);

function content(slots: readonly number[]): string {
  if (slots[0] === 9 && slots.length === 1) return "";
  return LONG.join("") +
    slots.map((what, i) =>
      what === 0
        ? ""
        : what < 8
        ? tuple(what % 2 === 0 ? "open" : "closed", NOTES[what >> 1], `t${i}`)
        : i === 0
        ? person(what === 8 ? "busy" : "away")
        : ""
    ).join("");
}

class Run {
  readonly world = new PresenceWorld();
  readonly copies: Copy[] = [];
  partials = 0;

  async step(step: Step): Promise<void> {
    const { world } = this;
    switch (step.kind) {
      case "publish":
        return world.publish("bob", content(step.slots));
      case "hide":
      case "show":
        return world.hide("bob", step.kind === "hide");
      case "rule": {
        const handling = step.what === 0 ? "polite-block" : step.what === 1 ? "confirm" : "allow";
        const provided: Partial<ProvidedPresence> = step.what === 2
          ? { persons: [] }
          : step.what === 3
          ? { attributes: ["note"] }
          : {};
        return world.rule("bob", WATCHERS[step.who], handling, provided);
      }
      case "subscribe":
        if (this.copies.length < 4) await this.subscribe(step.who, step.partial, step.rate);
        return;
      case "refresh":
        return await this.refresh(this.copies[step.which], step.partial, step.match);
      case "pass":
        return this.take(await world.after(step.ms, step.status), step.status);
    }
  }

  async subscribe(who: number, partial: boolean, rate: number): Promise<Copy> {
    const callId = `c${this.copies.length}`;
    const event = rate === 0 ? "presence" : rate === 1 ? "presence;max-rate=0.1" : "presence;min-rate=0.1";
    const { toTag } = this.world.ask({ watcher: WATCHERS[who], callId, event, accept: partial ? BOTH : WHOLE });
    const watched = new WatchedPresence();
    const copy = { callId, who, toTag, watched, cseq: 1, etag: "", state: "", lost: false, quiet: false };
    this.copies.push(copy);
    this.take(await this.world.after(), 200);
    return copy;
  }

  async refresh(copy: Copy | undefined, partial: boolean, match: number): Promise<void> {
    if (copy === undefined || copy.state.startsWith("terminated")) return;
    const { callId, toTag, etag } = copy;
    const tag = match === 1 && etag !== "" && !copy.lost ? etag : match === 2 ? "*" : "";
    const more = tag === "" ? "" : `Suppress-If-Match: ${tag}\r\n`;
    const watcher = WATCHERS[copy.who];
    copy.quiet = false;
    const { status } = this.world.ask({
      watcher,
      callId,
      toTag,
      cseq: ++copy.cseq,
      accept: partial ? BOTH : WHOLE,
      more,
    });
    assert.ok(status === 200 || status === 204, `${status}`);
    copy.quiet = tag === "*";
    this.take(await this.world.after(), 200);
  }

  take(notified: readonly Notified[], status: number): void {
    for (const { callId, state, text, etag } of notified) {
      const copy = this.copies.find((one) => one.callId === callId)!;
      copy.lost = status !== 200;
      copy.state = state;
      if (copy.lost) continue;
      if (text === "") continue;
      copy.etag = etag;
      const outcome = copy.watched.receive(parsePresenceXml(text));
      assert.ok(outcome === "replaced" || outcome === "changed", `${callId} ${outcome}: ${text}`);
      if (outcome === "changed") this.partials++;
    }
  }

  async end(): Promise<void> {
    for (let i = 0; i < 10; i++) this.take(await this.world.after(20_000), 200);
    // Whoever refused too much is gone.
    const held = [...this.world.sip.server.subscriptions("presence", BOB)].map(({ dialog }) => dialog.callId);
    for (const copy of [...this.copies]) {
      if (!held.includes(copy.callId) || copy.quiet || copy.state.startsWith("terminated")) continue;
      // Whoever waits to be let in is told nothing, and what it had is none.
      if (copy.state.startsWith("pending")) continue;
      const { watched, callId } = await this.subscribe(copy.who, false, 0);
      const fresh = this.copies.find((one) => one.callId === callId)!;
      assert.equal(copy.state.split(";")[0], fresh.state.split(";")[0], copy.callId);
      const say = ({ document }: WatchedPresence) => document?.root.children.map(meaning).join("\n");
      assert.equal(say(copy.watched), say(watched), copy.callId);
    }
  }
}

Deno.test("what a watcher makes of whole states and differences is what it would see whole, whatever is lost between", async () => {
  let partials = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(STEP, { minLength: 4, maxLength: 30 }), async (steps) => {
      const run = new Run();
      await run.subscribe(0, true, 0);
      for (const step of steps) await run.step(step);
      await run.end();
      partials += run.partials;
    }),
    { numRuns: 15 },
  );
  assert.ok(partials > 0, `${partials}`);
});
