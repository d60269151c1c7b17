/**
 * Runs the tests: files side by side, one more than there are cores, since many of them wait for other programs; and behind them one by
 * one those that would measure their neighbours as well.
 *
 *     deno task test              types, then all tests
 *     deno task test --no-check   where the types have been checked already
 *     deno task test ARGUMENTS    anything else: `deno test` with them, file by file
 *
 * The last line counts both runs, in the words of `deno test`.
 */

/** Files that run alone, and why. */
const ALONE: Readonly<Record<string, string>> = {
  "cli/memory_test.ts": "memory of this process",
  "tests/fuzz/live_fuzz_test.ts": "memory of a box under load",
  "tests/fuzz/msrp_live_fuzz_test.ts": "memory of a box under load",
  "tests/interop/sipp_test.ts": "a rate of calls",
  "tests/wire/kill_test.ts": "how soon what a kill cut off comes again",
  "tests/wire/msrp_bad_input_test.ts": "how long others wait",
  "tests/wire/msrp_endurance_test.ts": "memory and delay under load",
  "tests/wire/room_crowd_test.ts": "memory of a box under load",
  "tests/wire/slow_peer_test.ts": "memory and delay under load",
  "transport/xcap/growth_test.ts": "how time grows with size",
};

/** What the last line of a run says. */
interface Count {
  passed: number;
  failed: number;
  ignored: number;
}

let running: Deno.ChildProcess | null = null;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  Deno.addSignalListener(signal, () => {
    try {
      // Not the same signal: tests listen to it. The boxes that they have started see that they are alone, and end.
      running?.kill("SIGKILL");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // it has ended already
    }
    Deno.exit(130);
  });
}

/** Runs Deno, shows what it prints, adds what it counts; gives its exit code. */
async function deno(args: readonly string[], count: Count): Promise<number> {
  const env = { DENO_JOBS: String(navigator.hardwareConcurrency + 1), ...Deno.env.toObject() };
  running = new Deno.Command(Deno.execPath(), { args: [...args], env, stdin: "null", stdout: "piped" }).spawn();
  const decoder = new TextDecoder();
  let line = "";
  for await (const octets of running.stdout) {
    for (let at = 0; at < octets.length;) at += await Deno.stdout.write(octets.subarray(at));
    const lines = (line + decoder.decode(octets, { stream: true })).split("\n");
    line = lines.pop()!;
    lines.forEach((each) => add(each, count));
  }
  const { code } = await running.status;
  running = null;
  return code;
}

/** `ok | 12 passed (3 steps) | 0 failed | 1 ignored (5s)`, in colours or not. */
function add(line: string, count: Count): void {
  const plain = line.replace(/\x1b\[[\d;]*m/g, "");
  const [, passed, failed] = /^(?:ok|FAILED) \| (\d+) passed.*? \| (\d+) failed/.exec(plain) ?? [];
  if (passed === undefined) return;
  count.passed += Number(passed);
  count.failed += Number(failed);
  count.ignored += Number(/ \| (\d+) ignored/.exec(plain)?.[1] ?? 0);
}

const args = Deno.args.filter((arg) => arg !== "--no-check");
const count: Count = { passed: 0, failed: 0, ignored: 0 };
if (args.length > 0) Deno.exit(await deno(["test", "-A", ...Deno.args], count));

const began = performance.now();
const codes: number[] = [];
if (!Deno.args.includes("--no-check")) codes.push(await deno(["check", "--quiet"], count));
const alone = Object.keys(ALONE);
const test = ["test", "-A", "--no-check"];
codes.push(await deno([...test, "--parallel", `--ignore=${alone.join(",")}`], count));
codes.push(await deno([...test, ...alone], count));

const good = codes.every((code) => code === 0);
const seconds = Math.round((performance.now() - began) / 1000);
console.log(
  `${good ? "ok" : "FAILED"} | ${count.passed} passed | ${count.failed} failed | ${count.ignored} ignored ` +
    `(${Math.floor(seconds / 60)}m${seconds % 60}s)`,
);
Deno.exit(good ? 0 : 1);
