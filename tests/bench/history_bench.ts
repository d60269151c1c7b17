/**
 * `deno task bench:history`: what recording costs. In this process, over a real store: messages into conversations, and out again by
 * search. Against boxes: what recording adds to a MESSAGE that is delivered (`history_delivery.ts`).
 *
 *   deno run -A tests/bench/history_bench.ts [--messages 1000000] [--rounds 5] [--ops 25600] [--only store|delivery] [--pace 0]
 *
 * Delivery keeps 40 messages on their way: a box that waits for commits is then at rest between them, and each message costs more for that
 * alone. `--pace 10` sends 40 every 10 ms to both boxes instead, so that both have the same load. Each pair's messages are put away when
 * there are 128 of them: rounds of 25,600 have all of that in them, shorter ones sometimes none.
 *
 * 1,000 users; half of what is said is said by and to one in twenty of them. Words are drawn by Zipf's law from 20,000.
 */
import process from "node:process";
import { silentLog, systemClock, TimerQueues, utf8 } from "../../foundation/mod.ts";
import { DEFAULT_HISTORY_LIMITS, type HistoryMessage, openStorage, type Talk } from "../../storage/mod.ts";
import { HISTORY_WORDS, queryOf } from "../../roles/history/mod.ts";
import { rssOf } from "../support/parley.ts";
import { delivery } from "./history_delivery.ts";

const option = (name: string, fallback: string): string => {
  const at = Deno.args.indexOf(`--${name}`);
  return at < 0 ? fallback : Deno.args[at + 1];
};
const MESSAGES = Number(option("messages", "1000000"));
const ROUNDS = Number(option("rounds", "5"));
const OPS = Number(option("ops", "25600"));
const ONLY = option("only", "");
const PACE_MS = Number(option("pace", "0"));
const USERS = 1000;
const HEAVY = 50;
const WORDS = 20_000;
/** Messages of one conversation. */
const CONVERSATION = 25;
/** Messages that are being written at a time. */
const WINDOW = 500;
const BEGAN = Date.now() - 190 * 86_400_000;

