import { deepEqual, equal } from "node:assert/strict";
import { hrefOf, type Route, routeOf } from "./route.ts";

Deno.test("an address and its reading are the same place", () => {
  const places: Route[] = [
    { page: "list" },
    { page: "with", key: "sip:a/b#c?d%e@example.test", message: "" },
    { page: "with", key: "tel:+49301234", message: "id/with#marks" },
    { page: "people" },
    { page: "rooms" },
    { page: "history" },
    { page: "settings", part: "" },
    { page: "settings", part: "privacy" },
  ];
  for (const place of places) deepEqual(routeOf(hrefOf(place)), place);
});

Deno.test("what is no address of the page is the list", () => {
  for (const hash of ["", "#", "#/", "#/nowhere", "#/with", "#/with/%E0%A4%A", "#//", "#javascript:alert(1)"]) {
    equal(routeOf(hash).page, "list", hash);
  }
});
