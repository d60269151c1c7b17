import assert from "node:assert/strict";
import fc from "fast-check";
import { listHas, splitList } from "./lists.ts";
import { parseVia, type Via } from "./via_header.ts";

/** What a receiver and the transaction layer want of a Via; null for text that is none. */
function facts(text: string): unknown[] | null {
  let via: Via;
  try {
    via = parseVia(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  const { transport, host, port, branch, received, rport } = via;
  const stamps = [via.stamped("192.0.2.7", 4711), via.stamped(host, 4711)];
  const again = stamps[0] === null ? null : via.withStamp(stamps[0]);
  return [transport, host, port, branch, received, rport, [...via.params], stamps, again?.branch, again?.received];
}

Deno.test("property: the everyday spelling of a Via says the same as an odd one, whatever its parameters", () => {
  const name = fc.constantFrom("branch", "Branch", "rport", "RPORT", "received", "ttl", "x", "branchy", "");
  const value = fc.constantFrom("", "=", "=z9hG4bKa.b-c", "=1", "=[::1]", "=a b", '="q;branch=no"', "=é", "=a=b", "=<");
  const param = fc.tuple(name, value).map(([n, v]) => `;${n}${v}`);
  const text = fc.tuple(
    fc.constantFrom("UDP", "TCP", "TLS", "WS", "WSS", "tcp", "X", ""),
    fc.constantFrom("h.test", "H_1", "192.0.2.1", "-h", ".h", "h", "[2001:db8::1]", ""),
    fc.constantFrom("", ":5060", ":0", ":70000", ":", ":123456", ":5x"),
    fc.array(param, { maxLength: 5 }),
  );
  fc.assert(
    fc.property(text, ([transport, host, port, params]) => {
      const rest = `${host}${port}${params.join("")}`;
      const odd = facts(`SIP/2.0/ ${transport} ${rest}`);
      const trim = (entry: unknown) => JSON.stringify(entry)?.replaceAll("SIP/2.0/ ", "SIP/2.0/");
      assert.equal(trim(facts(`SIP/2.0/${transport} ${rest}`)), trim(odd));
    }),
    { numRuns: 3000 },
  );
});

Deno.test("property: a token is in a list where cutting the list says so", () => {
  const piece = fc.constantFrom(
    "timer",
    "TIMER",
    "timers",
    "100rel",
    " ",
    "\t",
    ",",
    '"timer"',
    '"a, timer, b"',
    "<timer,>",
  );
  fc.assert(fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
    const text = pieces.join("");
    const values: string[] = [];
    splitList(text, values);
    assert.equal(listHas(text, "timer"), values.some((value) => value.toLowerCase() === "timer"), text);
  }));
});
