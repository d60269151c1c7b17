import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import { FakeTime } from "../../../foundation/testing.ts";
import { FakeBrowser, FakePage } from "./testing/fake_page.ts";
import { FakeService, type Fate } from "./testing/fake_service.ts";

const ALICE = "sip:alice@example.test", BOB = "sip:bob@example.test";

/** What happens: to alice's first or second tab of one browser, her other device, or bob. */
type Step =
  | { readonly do: "send" | "cut" | "connect" | "reload" | "seen" | "restFails"; readonly who: number }
  | { readonly do: "fate"; readonly who: number; readonly fate: Fate }
  | { readonly do: "pass"; readonly ms: number }
  | { readonly do: "restart" };

const who = fc.integer({ min: 0, max: 3 });
const steps = (restarts: boolean): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.oneof(
      { weight: 6, arbitrary: fc.record({ do: fc.constant("send" as const), who }) },
      {
        weight: 4,
        arbitrary: fc.record({
          do: fc.constantFrom("cut" as const, "connect" as const, "reload" as const, "seen" as const),
          who,
        }),
      },
      { weight: 1, arbitrary: fc.record({ do: fc.constant("restFails" as const), who }) },
      {
        weight: 3,
        arbitrary: fc.record({
          do: fc.constant("fate" as const),
          who,
          fate: fc.constantFrom<Fate>("lost", "answer lost", "answer lost"),
        }),
      },
      { weight: 4, arbitrary: fc.record({ do: fc.constant("pass" as const), ms: fc.integer({ min: 0, max: 9_000 }) }) },
      ...(restarts ? [{ weight: 1, arbitrary: fc.constant<Step>({ do: "restart" }) }] : []),
    ),
    { maxLength: 60, size: "max" },
  );

class Story {
  readonly time = new FakeTime();
  readonly service = new FakeService(this.time);
  readonly pages: FakePage[] = [];
  readonly #recording: "on" | "off";
  #said = 0;

  constructor(records: boolean, skew: number) {
    this.service.records = records;
    this.service.skew = skew;
    this.#recording = records ? "on" : "off";
    const browser = new FakeBrowser();
    this.pages.push(
      this.#page(0, ALICE, browser),
      this.#page(1, ALICE, browser),
      this.#page(2, ALICE),
      this.#page(3, BOB),
    );
    for (const page of this.pages) page.connect();
  }

  async take(step: Step): Promise<void> {
    if (step.do === "pass") return await this.pass(step.ms);
    if (step.do === "restart") return this.service.restart();
    const page = this.pages[step.who];
    const other = step.who === 3 ? ALICE : BOB;
    switch (step.do) {
      case "send":
        // By whom, and that one's number.
        assert.equal(page.with(other).send(`${step.who}:${this.#said++}`), null);
        return;
      case "cut":
        return page.cut();
      case "connect":
        page.restFails = false;
        return page.connect();
      case "reload": {
        const wasOnline = page.client.online;
        const next = this.pages[step.who] = this.#page(step.who, page.client.uri, page.close());
        if (wasOnline) next.connect();
        return;
      }
      case "seen":
        return page.with(other).seen();
      case "restFails":
        page.restFails = true;
        return;
      case "fate":
        page.client.fates.push(step.fate);
    }
  }

  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 500) {
      for (let i = 0; i < 3; i++) await setImmediate();
      this.time.advance(Math.min(500, left));
    }
    for (let i = 0; i < 5; i++) await setImmediate();
  }

  /** Everything is well again, for long enough. */
  async settle(): Promise<void> {
    for (const page of this.pages) {
      page.restFails = false;
      page.client.fates.length = 0;
      page.connect();
    }
    await this.pass(150_000);
    // A last look, as one who comes to the page would have it.
    for (const page of this.pages) {
      page.cut();
      page.connect();
    }
    await this.pass(10_000);
  }

  get said(): number {
    return this.#said;
  }
  #page(who: number, uri: string, browser?: FakeBrowser): FakePage {
    return new FakePage(this.service, uri, browser, this.#recording, `page-${who}`);
  }
}

function textsOf(page: FakePage): string[] {
  return page.with(page.client.uri === ALICE ? BOB : ALICE).messages.peek().flatMap(({ part }) =>
    part.kind === "text" ? [part.text] : []
  );
}

/** Those of one page, in the order in which they stand, are in the order in which they were written. */
function assertOrder(texts: readonly string[], what: string): void {
  for (let who = 0; who < 4; who++) {
    const mine = texts.filter((text) => text.startsWith(`${who}:`)).map((text) => Number(text.slice(2)));
    assert.deepEqual(mine, mine.toSorted((a, b) => a - b), `${what}: order of ${who}`);
  }
}

Deno.test("recorded: whatever is cut, lost, loaded again or started anew, each message is taken and shown once, in order, and unread is right", async () => {
  await fc.assert(
    fc.asyncProperty(steps(true), fc.integer({ min: -600_000, max: 600_000 }), async (list, skew) => {
      const story = new Story(true, skew);
      for (const step of list) await story.take(step);
      await story.settle();
      const taken = story.service.taken.map(({ text }) => text);
      assert.equal(taken.length, story.said, `taken: ${taken}`);
      assert.equal(new Set(taken).size, story.said);
      for (const [i, page] of story.pages.entries()) {
        const other = i === 3 ? ALICE : BOB;
        for (let pages = 0; pages < 30 && page.with(other).older.peek() === "some"; pages++) {
          await page.with(other).loadOlder();
        }
        assert.deepEqual(textsOf(page), taken, `page ${i}`);
        assert.equal(page.with(other).unread.peek(), story.service.mark(page.client.uri, other).unread, `unread ${i}`);
        assert.ok(page.with(other).messages.peek().every(({ own, state }) => !own || state.peek() !== "failed"));
        assert.equal(page.conversations.queued.peek(), 0);
      }
      for (const page of story.pages) page.with(page.client.uri === ALICE ? BOB : ALICE).seen();
      await story.pass(70_000);
      for (const page of story.pages) assert.equal(page.conversations.unread.peek(), 0);
      assert.equal(story.service.mark(ALICE, BOB).unread + story.service.mark(BOB, ALICE).unread, 0);
    }),
    { numRuns: 60 },
  );
});

Deno.test("not recorded: each message is taken once, and shown once wherever it is shown, in the order in which it was written", async () => {
  await fc.assert(
    fc.asyncProperty(steps(false), async (list) => {
      const story = new Story(false, 0);
      for (const step of list) await story.take(step);
      await story.settle();
      const taken = story.service.taken.map(({ text }) => text);
      assert.equal(new Set(taken).size, taken.length, `twice: ${taken}`);
      assert.equal(taken.length, story.said, `taken: ${taken}`);
      for (const [i, page] of story.pages.entries()) {
        const texts = textsOf(page);
        assert.equal(new Set(texts).size, texts.length, `page ${i}: ${texts}`);
        assert.equal(page.conversations.queued.peek(), 0);
      }
      assertOrder(textsOf(story.pages[3]), "bob");
    }),
    { numRuns: 60 },
  );
});
