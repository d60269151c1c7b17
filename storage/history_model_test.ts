import assert from "node:assert/strict";
import fc from "fast-check";
import type { KvStore } from "./kv/group_commit.ts";
import type { Talk } from "./history_types.ts";
import { commitOver, FaultyKv, memoryWorld } from "./testing.ts";
import { writeContent } from "./testing_contents.ts";
import {
  append,
  facts,
  historyOver,
  MemorySlots,
  query,
  readAll,
  said,
  settled,
  type TestHistory,
} from "./testing_history.ts";

const OWNERS = ["sip:a@x", "sip:b@x", "sip:c@x"];
const PEERS = ["sip:p@x", "sip:q@x"];

interface ModelRecording {
  readonly owner: string;
  readonly with: string;
  name: string;
  subject: string;
  expiresAt: number;
  open: boolean;
  readonly said: { readonly text: string; readonly at: number; readonly octets: number }[];
  reference: string;
}

interface ModelTalk {
  readonly talk: Talk;
  /** Who records, and what they have. */
  readonly members: Map<string, ModelRecording>;
  lastAt: number;
}

const owner = fc.constantFrom(...OWNERS);
const which = fc.nat(3);
const step = fc.oneof(
  { weight: 2, arbitrary: fc.record({ what: fc.constant("begin" as const), which }) },
  {
    weight: 5,
    arbitrary: fc.record({
      what: fc.constant("join" as const),
      which,
      owner,
      peer: fc.constantFrom(...PEERS),
      days: fc.constantFrom(Infinity, 1, 2),
    }),
  },
  { weight: 2, arbitrary: fc.record({ what: fc.constant("leave" as const), which, owner }) },
  {
    weight: 16,
    arbitrary: fc.record({
      what: fc.constant("say" as const),
      which,
      to: fc.subarray(OWNERS, { minLength: 1 }),
      times: fc.constantFrom(1, 1, 1, 2, 130),
      size: fc.constantFrom(10, 200, 16_000, 70_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("close" as const), which }) },
  { weight: 3, arbitrary: fc.record({ what: fc.constant("remove" as const), owner, which }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("remove owner" as const), owner }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant("change" as const), owner, which, name: fc.string() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant("mark" as const),
      owner,
      peer: fc.constantFrom(...PEERS),
      at: fc.nat(9),
      back: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("a day passes" as const) }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant("restart" as const) }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant("settle" as const) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("full disk" as const), which, to: fc.subarray(OWNERS) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** The store of one life of the box: after its end nothing reaches it any more, as after a kill. */
class Life extends FaultyKv {
  readonly #inner: Deno.Kv;
  readonly #going = new Set<Promise<unknown>>();
  #over = false;

  constructor(inner: Deno.Kv) {
    super(inner);
    this.#inner = inner;
  }

  override atomic(): Deno.AtomicOperation {
    const atomic = super.atomic();
    const commit = atomic.commit.bind(atomic);
    atomic.commit = async () => {
      if (this.#over) return await new Promise(() => {});
      const going = commit();
      this.#going.add(going);
      try {
        return await going;
      } finally {
        this.#going.delete(going);
      }
    };
    return atomic;
  }

  /** Resolves when what has begun is over. */
  async end(): Promise<Life> {
    this.#over = true;
    await Promise.allSettled(this.#going);
    return new Life(this.#inner);
  }
}

/** A history and what a simple model says of it. */
class Pair {
  readonly talks: (ModelTalk | null)[] = [null, null, null, null];
  recordings: ModelRecording[] = [];
  readonly marks = new Map<string, number>();
  readonly versions = new Map<string, number>();
  real!: TestHistory;
  day = 0;
  #count = 0;

  constructor(public kv: Life, readonly slots: MemorySlots) {}

  of(owner: string): ModelRecording[] {
    return this.recordings.filter((one) => one.owner === owner && one.said.length > 0);
  }

  async take(step: Step): Promise<void> {
    const { history } = this.real;
    switch (step.what) {
      case "begin":
        this.close(step.which);
        this.talks[step.which] = { talk: history.begin("session"), members: new Map(), lastAt: 0 };
        return;
      case "join": {
        const talk = this.talks[step.which];
        if (talk === null) return;
        const expiresAt = (this.day + step.days) * 86_400_000;
        talk.talk.join(facts(step.owner, { with: step.peer, expiresAt }));
        if (talk.members.has(step.owner)) return;
        const one = { owner: step.owner, with: step.peer, name: "", subject: "", expiresAt, open: true, said: [] };
        const recording = { ...one, reference: "" };
        this.recordings.push(recording);
        talk.members.set(step.owner, recording);
        return;
      }
      case "leave":
        return this.leave(this.talks[step.which], step.owner);
      case "say":
        return await this.say(step);
      case "close":
        return this.close(step.which);
      case "remove": {
        const mine = this.of(step.owner);
        const one = mine[step.which % Math.max(1, mine.length)];
        const expected = one === undefined ? 0 : 1;
        assert.equal(await history.remove(step.owner, [one?.reference ?? "h-none", "h-other"]), expected);
        if (one !== undefined) this.forget(one);
        return;
      }
      case "remove owner":
        await history.removeOwner(step.owner);
        for (const one of this.of(step.owner)) this.forget(one);
        // Also where nothing has been said yet.
        for (const talk of this.talks) this.leave(talk, step.owner);
        return;
      case "change": {
        const mine = this.of(step.owner);
        const one = mine[step.which % Math.max(1, mine.length)];
        if (one === undefined) return assert.equal(await history.change(step.owner, "h-none", { name: "x" }), null);
        const name = step.name.toWellFormed();
        const changed = await history.change(step.owner, one.reference, { name });
        one.name = name;
        assert.equal(changed!.name, name);
        return;
      }
      case "mark": {
        const key = `${step.owner} ${step.peer}`;
        await history.mark(step.owner, step.peer, { at: step.at, reference: "", seq: 0 }, step.back);
        const known = this.of(step.owner).some((one) => one.with === step.peer);
        if (known && (step.back || step.at > (this.marks.get(key) ?? -1))) this.marks.set(key, step.at);
        return;
      }
      case "a day passes": {
        this.day++;
        const now = this.day * 86_400_000;
        const expired = await history.expire(now);
        const gone = this.recordings.filter((one) => one.said.length > 0 && one.expiresAt <= now);
        assert.deepEqual(expired.map((one) => one.reference).sort(), gone.map((one) => one.reference).sort());
        for (const one of gone) this.forget(one);
        return;
      }
      case "settle":
        return await settled(this.real);
      case "restart":
        return await this.restart();
      case "full disk": {
        const talk = this.talks[step.which];
        if (talk === null) return;
        this.kv.fault = new TypeError("database or disk is full");
        const { error } = await append(talk.talk, said(0), ...step.to);
        this.kv.fault = null;
        const some = step.to.some((owner) => talk.members.has(owner));
        assert.equal(error?.kind, some ? "full" : undefined);
        talk.lastAt = Math.max(talk.lastAt, some ? said(0).at : 0);
        return;
      }
    }
  }

  async say({ which, to, times, size }: Step & { what: "say" }): Promise<void> {
    const talk = this.talks[which];
    if (talk === null) return;
    const told: Promise<void>[] = [];
    for (let i = 0; i < (size > 1000 ? Math.min(times, 8) : times); i++) {
      const n = ++this.#count;
      const text = `${n} `.padEnd(size, "x");
      const octets = new TextEncoder().encode(text);
      const content = size > 16_384 ? await writeContent(this.real.contents, octets) : null;
      const message = said(n % 50, {
        messageId: text.slice(0, 8),
        body: content === null ? octets : new Uint8Array(),
        content,
      });
      told.push(
        append(talk.talk, message, ...to).then(({ error, full }) => assert.deepEqual([error, full], [null, []])),
      );
      const heard = [...talk.members.values()].filter((one) => to.includes(one.owner));
      if (heard.length === 0) continue;
      talk.lastAt = Math.max(talk.lastAt, message.at);
      for (const one of heard) one.said.push({ text: message.messageId, at: talk.lastAt, octets: size });
    }
    await Promise.all(told);
    for (const one of talk.members.values()) {
      assert.equal(talk.talk.referenceOf(one.owner) === null, one.said.length === 0);
      one.reference = talk.talk.referenceOf(one.owner) ?? "";
    }
  }

  leave(talk: ModelTalk | null, owner: string): void {
    if (talk === null) return;
    talk.talk.leave(owner);
    const one = talk.members.get(owner);
    if (one !== undefined) one.open = false;
    talk.members.delete(owner);
  }

  close(which: number): void {
    const talk = this.talks[which];
    if (talk === null) return;
    talk.talk.close();
    for (const one of talk.members.values()) one.open = false;
    this.talks[which] = null;
  }

  forget(one: ModelRecording): void {
    this.recordings = this.recordings.filter((other) => other !== one);
    for (const talk of this.talks) if (talk?.members.get(one.owner) === one) talk.members.delete(one.owner);
    if (!this.of(one.owner).some((other) => other.with === one.with)) this.marks.delete(`${one.owner} ${one.with}`);
  }

  async restart(): Promise<void> {
    await this.real.world.commit.flush();
    await this.real.contents.stop();
    const { world } = this.real;
    // What it does in the background does not go on beside the next one.
    this.kv = await this.kv.end();
    this.real = await historyOver({ ...world, commit: commitOver(this.kv, world.time) }, this.slots);
    for (let which = 0; which < this.talks.length; which++) {
      for (const one of this.talks[which]?.members.values() ?? []) one.open = false;
      this.talks[which] = null;
    }
  }

  async compare(): Promise<void> {
    const { history } = this.real;
    const counted = new Set<string>();
    let octets = 0;
    for (const owner of OWNERS) {
      const mine = this.of(owner);
      const list = history.list(owner);
      assert.deepEqual(
        new Set(list.map(({ reference }) => reference)),
        new Set(mine.map(({ reference }) => reference)),
      );
      const taken = { recordings: 0, messages: 0, octets: 0 };
      for (const one of mine) {
        const shown = history.find(owner, one.reference)!;
        const first = one.said[0];
        const last = one.said[one.said.length - 1];
        const sum = one.said.reduce((all, { octets }) => all + octets, 0);
        assert.deepEqual(
          [
            shown.with,
            shown.name,
            shown.expiresAt,
            shown.open,
            shown.messages,
            shown.octets,
            shown.startedAt,
            shown.endedAt,
          ],
          [one.with, one.name, one.expiresAt, one.open, one.said.length, sum, first.at, last.at],
        );
        const messages = await readAll(history, owner, one.reference, 40);
        assert.deepEqual(
          messages.map(({ messageId, at, body, content }) => [messageId, at, content?.octets ?? body.length]),
          one.said.map(({ text, at, octets }) => [text, at, octets]),
        );
        taken.recordings++;
        taken.messages += one.said.length;
        taken.octets += sum;
        for (const { text, octets: size } of one.said) {
          if (!counted.has(text)) octets += size;
          counted.add(text);
        }
        const version = this.versions.get(one.reference) ?? 0;
        assert.ok(shown.version >= version, "a version goes back");
        this.versions.set(one.reference, shown.version);
      }
      assert.deepEqual(history.taken(owner), taken);
      const found = await history.search(owner, query(({ seq }) => seq % 3 === 0), 10_000);
      assert.equal(
        found.hits.length,
        (await Promise.all(mine.map((one) => readAll(history, owner, one.reference))))
          .flat().filter(({ seq }) => seq % 3 === 0).length,
      );
      const marks = Object.fromEntries([...history.marks(owner)].map(([peer, { at }]) => [peer, at]));
      const expected = [...this.marks].filter(([key]) => key.startsWith(`${owner} `));
      assert.deepEqual(marks, Object.fromEntries(expected.map(([key, at]) => [key.split(" ")[1], at])));
    }
    assert.deepEqual([history.messages, history.octets], [counted.size, octets]);
    assert.equal(history.recordings, OWNERS.reduce((sum, owner) => sum + this.of(owner).length, 0));
  }
}

Deno.test("recorded conversations are what a simple model says, over restarts and full disks; when all are removed nothing is left", async () => {
  const run = async (steps: readonly Step[]) => {
    let life!: Life;
    const world = await memoryWorld((kv): KvStore => life = new Life(kv));
    const pair = new Pair(life, new MemorySlots());
    pair.real = await historyOver(world, pair.slots);
    for (const step of steps) {
      await pair.take(step);
      await pair.compare();
    }
    for (const owner of OWNERS) await pair.real.history.removeOwner(owner);
    for (let which = 0; which < 4; which++) pair.close(which);
    await settled(pair.real);
    assert.equal(pair.slots.used, 0, "slots are in use");
    for await (const { key } of world.kv.list({ prefix: ["history"] })) assert.fail(`left: ${key}`);
    for await (const { key } of world.kv.list({ prefix: ["content"] })) assert.fail(`left: ${key}`);
    await pair.real.close();
  };
  const steps = fc.array(step, { minLength: 5, maxLength: 40, size: "max" });
  await fc.assert(fc.asyncProperty(steps, run), { numRuns: 80, interruptAfterTimeLimit: 40_000 });
});
