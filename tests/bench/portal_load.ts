/**
 * Users of the portal without a browser: the very engine of the page, many in one process.
 *
 *   deno run -A --no-check tests/bench/portal_load.ts ORIGIN FIRST COUNT ALL
 *
 * Signs in users FIRST … FIRST+COUNT-1 of ALL and prints `load ready`. Each line that comes in is JSON, `{"seconds", "every_ms", "round"}`: every
 * user says one message each so often, spread evenly, to the user half of all further on; prints `said ROUND` when all are said. A line
 * `report ROUND` has it print `heard ROUND` with what was heard, as JSON (`Heard`).
 */
import { effect } from "@preact/signals-core";
import type { PortalModel } from "../../portal/model/mod.ts";
import { openPortalUser } from "../../portal/testing/portal_user.ts";
import { passwordOf } from "../support/parley.ts";

/** What the users of one process have heard since the last report. */
export interface Heard {
  /** `round sender number receiver`, each as often as it was there. */
  readonly texts: readonly string[];
  /** Milliseconds from `send` to the other engine's list of messages. */
  readonly latencies: readonly number[];
  /** States of what they said: `delivered 40`. */
  readonly states: Readonly<Record<string, number>>;
}

const [origin, first, count, all] = [Deno.args[0], ...Deno.args.slice(1).map(Number)];
const uriOf = (n: number) => `sip:u${n}@example.test`;
const now = () => performance.timeOrigin + performance.now();
const line = (text: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
const models = new Map<number, PortalModel>();
let texts: string[] = [], latencies: number[] = [];

/** Tells of every message that is new in the lists of the user's conversations. */
function listens(n: number, model: PortalModel): void {
  const known = new Map<string, number>();
  effect(() => {
    for (const { key, messages } of model.conversations.list.value) {
      const list = messages.value;
      const from = Math.min(known.get(key) ?? 0, list.length);
      known.set(key, list.length);
      for (const { own, part } of list.slice(from)) {
        if (own || part.kind !== "text") continue;
        const [mark, at] = part.text.split(" at ");
        if (at === undefined) continue;
        texts.push(`${mark} ${n}`);
        latencies.push(now() - Number(at));
      }
    }
  });
}

for (let n = first; n < first + count; n++) {
  const model = await openPortalUser({ origin, uri: uriOf(n), password: passwordOf(`u${n}`) });
  models.set(n, model);
  listens(n, model);
}
line("load ready");

async function say({ seconds, every_ms, round }: { seconds: number; every_ms: number; round: number }): Promise<void> {
  const began = performance.now();
  const turns = Math.floor(seconds * 1000 / every_ms);
  for (let turn = 0; turn < turns; turn++) {
    for (const [n, model] of models) {
      const due = began + every_ms * (turn + (n % all) / all);
      const wait = due - performance.now();
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      const to = uriOf((n + all / 2) % all);
      const problem = model.conversations.open(to)!.send(`${round} u${n} ${turn} at ${now()}`);
      if (problem !== null) line(`WRONG u${n}: ${problem.code}`);
    }
  }
  line(`said ${round}`);
}

function report(): Heard {
  const states: Record<string, number> = {};
  for (const { conversations } of models.values()) {
    for (const { messages } of conversations.list.value) {
      for (const { own, state } of messages.value) if (own) states[state.value] = (states[state.value] ?? 0) + 1;
    }
  }
  const heard = { texts, latencies, states };
  texts = [];
  latencies = [];
  return heard;
}

let unread = "";
for await (const octets of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
  unread += octets;
  for (let end = unread.indexOf("\n"); end >= 0; end = unread.indexOf("\n")) {
    const order = unread.slice(0, end);
    unread = unread.slice(end + 1);
    if (order.startsWith("report ")) line(`heard ${order.slice(7)} ${JSON.stringify(report())}`);
    else await say(JSON.parse(order));
  }
}
Deno.exit(0);
