import { deepEqual, equal } from "node:assert/strict";
import { RestProblem } from "./doors.ts";
import { isProblem, orProblem, outcomeOf, problem, unless } from "./outcomes.ts";
import { reportedDuring } from "./testing/reported.ts";

const refused = new RestProblem({ status: 409, text: "taken", retryAfter: 3, fields: {} });

Deno.test("an outcome never rejects: refusals are told, faults of our own are reported and told", async () => {
  equal(await outcomeOf(async () => {}), null);
  deepEqual(await outcomeOf(async () => problem(507)), problem(507));
  deepEqual(await outcomeOf(() => Promise.reject(refused)), { status: 409, text: "taken", retryAfter: 3, fields: {} });
  const reported = await reportedDuring(async () => {
    deepEqual(await outcomeOf(() => Promise.reject(new TypeError("ours"))), problem(500));
    const found = await orProblem(Promise.reject(new TypeError("ours, too")));
    equal(isProblem(found) && found.status, 500);
  });
  deepEqual(reported, ["TypeError: ours", "TypeError: ours, too"]);
});

Deno.test("what came of something is the result, or the refusal", async () => {
  equal(await orProblem(Promise.resolve(7)), 7);
  equal(await orProblem(Promise.reject(refused)), refused);
  equal(await unless(409, Promise.reject(refused)), null);
});
