import { deepEqual, equal } from "node:assert/strict";
import { signal } from "@preact/signals-core";
import { FakeTime } from "../../../foundation/testing.ts";
import type { Reason, SentMessage } from "../../../client/mod.ts";
import type { LinkState } from "../../model/mod.ts";
import { MemoryStore } from "../memory_store.ts";
import { newIdentity } from "./new_identity.ts";
import { Outgoing } from "./outgoing.ts";

/** What is sent, with a test in the place of the service. */
class Line {
  readonly time = new FakeTime();
  readonly state = signal<LinkState>("online");
  readonly given: string[] = [];
  readonly told: string[] = [];
  readonly store = new MemoryStore();
  /** Who asks for a record waits for this. */
  recorded = Promise.resolve<boolean | null>(false);
  readonly outgoing: Outgoing;

  constructor() {
    const { state, store, time } = this;
    this.outgoing = new Outgoing({ link: { state } as never, timers: time.timers, store }, "here", {
      give: ({ id, to, text }): SentMessage => {
        this.given.push(text);
        return { id, to, mode: "pager", state: "waiting", deferred: false, chat: null };
      },
      isRecorded: () => this.recorded,
      changed: ({ text }, now) => void this.told.push(`${text} ${now}`),
    });
  }

  /** Gives its id. */
  write(text: string, key = "bob"): string {
    const identity = newIdentity();
    const to = `sip:${key}@example.test`;
    this.outgoing.add({ ...identity, key, to, whisper: "", people: null, contentType: "text/plain", text, at: 1 });
    return identity.id;
  }

  answer(id: string, state: "sent" | "failed", reason: Partial<Reason> = {}): void {
    const message = { id, to: "", mode: "pager", state, deferred: false, chat: null } as const;
    this.outgoing.told(message, state === "sent" ? null : { status: 408, text: "", retryAfter: 0, ...reason });
  }
}

Deno.test("the next goes also where the recipient's word was faster than the service's", () => {
  const line = new Line();
  const first = line.write("one");
  line.write("two");
  deepEqual(line.given, ["one"]);
  line.outgoing.settled(first);
  deepEqual(line.given, ["one", "two"]);
  line.answer(first, "sent");
  equal(line.outgoing.queued.peek(), 1);
});

Deno.test("what is taken off while its record is looked for does not go any more; what is behind it does", async () => {
  const line = new Line();
  const first = line.write("one");
  line.write("two");
  line.answer(first, "failed");
  let found = (_is: boolean) => {};
  line.recorded = new Promise((resolve) => found = resolve);
  line.time.advance(1_000);
  line.outgoing.discard(first);
  found(false);
  await line.recorded;
  await Promise.resolve();
  deepEqual(line.given, ["one", "two"]);
  deepEqual(line.store.keys().length, 1);
});

Deno.test("each conversation rests for its own time", async () => {
  const line = new Line();
  const slow = line.write("slow"), fast = line.write("fast", "carol");
  line.answer(slow, "failed", { retryAfter: 30 });
  line.answer(fast, "failed");
  line.time.advance(2_000);
  await line.recorded;
  await Promise.resolve();
  deepEqual(line.given, ["slow", "fast", "fast"]);
  line.time.advance(29_000);
  await line.recorded;
  await Promise.resolve();
  deepEqual(line.given, ["slow", "fast", "fast", "slow"]);
});

Deno.test("what the store has is not trusted: what is no message of ours is taken away", () => {
  const line = new Line();
  line.write("one");
  line.store.set("out.x", '{"id":"x"}');
  line.store.set("out.y", "7");
  line.store.set("out.z", "{");
  deepEqual(line.outgoing.stored().map(({ text }) => text), ["one"]);
  equal(line.store.keys().length, 1);
});
