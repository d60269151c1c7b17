/**
 * Both fuzzers, one after the other: mutated messages through the parser, then through the doors of a box that runs.
 *
 *     deno task fuzz [--rounds 1000000] [--live 100000] [--rate 1000] [--seed 7]
 */
import { fuzzParser } from "./parser_fuzz.ts";

const option = (name: string, otherwise: number): number => {
  const at = Deno.args.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(Deno.args[at + 1]);
};
const seed = option("seed", crypto.getRandomValues(new Uint32Array(1))[0]);
const rounds = option("rounds", 1_000_000);
const start = performance.now();
const outcome = fuzzParser(rounds, seed);
const seconds = ((performance.now() - start) / 1000).toFixed(1);
console.log(`parser fuzz: ${rounds} rounds, seed ${seed}: ${JSON.stringify(outcome)} in ${seconds} s`);

const live = ["--rounds", option("live", 100_000), "--rate", option("rate", 1_000), "--seed", seed].map(String);
const { code } = await new Deno.Command(Deno.execPath(), {
  args: ["run", "-A", "--unstable-net", new URL("./live_fuzz.ts", import.meta.url).pathname, ...live],
  stdin: "null",
}).spawn().status;
Deno.exit(code);
