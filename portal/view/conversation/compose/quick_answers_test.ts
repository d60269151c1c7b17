import { deepEqual } from "node:assert/strict";
import { answersFor } from "./quick_answers.tsx";

const ALL = ["I call you back.", "On my way!", "Thank you, I am on it."];

Deno.test("a slash brings the quick answers, words behind it those that begin with or hold them", () => {
  deepEqual(answersFor("/", ALL), ALL);
  deepEqual(answersFor("/on", ALL), ["On my way!", "Thank you, I am on it."]);
  deepEqual(answersFor("/nothing", ALL), []);
});

Deno.test("a slash in a text is only a slash", () => {
  deepEqual(answersFor("a/b", ALL), []);
  deepEqual(answersFor("", ALL), []);
  deepEqual(answersFor("/on\n", ALL), []);
});
