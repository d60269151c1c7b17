/**
 * Type-checks the portal, and the pure modules that it is built from, against the browser's library, where there is no Deno and no
 * Node. Run as part of `deno task ok`.
 */
import { isTest } from "./architecture.ts";
import { sourceFiles } from "./support/source_files.ts";

const PURE = /^(?:foundation|client|portal|transport\/(?:sip|payload|net|msrp|xml|xcap|presence))\//;
const IMPURE = /^transport\/net\/machine\/|^transport\/[a-z]+\/flows\/|\/node_hash\.ts$/;

const files = sourceFiles().filter((file) => PURE.test(file) && !IMPURE.test(file) && !isTest(file));
if (files.length < 30) throw new Error(`only ${files.length} pure modules were found: run this from the repository`);
const { code } = await new Deno.Command(Deno.execPath(), {
  args: ["check", "--quiet", "--config", "tests/browser.json", ...files],
  stdout: "inherit",
  stderr: "inherit",
}).output();
console.log(code === 0 ? `${files.length} pure modules fit the browser` : "pure modules do not fit the browser");
Deno.exit(code);
