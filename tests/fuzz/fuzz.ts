/**
 * All fuzzers, one after the other: mutated SIP messages and MSRP frames through their parsers, then through the doors of a box
 * that runs. MSRP goes twice as fast as `--rate` says.
 *
 *     deno task fuzz [--rounds 1000000] [--live 100000] [--rate 1000] [--seed 7] [--only sip|msrp]
 */
import { assertBounded, fuzzMsrp } from "./msrp_parser_fuzz.ts";
import { fuzzParser } from "./parser_fuzz.ts";

const option = (name: string, otherwise: number): number => {
  const at = Deno.args.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(Deno.args[at + 1]);
};
const seed = option("seed", crypto.getRandomValues(new Uint32Array(1))[0]);
const rounds = option("rounds", 1_000_000);
const live = option("live", 100_000);
const rate = option("rate", 1_000);
const only = Deno.args.includes("--only") ? Deno.args[Deno.args.indexOf("--only") + 1] : "";

async function parserFuzz(name: string, run: () => unknown): Promise<void> {
  const start = performance.now();
  const outcome = JSON.stringify(await run());
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${name}: ${rounds} rounds, seed ${seed}: ${outcome} in ${seconds} s`);
}

/** A program of its own, so that its load and its memory are. Ends with its exit code where that is not 0. */
async function liveFuzz(program: string, perSecond: number): Promise<void> {
  const options = ["--rounds", live, "--rate", perSecond, "--seed", seed].map(String);
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--unstable-net", new URL(program, import.meta.url).pathname, ...options],
    stdin: "null",
  }).spawn().status;
  if (code !== 0) Deno.exit(code);
}

if (only !== "msrp") await parserFuzz("parser fuzz", () => fuzzParser(rounds, seed));
if (only !== "sip") {
  await parserFuzz("msrp parser fuzz", () => fuzzMsrp(rounds, seed));
  assertBounded();
}
if (only !== "msrp") await liveFuzz("./live_fuzz.ts", rate);
if (only !== "sip") await liveFuzz("./msrp_live_fuzz.ts", 2 * rate);
