import assert from "node:assert/strict";
import fc from "fast-check";
import { latestBirthDate } from "../../xdm/search/indexed_search.ts";
import { ageOn, isOfAge } from "./ages.ts";

Deno.test("ages are whole years to the day, in UTC", () => {
  const at = (day: string) => Date.parse(`${day}T00:00:00Z`);
  assert.equal(ageOn(at("2026-05-01"), "2008-05-01"), 18);
  assert.equal(ageOn(at("2026-05-01") - 1, "2008-05-01"), 17);
  assert.equal(ageOn(at("2026-02-28"), "2008-02-29"), 17);
  assert.equal(ageOn(at("2026-03-01"), "2008-02-29"), 18);
  assert.equal(ageOn(at("2028-02-29"), "2008-02-29"), 20);
  assert.equal(ageOn(at("2026-05-01"), "2027-05-01"), -1);
});

Deno.test("somebody old enough here is old enough in searches, and the other way round [UPROF-11, UPROF-12]", () => {
  const day = fc.date({ min: new Date("1950-01-01"), max: new Date("2030-12-31"), noInvalidDate: true });
  fc.assert(fc.property(day, day, fc.integer({ min: 1, max: 99 }), (born, now, years) => {
    const date = born.toISOString().slice(0, 10);
    assert.equal(
      isOfAge([date], now.getTime(), null, years),
      date <= latestBirthDate(now.getTime(), years),
    );
  }));
});

Deno.test("a day that is still to come is no age", () => {
  const restrictions = { mustUnderstand: true, ages: [{ from: null, until: 12 }] };
  const now = Date.UTC(2026, 0, 1);
  assert.equal(isOfAge(["2026-01-02"], now, restrictions, 0), false);
  assert.equal(isOfAge(["2026-01-01"], now, restrictions, 0), true);
});
