/** A box that starts again with live subscriptions and publications: over UDP nobody notices. */
import { type ParleyProcess, passwordOf } from "../support/parley.ts";
import { PresenceLoad } from "./presence_load.ts";
import { calm, rest, startBox } from "./presence_servers.ts";
import { FULL_STATE } from "./presence_texts.ts";
import { Watching } from "./presence_work.ts";

/** What was written "within a second" is there after a power cut that comes later than that. */
const SETTLED_MS = 3_000;
/** How long NOTIFYs are looked for that tell nothing new. */
const QUIET_MS = 15_000;
const REFRESHES = 100;

/** Prints how long a restart takes, and what the watchers see of it: an orderly one and one after a kill. */
export async function measureRestart(presentities: number, each: number): Promise<void> {
  const names = Array.from({ length: presentities }, (_, i) => `p${i}`);
  const watchers = Array.from({ length: Math.max(each, 200) }, (_, i) => `w${i}`);
  await using box = await startBox(
    [...names, ...watchers].map((name) => ({ name, password: passwordOf(name) })),
    "",
  );
  const load = await PresenceLoad.open(box.port, "udp");
  try {
    const server = { kind: "parley", port: box.port, pids: () => [box.pid], stop: () => box.stop() } as const;
    const watching = await Watching.open(server, load, names, watchers, each, FULL_STATE);
    for (const how of ["stop", "kill"] as const) await once(box, load, watching, how);
  } finally {
    await load.close();
  }
}

async function once(box: ParleyProcess, load: PresenceLoad, watching: Watching, how: "stop" | "kill"): Promise<void> {
  await rest(SETTLED_MS);
  const before = load.notifies;
  const stopped = performance.now();
  await (how === "stop" ? box.stop() : box.kill());
  const started = performance.now();
  await box.run();
  const ready = performance.now();
  await rest(QUIET_MS);
  const what = `restart after ${how}, ${watching.size} subscriptions`;
  console.log(
    `${what} | down after ${(started - stopped).toFixed(0)} ms, ready ${(ready - started).toFixed(0)} ms later | ` +
      `${load.notifies - before} NOTIFYs although nothing had changed`,
  );
  const { us, seconds, notifies, publishes } = await watching.change();
  console.log(
    `${what} | then ${publishes} PUBLISH (with their tags of before), ${notifies} NOTIFYs | ` +
      `all told after ${seconds.toFixed(1)} s, ${(us / notifies).toFixed(1)} µs a NOTIFY, PUBLISH included`,
  );
  await load.many(REFRESHES, 20, (n, done) => load.refresh(n, FULL_STATE, done));
  await calm(load);
  const wrong = watching.wrong(0);
  if (wrong !== "") console.log(`WRONG: ${what}: ${wrong}`);
}
