import assert from "node:assert/strict";
import { silentLog } from "../../../foundation/mod.ts";
import { type Openable, Openings } from "./openings.ts";

class Member implements Openable {
  readonly presentity = "sip:bob@example.test";
  static running = 0;
  static most = 0;
  state = "";
  readonly #prepared: Promise<void> | null;
  readonly #onOpen: () => void;
  constructor(prepared: Promise<void> | null = null, onOpen = () => {}) {
    this.#prepared = prepared;
    this.#onOpen = onOpen;
  }
  prepare(): Promise<void> | null {
    if (this.#prepared !== null) Member.most = Math.max(Member.most, ++Member.running);
    return this.#prepared;
  }
  open(): void {
    if (this.#prepared !== null) Member.running--;
    this.state = "open";
    this.#onOpen();
  }
  failed(): void {
    Member.running--;
    this.state = "failed";
  }
}

function setUp() {
  let now = 0;
  const openings = new Openings({ monotonic: () => now }, silentLog);
  return { openings, pass: (ms: number) => void (now += ms) };
}

Deno.test("members that need nothing are open at once, and in slices where that takes long", async () => {
  const { openings, pass } = setUp();
  assert.equal(openings.open([]), null);
  assert.equal(openings.open([new Member(), new Member()]), null);
  const members = Array.from({ length: 30 }, () => new Member(null, () => pass(1)));
  const opening = openings.open(members);
  assert.equal(members.filter(({ state }) => state === "open").length, 8, "8 ms at a time");
  const others = [new Member()];
  const waits = openings.open(others);
  assert.equal(others[0].state, "", "those who came first are first");
  await Promise.all([opening, waits]);
  assert.ok([...members, ...others].every(({ state }) => state === "open"));
});

Deno.test("so many are read for at the same time, and one that cannot be read stops nobody", async () => {
  const { openings } = setUp();
  let read = () => {};
  const gate = new Promise<void>((resolve) => read = resolve);
  const members = Array.from({ length: 100 }, () => new Member(gate));
  const bad = new Member(Promise.reject(new Error("the disk is gone")));
  const opening = openings.open([bad, ...members]);
  await Promise.resolve();
  assert.ok(members.every(({ state }) => state === ""));
  read();
  await opening;
  assert.equal(bad.state, "failed");
  assert.ok(members.every(({ state }) => state === "open"));
  assert.equal(Member.most, 32);
});
