import assert from "node:assert/strict";
import { problemOf } from "./moving_file.ts";

Deno.test("of a refusal a person is told the reason: no number, and of the service's warning no more than why", () => {
  const told = (text: string) => problemOf({ status: 403, text, retryAfter: 0 }).text;
  const why = "the recipient has not agreed to be a contact yet";
  assert.equal(
    told(`Recipient does not accept this message; 100 Function not allowed due to ${why} (403)`),
    why,
  );
  assert.equal(told(`Forbidden; 100 Function not allowed due to ${why}; try again in 5 s (403)`), why);
  assert.equal(told("100 Function not allowed due to operator policy"), "operator policy");
  assert.equal(told("busy (486)"), "busy");
  assert.equal(told("Not here (at present)"), "Not here (at present)");
  assert.equal(told(" (480)"), "");
});
