/**
 * Writes docs/conformance.md: every requirement with the tests that carry its ID, and how they ended.
 *
 *     deno task conformance                 runs those tests, then writes
 *     deno task conformance --junit FILE    takes the results of a report that `deno test --junit-path=FILE` wrote
 *     deno task conformance --check         only compares: fails when the file's IDs and tests are not those of the sources
 */
import { claimsOf, mappingOf, page, parseJunit, parseRequirements, strangers } from "../tests/conformance/table.ts";
import { sourceFiles } from "../tests/support/source_files.ts";

const PAGE = new URL("../docs/conformance.md", import.meta.url);
const TABLE = new URL("../tests/conformance/requirements.tsv", import.meta.url);

const requirements = parseRequirements(Deno.readTextFileSync(TABLE));
const claims = sourceFiles().filter((file) => file.endsWith("_test.ts"))
  .flatMap((file) => claimsOf(file, Deno.readTextFileSync(new URL(`../${file}`, import.meta.url))));
const unknown = strangers(requirements, claims);
if (unknown.length > 0) fail(unknown.join("\n"));

if (Deno.args.includes("--check")) {
  const committed = Deno.readTextFileSync(PAGE);
  if (mappingOf(committed) !== mappingOf(page(requirements, claims, []))) {
    fail("docs/conformance.md does not tell what the tests claim: run `npm run conformance`");
  }
  console.log(`docs/conformance.md tells the ${claims.length} claims of the tests`);
} else {
  const at = Deno.args.indexOf("--junit");
  const report = at >= 0 ? Deno.readTextFileSync(Deno.args[at + 1]) : await runClaimed();
  const text = page(requirements, claims, parseJunit(report));
  Deno.writeTextFileSync(PAGE, text);
  console.log(text.split("\n")[6]);
}

/** Runs the files that claim something; gives the JUnit report. Tests may fail: the page tells it. */
async function runClaimed(): Promise<string> {
  const report = await Deno.makeTempFile({ suffix: ".xml" });
  const files = [...new Set(claims.map(({ file }) => file))];
  if (files.length === 0) return "";
  const args = ["test", "-A", "--no-check", "--parallel", `--junit-path=${report}`, ...files];
  await new Deno.Command(Deno.execPath(), { args, stdout: "inherit", stderr: "inherit" }).output();
  const text = await Deno.readTextFile(report);
  await Deno.remove(report);
  return text;
}

function fail(message: string): never {
  console.error(message);
  Deno.exit(1);
}
