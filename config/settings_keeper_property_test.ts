import assert from "node:assert/strict";
import fc from "fast-check";
import { OperationError } from "../operations/mod.ts";
import { KeeperWorld } from "./testing.ts";

/** One setting of each sort: at once, by a restart, to be confirmed. */
const KEYS = ["pager.max_body", "timers.t1", "admission.burst"] as const;
const WEB = "listen.web";

type Values = Readonly<Record<string, unknown>>;

/** What must hold, said as simply as can be: no stored forms, no timers. */
class Model {
  confirmed: Values = {};
  candidate: Values | null = null;
  /** In force by a handover; monotonic ms by which it ends. */
  until: number | null = null;
  /** What was in force as this life began, for settings that are not live. */
  started: Values = {};

  begin(handedOver: boolean, now: number): void {
    if (this.candidate !== null && handedOver) this.until ??= now + 60_000;
    if (this.candidate !== null && (!handedOver || now >= this.until!)) this.giveUp();
    this.started = this.candidate ?? this.confirmed;
  }
  giveUp(): void {
    this.candidate = null;
    this.until = null;
  }
  get live(): Values {
    return this.candidate !== null && this.until !== null ? this.candidate : this.confirmed;
  }
}

const change = fc.record({
  do: fc.constant("change" as const),
  changes: fc.uniqueArray(
    fc.oneof(
      fc.tuple(fc.constantFrom(...KEYS), fc.option(fc.integer({ min: 200, max: 203 }))),
      fc.tuple(fc.constant(WEB), fc.option(fc.constantFrom(["http://127.0.0.1:1"], ["http://127.0.0.1:2"], []))),
    ),
    { minLength: 1, maxLength: 3, selector: ([key]) => key },
  ),
});
const step = fc.oneof(
  { weight: 5, arbitrary: change },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constantFrom("confirm", "revert", "kill", "restart", "restart", "fail") }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("pass" as const), seconds: fc.constantFrom(1, 20, 58, 61, 200) }),
  },
);

function with_(values: Values, changes: readonly (readonly [string, unknown])[]): Values {
  const next: Record<string, unknown> = { ...values };
  for (const [key, value] of changes) {
    if (value === null) delete next[key];
    else next[key] = value;
  }
  return next;
}

const DEFAULTS: Values = {
  "pager.max_body": 1300,
  "timers.t1": 500,
  "admission.burst": 4000,
  [WEB]: ["http://127.0.0.1:8080"],
};

function inForce({ keeper: { config } }: KeeperWorld): Values {
  return {
    "pager.max_body": config.pager.max_body,
    "timers.t1": config.timers.t1,
    "admission.burst": config.admission.burst,
    [WEB]: config.listen.web.map(({ transport, host, port }) => `${transport}://${host}:${port}`),
  };
}

/** Does the step, or is refused; true where it was done. */
async function done(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    assert.ok(error instanceof OperationError, String(error));
    return false;
  }
}

Deno.test("whatever happens, in force are the confirmed settings, or a candidate handed over whose time is not up", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const world = await KeeperWorld.start();
      const model = new Model();
      const now = () => world.time.monotonic();
      for (const one of steps) {
        if (one.do === "change") {
          const { changes } = one as { changes: [string, unknown][] };
          const wanted = changes.map(([key, value]) => ({ key, value }));
          const { keeper } = world;
          const before = keeper.version;
          const took = await done(keeper.change(wanted, { by: "admin:a", version: null, dry_run: false }));
          assert.equal(took, model.candidate === null, "refused while another waits, and only then");
          if (took && keeper.version > before) {
            const next = with_(model.confirmed, changes);
            if (keeper.candidate === null) model.confirmed = next;
            else model.candidate = next;
          }
        } else if (one.do === "confirm") {
          const may = model.candidate !== null && model.until !== null && now() < model.until;
          assert.equal(await done(world.keeper.confirm("admin:a")), may);
          if (may) {
            model.confirmed = model.candidate!;
            model.giveUp();
          }
        } else if (one.do === "revert") {
          assert.equal(await done(world.keeper.revert("admin:a")), model.candidate !== null);
          model.giveUp();
        } else if (one.do === "kill") {
          await world.kill();
          model.giveUp();
          model.begin(false, now());
        } else if (one.do === "restart") {
          await world.restart();
          model.begin(true, now());
        } else if (one.do === "fail") {
          await world.restartFails("address in use");
          model.giveUp();
          model.begin(false, now());
        } else {
          await world.pass((one as { seconds: number }).seconds);
          const asked = model.candidate !== null && model.until === null;
          if (model.until !== null && now() >= model.until) model.giveUp();
          // Asked for and never restarted: the keeper gives up after the time to confirm and its grace.
          if (asked && world.keeper.candidate === null) model.giveUp();
        }
        const expected = { ...DEFAULTS };
        for (const key of [...KEYS, WEB]) {
          const from = key === "pager.max_body" ? model.live : model.started;
          if (Object.hasOwn(from, key)) (expected as Record<string, unknown>)[key] = from[key];
        }
        assert.deepEqual(inForce(world), expected);
        assert.equal(world.keeper.candidate === null, model.candidate === null);
        // A candidate that is over is on its way out.
        if (model.candidate === null && String(inForce(world)[WEB]) !== String(model.confirmed[WEB] ?? DEFAULTS[WEB])) {
          assert.notEqual(world.asked, null);
        }
      }
      // Whatever it was: the next start of the process has the confirmed ones, all of them.
      await world.kill();
      assert.deepEqual(inForce(world), { ...DEFAULTS, ...model.confirmed });
      assert.deepEqual(world.keeper.problems, []);
    }),
    { numRuns: 300 },
  );
});