/** The same numbers in each run (mulberry32). */
function random(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const next = random(2026);
const pick = (most: number): number => Math.floor(next() * most);
const SYLLABLES = [
  "ka",
  "lo",
  "mi",
  "ter",
  "sun",
  "pra",
  "ge",
  "dol",
  "vin",
  "ar",
  "est",
  "qui",
  "bo",
  "ran",
  "tü",
  "shi",
];

/** The n-th word: short ones are frequent. */
function wordOf(n: number): string {
  let word = "";
  for (let rest = n + 1; rest > 0; rest = Math.floor(rest / SYLLABLES.length)) {
    word += SYLLABLES[rest % SYLLABLES.length];
  }
  return word;
}
const vocabulary = Array.from({ length: WORDS }, (_, n) => wordOf(n));

/** Zipf's law with exponent 1, by its inverse. */
function zipf(): number {
  return Math.min(WORDS - 1, Math.floor(Math.exp(next() * Math.log(WORDS + 1)) - 1));
}

function text(): string {
  const words: string[] = [];
  for (let i = 4 + pick(16); i > 0; i--) words.push(vocabulary[zipf()]);
  return words.join(" ");
}

const aorOf = (n: number): string => `sip:u${n}@example.test`;
const person = (): number => next() < 0.5 ? pick(HEAVY) : pick(USERS);
const cpu = (): number => {
  const { user, system } = process.cpuUsage();
  return user + system;
};
const rss = (): number => rssOf(Deno.pid) / 1e6;

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

async function storeAndSearch(): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "parley-bench-" });
  const timers = new TimerQueues(systemClock, (error) => {
    throw error;
  });
  timers.run();
  const limits = { ...DEFAULT_HISTORY_LIMITS, recordings: 20_000, totalRecordings: 1_000_000 };
  const options = {
    kv: `${dir}/parley.db`,
    keyFile: `${dir}/parley.key`,
    clock: systemClock,
    timers,
    log: silentLog,
    history: limits,
    historyWords: HISTORY_WORDS,
  };
  let storage = await openStorage(options);
  const idle = rss();
  let octets = 0, stored = 0, begun = 0;
  const rare = "xylophonist";
  let rareOnes = 0;
  const before = cpu(), began = performance.now();
  // Some conversations at a time, each in order.
  const talkers = Array.from({ length: WINDOW }, async () => {
    while (begun < MESSAGES) {
      const a = person();
      let b = person();
      while (b === a) b = pick(USERS);
      const [one, other] = [aorOf(a), aorOf(b)];
      const talk = storage.history.begin("pager");
      joins(talk, one, other);
      joins(talk, other, one);
      for (let i = 0; i < CONVERSATION && begun < MESSAGES; i++) {
        begun++;
        let said = text();
        if (begun % 50_000 === 0) {
          said += ` ${rare}`;
          rareOnes++;
        }
        const from = i % 2 === 0 ? one : other;
        const body = utf8(said);
        octets += body.length;
        await new Promise<void>((resolve, reject) => {
          talk.append(messageOf(from, from === one ? other : one, body, begun), [one, other], ({ error, full }) => {
            if (error !== null || full.length > 0) reject(error ?? new Error(`full: ${full.join()}`));
            else resolve();
          });
        });
        if (++stored % 100_000 === 0) console.error(`${stored} stored, ${rss().toFixed(0)} MB resident`);
      }
      talk.close();
    }
  });
  await Promise.all(talkers);
  const seconds = (performance.now() - began) / 1000;
  console.log(
    `${MESSAGES} messages of ${(octets / MESSAGES).toFixed(0)} octets, two record each: ` +
      `${((cpu() - before) / MESSAGES).toFixed(1)} µs CPU each, commit, putting away and signatures in it; ` +
      `${(MESSAGES / seconds).toFixed(0)} /s; resident ${(rss() - idle).toFixed(0)} MB above an empty store`,
  );
  // A start reads what has not been put away yet one by one: that is measured for a box that had a quiet minute.
  const calming = performance.now();
  while ((storage.history as { background?: number }).background !== 0) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  console.log(`put away ${((performance.now() - calming) / 1000).toFixed(1)} s behind the last message`);
  const { recordings, messages } = storage.history;
  console.log(`${recordings} recordings, ${messages} messages`);
  await storage.close();
  const files = [...Deno.readDirSync(dir)].map(({ name }) => Deno.statSync(`${dir}/${name}`).size);
  console.log(`files: ${(files.reduce((sum, size) => sum + size, 0) / octets).toFixed(2)} of the text`);
  const opening = performance.now();
  storage = await openStorage(options);
  console.log(
    `opened again in ${((performance.now() - opening) / 1000).toFixed(1)} s, ${rss().toFixed(0)} MB resident`,
  );
  const figures = (storage.history as { signatureOctets?: number }).signatureOctets;
  if (figures !== undefined) console.log(`index: ${(100 * figures / octets).toFixed(1)} % of the text`);

  /** Of users that have much, and of all. */
  const kinds: readonly (readonly [string, () => string, () => string])[] = [
    ["a frequent word, anybody", () => aorOf(pick(USERS)), () => vocabulary[20 + pick(50)]],
    ["a rare word, anybody", () => aorOf(pick(USERS)), () => vocabulary[5000 + pick(10_000)]],
    ["a rare word, one of the heavy", () => aorOf(pick(HEAVY)), () => vocabulary[5000 + pick(10_000)]],
    [
      "two words, one of the heavy",
      () => aorOf(pick(HEAVY)),
      () => `${vocabulary[100 + pick(200)]} ${vocabulary[300 + pick(500)]}`,
    ],
    ["a word nobody said, one of the heavy", () => aorOf(pick(HEAVY)), () => "zzyzx"],
    ["a word said once in 50,000, one of the heavy", () => aorOf(pick(HEAVY)), () => rare],
  ];
  for (const [name, owner, words] of kinds) {
    const times: number[] = [];
    let hits = 0, bounded = 0;
    for (let i = 0; i < 300; i++) {
      const [who, what] = [owner(), words()];
      const start = performance.now();
      const found = await storage.history.search(
        who,
        queryOf({ words: what, with: "", from: 0, until: Infinity, folder: null, reference: "" }),
        50,
      );
      times.push(performance.now() - start);
      hits += found.hits.length;
      if (found.bounded) bounded++;
    }
    times.sort((x, y) => x - y);
    console.log(
      `search, ${name}: p50 ${percentile(times, 0.5).toFixed(1)} ms, p99 ${percentile(times, 0.99).toFixed(1)} ms, ` +
        `${(hits / 300).toFixed(1)} hits, ${bounded} bounded`,
    );
  }
  const heaviest = Array.from({ length: HEAVY }, (_, n) => storage.history.taken(aorOf(n)).messages).sort((x, y) =>
    y - x
  );
  console.log(`the heavy have ${heaviest[HEAVY - 1]} to ${heaviest[0]} messages each`);
  await storage.close();
  timers.stop();
  await Deno.remove(dir, { recursive: true });
}

function joins(talk: Talk, owner: string, other: string): void {
  const party = (uri: string) => ({ uri, name: "" });
  const parties = [party(owner), party(other)];
  talk.join({ owner, with: other, parties, group: party(""), subject: "", expiresAt: Infinity });
}

function messageOf(from: string, to: string, body: Uint8Array, n: number): HistoryMessage {
  return {
    // As if over half a year.
    at: BEGAN + n * 15_000,
    from: { uri: from, name: "" },
    to,
    messageId: `bench-${n}`,
    contentType: "text/plain;charset=UTF-8",
    headers: "",
    file: "",
    body,
    content: null,
  };
}

if (ONLY !== "delivery") await storeAndSearch();
if (ONLY !== "store") await delivery({ rounds: ROUNDS, ops: OPS, pace_ms: PACE_MS });
