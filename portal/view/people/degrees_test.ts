import { deepEqual } from "node:assert/strict";
import { degreesTyped } from "./degrees.ts";

Deno.test("degrees are read with point or comma, and no further than the earth goes", () => {
  deepEqual(["52.5", " -13,405 ", "−7°", "90.1", "", "1e1", "1.2.3", "x"].map((text) => degreesTyped(text, 90)), [
    52.5,
    -13.405,
    -7,
    null,
    null,
    null,
    null,
    null,
  ]);
});
