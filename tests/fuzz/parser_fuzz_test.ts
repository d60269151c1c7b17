import assert from "node:assert/strict";
import { fuzzParser } from "./parser_fuzz.ts";

Deno.test("20,000 mutated messages: an answer, a drop or a message, never an exception", () => {
  const rounds = 20_000;
  const { accepted, refused, dropped } = fuzzParser(rounds, 20261121);
  assert.equal(accepted + refused + dropped, rounds);
  // Mutations that leave nothing whole, or everything, would test little.
  assert.ok(
    accepted > rounds / 20 && refused > rounds / 20 && dropped > rounds / 50,
    `${accepted} ${refused} ${dropped}`,
  );
});

Deno.test("the same seed gives the same outcome", () => {
  assert.deepEqual(fuzzParser(2000, 5), fuzzParser(2000, 5));
});
