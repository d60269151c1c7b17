import assert from "node:assert/strict";
import { parseArguments, UsageError } from "./arguments.ts";

const FLAGS = { password: { value: "PW", help: "" }, "dry-run": { value: null, help: "" } };
const parse = (...args: string[]) => parseArguments(args, FLAGS);
const refusal = (...args: string[]) => {
  try {
    parse(...args);
  } catch (error) {
    assert.ok(error instanceof UsageError);
    return error.message;
  }
  assert.fail("was not refused");
};

Deno.test("flags with and without values, words, and what follows --", () => {
  const args = parse("a", "--password", "--secret", "--dry-run", "--data=/x=y", "--", "--b");
  assert.deepEqual(args.words, ["a", "--b"]);
  assert.equal(args.value("password"), "--secret");
  assert.equal(args.value("data"), "/x=y");
  assert.ok(args.has("dry-run"));
  assert.ok(!args.has("json"));
});

Deno.test("a number flag is checked", () => {
  const args = parse("--password", "12");
  assert.equal(args.number("password", 5, 0, 20), 12);
  assert.equal(args.number("data", 5, 0, 20), 5);
  assert.throws(
    () => args.number("password", 5, 0, 10),
    /^UsageError: --password is "12"; allowed: a whole number from 0 to 10/,
  );
});

Deno.test("mistakes say what was meant", () => {
  assert.equal(refusal("--pasword", "x"), "unknown flag --pasword; did you mean --password?");
  assert.equal(refusal("--dry_run"), "unknown flag --dry_run; did you mean --dry-run?");
  assert.equal(refusal("--constructor"), "unknown flag --constructor");
  assert.equal(refusal("--password"), "--password needs a value: --password PW");
  assert.equal(refusal("--dry-run=yes"), "--dry-run takes no value");
  assert.equal(refusal("--data", "a", "--data", "b"), "--data is given twice");
});
