import { equal, match, ok } from "node:assert/strict";
import { XcapProblem } from "../../transport/xcap/mod.ts";
import { refusal, XdmWorld } from "./testing/xdm_world.ts";

const INDEX = "resource-lists/users/sip:alice@example.test/index";
const lists = (inside: string) =>
  `<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list name="a">${inside}</list></resource-lists>`;

Deno.test("what services write is refused as what users write is: with a problem, and the old version holds", async () => {
  const world = await XdmWorld.open();
  const update = (text: string) =>
    world.server.update(
      { kind: "service", name: "test" },
      { auid: "resource-lists", owner: "sip:alice@example.test", name: "index" },
      () => text,
    );
  await world.put(INDEX, lists(""));
  equal(await refusal(update("<a>")), "409 not-well-formed");
  equal(await refusal(update(lists("<list></wrong>"))), "409 not-well-formed");
  equal(await refusal(update(lists(`<!--${"x".repeat(1_048_576)}-->`))), "413");
  equal(await refusal(update(lists(`<!--${"€".repeat(400_000)}-->`))), "413", "fewer characters than octets");
  equal(await world.get(INDEX), lists(""));
});

Deno.test("the ancestor of a parent that is missing is a URI, whatever the document is called", async () => {
  const world = await XdmWorld.open();
  const path = INDEX.replace("index", `a b"é`);
  await world.put(path, lists(""));
  const missing = world.put(`${path}/~~/resource-lists/list[@name="no"]/entry`, `<entry uri="sip:a@b"/>`);
  const problem = await missing.then(() => null, (error: unknown) => error);
  ok(problem instanceof XcapProblem && problem.condition?.element === "no-parent");
  match(problem.condition.ancestor!, /\/sip:alice@example\.test\/a%20b%22%C3%A9\/~~\/resource-lists$/);
});
