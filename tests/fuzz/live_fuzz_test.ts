import { match } from "node:assert/strict";
import { Child } from "../support/process.ts";

Deno.test({
  name: "2,000 mutated messages at the UDP and TCP doors: nothing escapes, memory stays, a good client is served",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const program = new URL("./live_fuzz.ts", import.meta.url).pathname;
    const args = ["run", "-A", "--unstable-net", program, "--rounds", "2000", "--seed", "20261121", "--rate", "400"];
    const child = new Child("live fuzz", Deno.execPath(), { args });
    const { code } = await child.finished(120_000);
    match(child.output, /live fuzz: seed 20261121: \{"rounds":2000,/);
    console.log(child.output.trim());
    if (code !== 0) throw new Error(child.output);
  },
});
