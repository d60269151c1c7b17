import assert from "node:assert/strict";
import { assertBounded, fuzzMsrp } from "./msrp_parser_fuzz.ts";

Deno.test("10,000 mutated frames: at any split the same frames, a 400 or the end, and what goes on is well-formed", async () => {
  const rounds = 10_000;
  const { requests, responses, refused, broken, unfinished, bridged } = await fuzzMsrp(rounds, 20261121);
  assert.equal(bridged, rounds / 10);
  // Mutations that leave nothing whole, or everything, would test little.
  for (const count of [requests, broken]) assert.ok(count > rounds / 5, `${requests} ${broken}`);
  for (const count of [responses, refused, unfinished]) {
    assert.ok(count > rounds / 50, `${responses} ${refused} ${unfinished}`);
  }
});

Deno.test("the same seed gives the same outcome", async () => {
  assert.deepEqual(await fuzzMsrp(1000, 5), await fuzzMsrp(1000, 5));
});

Deno.test("heads and bodies without end, blanks without end: bounded in time and memory", assertBounded);
