import assert from "node:assert/strict";
import { HELP, jsonCommand, typedCommand } from "./chat_commands.ts";
import { HISTORY_NAMES } from "./history_commands.ts";

Deno.test("recordings and answers, as they are typed", () => {
  assert.deepEqual(typedCommand("/record on"), { do: "record", what: "on", name: "" });
  assert.deepEqual(typedCommand("/record here"), { do: "record", what: "here", name: "" });
  assert.deepEqual(typedCommand("/record here Work/Team plan"), { do: "record", what: "here", name: "Work/Team plan" });
  assert.deepEqual(typedCommand("/record stop"), { do: "record", what: "stop", name: "" });
  assert.deepEqual(typedCommand("/history get h-1  h-2 h-1"), {
    do: "history",
    what: "get",
    references: ["h-1", "h-2"],
  });
  assert.deepEqual(typedCommand("/history delete h-1"), { do: "history", what: "delete", references: ["h-1"] });
  assert.deepEqual(typedCommand("/answer 2"), { do: "answer", choice: "2", id: "" });
  assert.throws(() => typedCommand("/record"), /something is missing: \/record on, off, here \[NAME\] or stop/);
  assert.throws(() => typedCommand("/record always"), /record is "always"; allowed: on, off, here, stop/);
  assert.throws(() => typedCommand("/record stop Work"), /only what is recorded here has a name/);
  assert.throws(() => typedCommand(`/record here ${"n".repeat(257)}`), /257 characters; allowed: 256/);
  assert.throws(() => typedCommand("/history"), /something is missing: \/history list, show N or get REFERENCE/);
  assert.throws(() => typedCommand("/history get"), /something is missing: \/history get REFERENCE/);
  assert.deepEqual(typedCommand("/history list"), { do: "history", what: "list", number: 1 });
  assert.deepEqual(typedCommand("/history list 21"), { do: "history", what: "list", number: 21 });
  assert.deepEqual(typedCommand("/history show 3"), { do: "history", what: "show", number: 3 });
  assert.throws(() => typedCommand("/history show"), /something is missing: \/history show N/);
  for (const number of ["0", "-1", "h-1", "1 2", "1.5", "9999999"]) {
    assert.throws(() => typedCommand(`/history show ${number}`), /allowed: 1 and more/, number);
  }
  assert.throws(() => typedCommand("/history lsit"), /history is "lsit"; allowed: list, show, get, delete/);
  assert.throws(() => typedCommand("/history get h-\u001b[2J"), /reference is "h-\\u001b\[2J"/);
  assert.throws(
    () => typedCommand(`/history get ${Array.from({ length: 257 }, (_, i) => `h-${i}`).join(" ")}`),
    /257 references; allowed: 1 to 256/,
  );
  assert.throws(() => typedCommand("/answer"), /something is missing: \/answer N/);
  assert.throws(() => typedCommand("/anwser 1"), /did you mean \/answer\?/);
  for (const name of HISTORY_NAMES) assert.ok(HELP.some((line) => line.startsWith(`/${name} `)), name);
});

Deno.test("recordings and answers, as lines of JSON", () => {
  assert.deepEqual(jsonCommand('{"do":"record","what":"here","name":"Team"}'), {
    do: "record",
    what: "here",
    name: "Team",
  });
  assert.deepEqual(jsonCommand('{"do":"history","what":"get","references":["h-1"]}'), {
    do: "history",
    what: "get",
    references: ["h-1"],
  });
  assert.deepEqual(jsonCommand('{"do":"history","what":"list"}'), { do: "history", what: "list", number: 1 });
  assert.deepEqual(jsonCommand('{"do":"history","what":"show","number":7}'), {
    do: "history",
    what: "show",
    number: 7,
  });
  assert.throws(() => jsonCommand('{"do":"history","what":"show","number":{}}'), /allowed: 1 and more/);
  assert.deepEqual(jsonCommand('{"do":"answer","choice":2}'), { do: "answer", choice: "2", id: "" });
  assert.deepEqual(jsonCommand('{"do":"answer","choice":"yes","id":"q1"}'), { do: "answer", choice: "yes", id: "q1" });
  assert.throws(() => jsonCommand('{"do":"record"}'), /"what" of "record" must be text/);
  assert.throws(() => jsonCommand('{"do":"history","what":"get"}'), /must be a list of references/);
  assert.throws(() => jsonCommand('{"do":"history","what":"get","references":[]}'), /something is missing/);
  assert.throws(() => jsonCommand('{"do":"answer"}'), /"choice" of "answer" must be text/);
});
