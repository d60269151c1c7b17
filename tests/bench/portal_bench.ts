/**
 * `deno task bench:portal`: what users of the portal cost the box: memory and CPU for each, idle and at one message every ten seconds, and how
 * long messages take from one engine to the other; besides ten real pages in a headless browser, which talk with each other two by two: from the key
 * that sends to the other page's log, and until one's own page says that it has come.
 *
 *   deno run -A tests/bench/portal_bench.ts [--users 200] [--processes 4] [--pages 10] [--seconds 60] [--every 10000]
 *     [--page-every 2000]   (how often each page says something)
 *     [--rest 90]   (seconds until memory is looked at: what a transaction keeps is gone after 32 s)
 *
 * Users are the very engine of the page, over WebSocket, many in one process (`portal_load.ts`), on the same machine as the box; CPU is that of
 * the whole box, all its threads. The pages are those that were built last (`npm run setup`). Every message is checked: it came, once; else a line WRONG says what did not.
 */
import { hasBrowser, TestBrowser } from "../support/browser.ts";
import { ParleyProcess, users } from "../support/parley.ts";
import { Child } from "../support/process.ts";
import { memoryOf } from "./memory.ts";
import type { Heard } from "./portal_load.ts";
import { TalkingPages } from "./portal_pages.ts";
import { cpuUs, rest } from "./presence_servers.ts";

const option = (name: string, fallback: number): number => {
  const at = Deno.args.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(Deno.args[at + 1]);
};
const USERS = option("users", 200), PROCESSES = option("processes", 4), PAGES = option("pages", 10);
const SECONDS = option("seconds", 60), EVERY_MS = option("every", 10_000);
const PAGE_EVERY_MS = option("page-every", 2_000);
const AFTER_BURST_MS = option("rest", 90) * 1000;
const IDLE_MS = 30_000;
/** The last message is there by then. */
const CALM_MS = 5_000;

const wrongs: string[] = [];
const say = (text: string) => console.log(text);
const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;

/** The load of one process. */
class Load {
  readonly #child: Child;
  readonly count: number;

  constructor(origin: string, first: number, count: number) {
    this.count = count;
    const program = new URL("./portal_load.ts", import.meta.url).pathname;
    const args = ["run", "-A", "--no-check", program, origin, `${first}`, `${count}`, `${USERS}`];
    this.#child = new Child(`load ${first}`, Deno.execPath(), { args, stdin: "piped" });
  }

  async ready(): Promise<void> {
    await this.#child.printed(/^load ready$/m, 300_000);
  }

  get pid(): number {
    return this.#child.pid;
  }

  async run(round: number, seconds: number, every_ms: number): Promise<void> {
    await this.#child.write(`${JSON.stringify({ seconds, every_ms, round })}\n`);
    await this.#child.printed(new RegExp(`^said ${round}$`, "m"), seconds * 1000 + 60_000);
  }

