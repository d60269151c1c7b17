import assert from "node:assert/strict";
import fc from "fast-check";
import type { Contents } from "../../../storage/mod.ts";
import { aor, Device, RoomsWorld } from "../../controlling/rooms/testing/rooms_world.ts";
import { FakeContents } from "../../deferred/intake/testing/fake_store.ts";
import { FakeDesk } from "../sessions/testing/fake_desk.ts";
import { RecordedRooms } from "./recorded_rooms.ts";

const NAMES = ["alice", "bob", "carol", "dave"];
/** The last one wants nothing recorded. */
const RECORDERS = 3;

type Step =
  | { readonly do: "say"; readonly who: number; readonly to: number | null; readonly isLong: boolean }
  | { readonly do: "join" | "cut" | "leave"; readonly who: number }
  | { readonly do: "commit" | "write" | "settle"; readonly who?: undefined };

const who = fc.nat(NAMES.length - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("say" as const),
      who,
      to: fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, who),
      isLong: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("join" as const), who }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("cut" as const, "leave" as const), who }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom("commit" as const, "write" as const, "settle" as const) }) },
);

/** One participant with one device at a time. */
class Client {
  device: Device | null = null;
  readonly heard: string[] = [];
  /** Said, and acknowledged. */
  readonly acknowledged: string[] = [];

  collect(): void {
    this.heard.push(...(this.device?.got ?? []));
    this.device = null;
  }
}

class Run {
  readonly desk = new FakeDesk();
  readonly contents = new FakeContents();
  readonly clients = NAMES.map(() => new Client());
  readonly waiting = new Set<Promise<void>>();
  world!: RoomsWorld;
  room!: ReturnType<RoomsWorld["group"]>;
  #count = 0;

  static async make(): Promise<Run> {
    const run = new Run();
    for (const name of NAMES.slice(0, RECORDERS)) run.desk.wishes.add(aor(name));
    const recorder = new RecordedRooms({
      desk: run.desk,
      contents: run.contents as unknown as Contents,
      isUser: () => true,
      command: () => null,
    });
    run.world = await RoomsWorld.make({ limits: { rate: 1e6, burst: 1e6 }, recorder });
    run.room = run.world.group();
    for (const n of [0, 1]) run.join(n);
    await run.world.settled();
    run.desk.manual = true;
    run.contents.slow = true;
    return run;
  }

  join(n: number): void {
    this.clients[n].device ??= Device.join(this.world, this.room, NAMES[n]);
  }

  say(n: number, to: number | null, isLong: boolean): void {
    const client = this.clients[n];
    if (client.device === null) return;
    const text = `${this.#count++}${isLong ? "x".repeat(20_000) : ""}`;
    const answer = client.device.say(text, to === null ? {} : { to: aor(NAMES[to]) }).then((status) => {
      if (status === 200) client.acknowledged.push(text);
      else assert.ok([404, 481].includes(status), `${status}`);
    });
    this.waiting.add(answer);
    answer.finally(() => this.waiting.delete(answer));
  }

  async carryOut(one: Step): Promise<void> {
    if (one.do === "say") return this.say(one.who, one.to, one.isLong);
    if (one.do === "join") return this.join(one.who);
    if (one.do === "commit") return this.desk.commit();
    if (one.do === "write") return this.contents.drain();
    if (one.who === undefined) return await this.world.settled();
    const client = this.clients[one.who];
    const { device } = client;
    if (device === null) return;
    client.collect();
    if (one.do === "cut") device.cut();
    else device.seat.leave("departed");
  }

  /** Nothing is on its way any more. */
  async finish(): Promise<void> {
    this.desk.manual = this.contents.slow = false;
    while (this.waiting.size > 0) {
      this.contents.drain();
      this.desk.commit();
      await this.world.settled();
    }
    for (const client of this.clients) client.collect();
  }

  /** What one has recorded, in the order of the record. */
  recorded(n: number): string[] {
    const owner = aor(NAMES[n]);
    return this.desk.opened.flatMap(({ kept }) =>
      kept.filter(({ owners }) => owners.includes(owner)).map(({ message: { body, content } }) => {
        const octets = content === null ? body : this.contents.octetsOf(content);
        return new TextDecoder().decode(octets).split("\r\n\r\n")[2];
      })
    );
  }
}

Deno.test("property: joins, cuts, departures and slow stores as they come: who records has all that they heard and said, once, in order", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 50 }), async (steps) => {
      const run = await Run.make();
      for (const one of steps) await run.carryOut(one);
      await run.finish();
      for (const [n, { heard, acknowledged }] of run.clients.entries()) {
        const recorded = run.recorded(n);
        if (n >= RECORDERS) {
          assert.deepEqual(recorded, []);
          continue;
        }
        const numbers = recorded.map((text) => parseInt(text));
        assert.deepEqual(numbers, [...new Set(numbers)].sort((a, b) => a - b), `${NAMES[n]}: order`);
        for (const text of [...heard, ...acknowledged]) {
          assert.ok(recorded.includes(text), `${NAMES[n]} lacks ${text.slice(0, 10)}`);
        }
      }
      run.world.end();
    }),
    { numRuns: 200 },
  );
});
