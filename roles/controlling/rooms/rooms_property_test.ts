import assert from "node:assert/strict";
import fc from "fast-check";
import { Device, RoomsWorld } from "./testing/rooms_world.ts";

const NAMES = ["alice", "bob", "carol", "dave"];

type Step =
  | { readonly do: "say"; readonly who: number; readonly to: number | null; readonly large: boolean }
  | { readonly do: "join" | "cut" | "leave" | "stall" | "go"; readonly who: number }
  | { readonly do: "wait" | "settle" | "kill" | "stop"; readonly who?: undefined };

const who = fc.nat(NAMES.length - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("say" as const),
      who,
      to: fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, who),
      large: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("join" as const), who }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("cut" as const, "stall" as const, "go" as const), who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("leave" as const), who }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("wait" as const, "settle" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("kill" as const, "stop" as const) }) },
);

/** One participant, with one device at a time, as a client sees it: what it got of each stay, and what is due to it. */
class Client {
  device: Device | null = null;
  /** Is in, or was cut off. */
  belongs = false;
  /** Texts in the order they came; over cuts and restarts, until it leaves. */
  got: string[] = [];
  due: string[] = [];
  /** What it said itself: its next device may get that, as any other device of the same participant would. */
  readonly own = new Set<string>();
  /** Came in so lately that it may not be written yet: after a crash it may be nobody. */
  fresh = false;
  /** The box was killed since it joined: it may get again what it had. */
  again = false;
}

class Run {
  readonly world: RoomsWorld;
  readonly clients = NAMES.map(() => new Client());
  room;
  count = 0;
  /** Said, in flight or answered. */
  readonly waiting = new Set<Promise<void>>();
  private constructor(world: RoomsWorld) {
    this.world = world;
    this.room = world.group();
  }
  static async make(): Promise<Run> {
    return new Run(await RoomsWorld.make({ limits: { rate: 1e6, burst: 1e6 } }));
  }

  join(n: number): void {
    const client = this.clients[n];
    if (client.device !== null) return;
    client.device = Device.join(this.world, this.room, NAMES[n]);
    client.belongs = client.fresh = true;
  }
  /** What it got so far goes into the account. */
  collect(n: number): void {
    const client = this.clients[n];
    client.got.push(...(client.device?.got ?? []).filter((text) => !client.own.has(text)));
    client.device = null;
  }
  out(n: number): void {
    const client = this.clients[n];
    client.belongs = false;
    this.check(n, false);
    [client.got, client.due, client.again] = [[], [], false];
  }

  say(n: number, to: number | null, large: boolean): void {
    const client = this.clients[n];
    if (client.device === null) return;
    const text = `${this.count++}${large ? "x".repeat(70_000) : ""}`;
    client.own.add(text);
    const options = to === null ? {} : { to: `sip:${NAMES[to]}@example.test` };
    const answer = client.device.say(text, options).then((status) => {
      if (status !== 200) return assert.ok([404, 481].includes(status), `${status}`);
      for (const [m, other] of this.clients.entries()) {
        if (other.belongs && m !== n && (to === null || to === m)) other.due.push(text);
      }
    });
    this.waiting.add(answer);
    answer.finally(() => this.waiting.delete(answer));
  }

  /** In order, once (twice only after a crash), all that is due where it is there to the end. */
  check(n: number, toTheEnd: boolean): void {
    const { got, due, again } = this.clients[n];
    const once = [...new Set(got)];
    if (!again) assert.equal(once.length, got.length, `${NAMES[n]} got something twice`);
    const numbers = once.map((text) => parseInt(text));
    assert.deepEqual(numbers, [...numbers].sort((a, b) => a - b), `${NAMES[n]} got it in another order`);
    if (toTheEnd) {
      for (const text of due) {
        assert.ok(once.includes(text), `${NAMES[n]} lacks ${text.slice(0, 10)}, which was acknowledged`);
      }
    }
  }
}

/** Everything said is answered, so that what is due is known. */
async function quiet(run: Run): Promise<void> {
  await Promise.all(run.waiting);
  await run.world.settled();
  for (const client of run.clients) client.fresh = false;
}

async function carryOut(run: Run, one: Step): Promise<void> {
  const { world, clients } = run;
  if (one.do === "say") return run.say(one.who, one.to, one.large);
  if (one.do === "wait") {
    await quiet(run);
    return world.time.advance(1100);
  }
  if (one.do === "settle") return await quiet(run);
  if (one.do === "kill" || one.do === "stop") {
    // An answer that is under way is seen by nobody: what is due then is what was answered before.
    if (one.do === "stop") await quiet(run);
    else run.waiting.clear();
    for (const [n, client] of clients.entries()) {
      run.collect(n);
      if (one.do === "kill" && client.belongs) client.again = true;
    }
    await world.restart(one.do === "kill" ? "killed" : "stopped");
    const found = world.table.find(run.room.uri);
    if (found !== undefined) {
      run.room = found;
      for (const [n, client] of clients.entries()) {
        const { standing = "disconnected" } = found.find(`sip:${NAMES[n]}@example.test`) ?? {};
        if (!client.belongs || standing !== "disconnected") continue;
        assert.ok(client.fresh && client.due.length === 0, `${NAMES[n]} is forgotten`);
        run.out(n);
      }
    } else {
      for (const n of clients.keys()) run.out(n);
      run.room = world.group();
    }
    return;
  }
  if (one.who === undefined) return;
  const client = clients[one.who];
  if (one.do === "join") {
    // Who comes for the first time may get what is being written: what is due to it begins when that is done.
    await quiet(run);
    return run.join(one.who);
  }
  if (client.device === null) return;
  if (one.do === "stall") client.device.leg.stalled = true;
  else if (one.do === "go") {
    client.device.leg.stalled = false;
    client.device.leg.work();
  } else {
    const { device } = client;
    run.collect(one.who);
    if (one.do === "cut") return device.cut();
    await quiet(run);
    device.seat.leave("departed");
    run.out(one.who);
  }
}

Deno.test("[DLV-1] [DLV-2] property: joins, cuts, stalls, stops and crashes as they come: everybody gets all that was acknowledged, in order, once (twice only after a crash)", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
      const run = await Run.make();
      for (const n of [0, 1, 2]) run.join(n);
      for (const one of steps) await carryOut(run, one);
      await quiet(run);
      for (const [n, client] of run.clients.entries()) {
        if (!client.belongs) continue;
        if (client.device === null) run.join(n);
        await run.world.settled();
        client.device!.leg.stalled = false;
        client.device!.leg.work();
        run.collect(n);
        run.check(n, true);
      }
      run.world.time.advance(2100);
      assert.equal(run.world.messages.count, 0, "what everybody has had is gone");
      run.world.end();
    }),
    { numRuns: 150 },
  );
});
