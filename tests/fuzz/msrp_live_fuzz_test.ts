import { match } from "node:assert/strict";
import { Child } from "../support/process.ts";

Deno.test({
  name:
    "2,000 mutated MSRP frames over TCP and WebSocket, from strangers and in sessions: nothing escapes, good users chat",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const program = new URL("./msrp_live_fuzz.ts", import.meta.url).pathname;
    const args = ["run", "-A", program, "--rounds", "2000", "--seed", "20261121", "--rate", "500"];
    const child = new Child("msrp live fuzz", Deno.execPath(), { args });
    const { code } = await child.finished(120_000);
    if (code !== 0) throw new Error(child.output);
    match(child.output, /msrp live fuzz: seed 20261121: \{"rounds":2000,/);
    console.log(child.output.trim());
  },
});