  async report(round: number): Promise<Heard> {
    await this.#child.write(`report ${round}\n`);
    const [, json] = await this.#child.printed(new RegExp(`^heard ${round} (.*)$`, "m"), 60_000);
    wrongs.push(...this.#child.output.split("\n").filter((line) => line.startsWith("WRONG")));
    return JSON.parse(json);
  }

  stop(): Promise<void> {
    return this.#child.stop();
  }
}

/** Every message of a round came, once. */
function checks(round: number, turns: number, heard: readonly Heard[]): void {
  const times = new Map<string, number>();
  for (const { texts } of heard) for (const text of texts) times.set(text, (times.get(text) ?? 0) + 1);
  let missing = 0, doubled = 0;
  for (let n = 0; n < USERS; n++) {
    for (let turn = 0; turn < turns; turn++) {
      const text = `${round} u${n} ${turn} ${(n + USERS / 2) % USERS}`;
      const count = times.get(text) ?? 0;
      times.delete(text);
      if (count === 0) missing++;
      if (count > 1) doubled++;
    }
  }
  if (missing + doubled + times.size > 0) {
    wrongs.push(
      `WRONG: of ${USERS * turns} messages ${missing} did not come, ${doubled} came twice, ${times.size} strange`,
    );
  }
}

/** What the box takes in a while, for each user: CPU in µs a second. */
async function during(pid: number, work: () => Promise<void>): Promise<number> {
  const cpu = () => cpuUs({ pids: () => [pid] });
  const before = cpu(), began = performance.now();
  await work();
  return (cpu() - before) / ((performance.now() - began) / 1000);
}

const names = Array.from({ length: USERS }, (_, n) => `u${n}`);
const pageNames = Array.from({ length: PAGES - PAGES % 2 }, (_, n) => `p${n}`);
await using parley = await ParleyProcess.start({ users: users(...names, ...pageNames) });
const origin = `http://127.0.0.1:${parley.webPort}`;
// What the box loads with the first page is loaded now: a page that is built anew meanwhile changes nothing, and counts for nobody.
await (await fetch(`${origin}/portal`)).text();
await rest(20_000);
const memory = () => memoryOf(parley.pid);
const empty = memory();
say(`memory | the box, ${USERS + PAGES} users, nobody signed in | ${empty.resident.toFixed(1)} MB resident`);

const share = Math.ceil(USERS / PROCESSES);
const loads = Array.from(
  { length: PROCESSES },
  (_, i) => new Load(origin, i * share, Math.min(share, USERS - i * share)),
);
try {
  await Promise.all(loads.map((load) => load.ready()));
  await rest(AFTER_BURST_MS);
  const idle = memory();
  const each = (with_: typeof idle, before: typeof idle, count: number) =>
    `${((with_.resident - before.resident) * 1024 / count).toFixed(1)} KB resident, ${
      ((with_.anonymous - before.anonymous) * 1024 / count).toFixed(1)
    } KB anonymous a user`;
  say(`memory | ${USERS} users, idle | ${idle.resident.toFixed(1)} MB resident: ${each(idle, empty, USERS)}`);
  const engines = loads.reduce((sum, { pid }) => sum + memoryOf(pid).resident, 0);
  say(`memory | the engines themselves, in ${PROCESSES} processes | ${(engines / USERS).toFixed(2)} MB a user`);
  const quiet = await during(parley.pid, () => rest(IDLE_MS));
  say(
    `CPU | ${USERS} users, idle | ${(quiet / USERS).toFixed(1)} µs a second and user, ${
      (quiet / 1e4).toFixed(2)
    } % of a core`,
  );

  /** `more`: messages of the pages, in the same time. */
  const talk = async (round: number, what: string, more = 0) => {
    const turns = Math.floor(SECONDS * 1000 / EVERY_MS);
    const us = await during(parley.pid, async () => {
      await Promise.all(loads.map((load) => load.run(round, SECONDS, EVERY_MS)));
    });
    await rest(CALM_MS);
    const heard: Heard[] = [];
    for (const load of loads) heard.push(await load.report(round));
    checks(round, turns, heard);
    const latencies = heard.flatMap(({ latencies }) => latencies).sort((a, b) => a - b);
    const at = (part: number) => percentile(latencies, part).toFixed(1);
    say(
      `CPU | ${what} | ${(us / USERS).toFixed(1)} µs a second and user, ${(us / 1e4).toFixed(2)} % of a core; ` +
        `${((us - quiet) * SECONDS / (latencies.length + more)).toFixed(0)} µs a message above idle`,
    );
    say(
      `latency | ${what}, ${latencies.length} messages, send to list | p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, worst ${
        at(1)
      } ms`,
    );
    const states = new Map<string, number>();
    for (const { states: some } of heard) {
      for (const [state, count] of Object.entries(some)) states.set(state, (states.get(state) ?? 0) + count);
    }
    say(`states | ${what} | ${[...states].map(([state, count]) => `${count} ${state}`).join(", ")}`);
  };
  const pace = `a message a user each ${EVERY_MS / 1000} s`;
  await talk(1, `${USERS} users, ${pace}`);
  const talked = memory();
  say(`memory | ${USERS} users, after it | ${talked.resident.toFixed(1)} MB resident: ${each(talked, empty, USERS)}`);

  if (PAGES > 1 && hasBrowser()) {
    await using browser = await TestBrowser.open();
    const before = memory();
    const pages = await TalkingPages.open(browser, origin, pageNames);
    await rest(10_000);
    say(`memory | ${PAGES} real pages besides | ${each(memory(), before, PAGES)}`);
    const turns = Math.floor(SECONDS * 1000 / PAGE_EVERY_MS);
    const pace2 = `each page one each ${PAGE_EVERY_MS / 1000} s`;
    await Promise.all([
      talk(2, `${USERS} users and ${PAGES} pages, ${pace}, ${pace2}`, turns * pageNames.length),
      pages.talk(2, turns, PAGE_EVERY_MS),
    ]);
    const { shown, delivered, wrongs: found } = await pages.report(2, turns);
    wrongs.push(...found);
    for (
      const [what, times] of [["key to the other page's log", shown], [
        "key to “Delivered” on one's own page",
        delivered,
      ]] as const
    ) {
      const sorted = [...times].sort((a, b) => a - b), at = (part: number) => percentile(sorted, part).toFixed(1);
      say(
        `latency | ${PAGES} pages, ${times.length} messages, ${what} | p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, worst ${
          at(1)
        } ms`,
      );
    }
    wrongs.push(...browser.complaints.map((one) => `WRONG: ${one}`));
  }
} finally {
  for (const load of loads) await load.stop();
}
for (const wrong of new Set(wrongs)) say(wrong);
