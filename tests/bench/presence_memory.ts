/** Memory of a box for each subscription, once it has come to rest: see memory.ts. */
import { passwordOf } from "../support/parley.ts";
import { memoryOf } from "./memory.ts";
import { PresenceLoad } from "./presence_load.ts";
import { rest, startBox, until } from "./presence_servers.ts";
import { addressOf, FULL_STATE, type SubscribeText } from "./presence_texts.ts";

const PRESENTITIES = 1_000;
/** A watcher may have 200 subscriptions. */
const WATCHERS = 1_000;
/** Timer J (32 s) empties the transaction tables; then come quiet looks at the memory, ten seconds apart. */
const AFTER_BURST_MS = 90_000;

/** Prints memory with so many subscriptions in all, each figure more than the one before; minutes for each. */
export async function measureMemory(steps: readonly number[]): Promise<void> {
  const presentities = Array.from({ length: PRESENTITIES }, (_, i) => `p${i}`);
  const watchers = Array.from({ length: WATCHERS }, (_, i) => `w${i}`);
  await using box = await startBox(
    [...presentities, ...watchers].map((name) => ({ name, password: passwordOf(name) })),
    "",
  );
  const load = await PresenceLoad.open(box.port, "udp");
  try {
    await load.many(PRESENTITIES, 40, (n, done) => load.publish(presentities[n], 1, done));
    await rest(AFTER_BURST_MS);
    const before = memoryOf(box.pid);
    line(`${PRESENTITIES} publications, nobody watches`, before);
    let held = 0;
    for (const step of steps) {
      const texts: SubscribeText[] = [];
      for (; held < step; held++) {
        // Every watcher has as many as every other, each to another presentity.
        const round = Math.floor(held / WATCHERS);
        const target = addressOf(presentities[(held + 7 * round) % PRESENTITIES]);
        texts.push({ watcher: watchers[held % WATCHERS], target, lines: FULL_STATE });
      }
      const subscribed = await load.subscribe(texts);
      await until("the first states", () => subscribed.every(({ state }) => state === 1), 60_000);
      line(`right after ${step} subscriptions`, memoryOf(box.pid));
      await rest(AFTER_BURST_MS);
      const after = memoryOf(box.pid);
      line(`${step} subscriptions, at rest`, after);
      const each = (kind: "resident" | "anonymous"): string => ((after[kind] - before[kind]) * 1024 / step).toFixed(2);
      console.log(
        `memory | a subscription of ${step} | ${each("resident")} KB resident, ${each("anonymous")} KB anonymous`,
      );
    }
    if (load.refused.size > 0) console.log(`WRONG: ${[...load.refused].map(([what, times]) => `${times} ${what}`)}`);
  } finally {
    await load.close();
  }
}

function line(what: string, { resident, anonymous }: { resident: number; anonymous: number }): void {
  console.log(`memory | ${what} | ${resident.toFixed(1)} MB resident, ${anonymous.toFixed(1)} MB of it anonymous`);
}
