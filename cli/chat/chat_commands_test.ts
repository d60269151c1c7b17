import assert from "node:assert/strict";
import { HELP, jsonCommand, settingsOf, typedCommand } from "./chat_commands.ts";

Deno.test("lines that are typed", () => {
  assert.deepEqual(typedCommand("hello /world"), { do: "send", text: "hello /world" });
  assert.deepEqual(typedCommand("//etc is a folder"), { do: "send", text: "/etc is a folder" });
  assert.equal(typedCommand(""), null);
  assert.deepEqual(typedCommand("/large a long one"), { do: "send", text: "a long one", mode: "large" });
  assert.deepEqual(typedCommand("/file my holiday.png"), { do: "file", path: "my holiday.png" });
  assert.deepEqual(typedCommand("/get"), { do: "get", name: "" });
  assert.deepEqual(typedCommand("/get plan.pdf"), { do: "get", name: "plan.pdf" });
  assert.deepEqual(typedCommand("/settings"), { do: "settings", settings: null });
  assert.deepEqual(typedCommand("/settings barred=yes"), { do: "settings", settings: { barred: true } });
  assert.deepEqual(typedCommand("/quit"), { do: "quit" });
  assert.throws(() => typedCommand("/file"), /something is missing: \/file PATH/);
  assert.throws(() => typedCommand("/fiel x"), /unknown command "\/fiel"; did you mean \/file\?/);
});

Deno.test("the help tells every command that can be typed", () => {
  const told = HELP.join("\n");
  for (
    const name of [
      "large",
      "pager",
      "file",
      "get",
      "share",
      "typing",
      "settings",
      "status",
      "here",
      "location",
      "watch",
      "unwatch",
      "accept",
      "refuse",
      "cancel",
      "who",
      "end",
      "quit",
      "nick",
      "members",
      "leave",
      "room",
      "join",
      "tell",
      "add",
      "expel",
      "list",
    ]
  ) {
    assert.ok(told.includes(`/${name}`), name);
    const needs = ["large", "pager", "file", "share", "status", "location", "watch", "unwatch"];
    if (![...needs, "room", "join", "tell", "add", "expel", "list"].includes(name)) {
      typedCommand(`/${name}`);
    }
  }
});

Deno.test("rooms, and messages to many, as they are typed", () => {
  const people = ["sip:a@b", "sip:c@d"];
  assert.deepEqual(typedCommand("/room sip:a@b c@d"), { do: "room", people, subject: "" });
  assert.deepEqual(typedCommand("/room sip:a@b c@d -- Lunch -- at noon"), {
    do: "room",
    people,
    subject: "Lunch -- at noon",
  });
  assert.deepEqual(typedCommand("/room a@b a@b --"), { do: "room", people: ["sip:a@b"], subject: "" });
  assert.deepEqual(typedCommand("/list a@b c@d -- see you"), { do: "list", people, text: "see you" });
  assert.deepEqual(typedCommand("/join a@b"), { do: "join", who: "sip:a@b" });
  assert.deepEqual(typedCommand("/tell The Bishop hi"), { do: "tell", who: "", text: "The Bishop hi" });
  assert.deepEqual(typedCommand("/nick The Bishop"), { do: "nick", name: "The Bishop" });
  assert.deepEqual(typedCommand("/nick"), { do: "nick", name: "" });
  assert.deepEqual(typedCommand("/expel The Bishop"), { do: "expel", who: "The Bishop" });
  assert.throws(() => typedCommand("/room"), /something is missing: \/room SIP-URI/);
  assert.throws(() => typedCommand("/room -- Lunch"), /who is ""; allowed: a SIP URI/);
  assert.throws(() => typedCommand("/room bob"), /who is "bob"; allowed: a SIP URI/);
  assert.throws(() => typedCommand("/list a@b"), /something is missing: \/list SIP-URI… -- TEXT/);
  assert.throws(() => typedCommand("/list -- TEXT"), /something is missing: \/list/);
  assert.throws(() => typedCommand("/add bob"), /who is "bob"/);
  assert.throws(() => typedCommand("/tell"), /something is missing: \/tell WHO TEXT/);
  assert.throws(() => typedCommand("/memebrs"), /did you mean \/members\?/);
  const many = Array.from({ length: 501 }, (_, i) => `u${i}@x`).join(" ");
  assert.throws(() => typedCommand(`/room ${many}`), /501 SIP URIs; allowed: 1 to 500/);
});

Deno.test("rooms, and messages to many, as lines of JSON", () => {
  assert.deepEqual(jsonCommand('{"do":"room","people":["sip:a@b"],"subject":"Lunch"}'), {
    do: "room",
    people: ["sip:a@b"],
    subject: "Lunch",
  });
  assert.deepEqual(jsonCommand('{"do":"list","people":["sip:a@b"],"text":"hi","ref":"7"}'), {
    do: "list",
    people: ["sip:a@b"],
    text: "hi",
    ref: "7",
  });
  assert.deepEqual(jsonCommand('{"do":"tell","who":"Bob","text":"hi"}'), { do: "tell", who: "Bob", text: "hi" });
  assert.deepEqual(jsonCommand('{"do":"join","who":"a@b"}'), { do: "join", who: "sip:a@b" });
  assert.deepEqual(jsonCommand('{"do":"nick"}'), { do: "nick", name: "" });
  assert.deepEqual(jsonCommand('{"do":"leave"}'), { do: "leave" });
  assert.throws(() => jsonCommand('{"do":"room","people":"sip:a@b"}'), /"people" of "room" must be a list/);
  assert.throws(() => jsonCommand('{"do":"room","people":[]}'), /nobody is named/);
  assert.throws(() => jsonCommand('{"do":"tell","text":"hi"}'), /"who" of "tell" must be text/);
  assert.throws(() => jsonCommand('{"do":"add","who":"bob"}'), /allowed: a SIP URI/);
});

Deno.test("statuses, with their end and a note", () => {
  const typed = (line: string) => typedCommand(`/status ${line}`);
  assert.deepEqual(typed("busy"), { do: "status", status: "busy", for: 0, note: "" });
  assert.deepEqual(typed("meeting 2h"), { do: "status", status: "meeting", for: 7200, note: "" });
  assert.deepEqual(typed("away 1d back on Monday"), {
    do: "status",
    status: "away",
    for: 86_400,
    note: "back on Monday",
  });
  assert.deepEqual(typed("working 30min left"), { do: "status", status: "working", for: 0, note: "30min left" });
  assert.throws(() => typed("bussy"), /status is "bussy"; allowed: available, busy/);
  assert.throws(() => typedCommand("/status"), /something is missing: \/status WORD/);
  assert.deepEqual(jsonCommand('{"do":"status","status":"vacation","for":60,"note":"far"}'), {
    do: "status",
    status: "vacation",
    for: 60,
    note: "far",
  });
  assert.throws(() => jsonCommand('{"do":"status","status":"busy","for":"2h"}'), /"for" is "2h"; allowed: seconds/);
  assert.throws(() => jsonCommand('{"do":"status","status":"busy","for":-1}'), /"for" is -1/);
  assert.deepEqual(typedCommand("/here"), { do: "here", place: "" });
  assert.deepEqual(typedCommand("/location Room 5"), { do: "location", place: "Room 5" });
  assert.deepEqual(jsonCommand('{"do":"location","place":"1,2","to":"sip:a@b"}'), {
    do: "location",
    place: "1,2",
    to: "sip:a@b",
  });
  assert.deepEqual(typedCommand("/watch sip:a@b"), { do: "watch", who: "sip:a@b" });
  assert.deepEqual(jsonCommand('{"do":"unwatch","who":"sip:a@b"}'), { do: "unwatch", who: "sip:a@b" });
  assert.deepEqual(typedCommand("/watch a@b"), { do: "watch", who: "sip:a@b" });
  assert.throws(() => typedCommand("/watch bob"), /who is "bob"; allowed: a SIP URI/);
  assert.throws(() => jsonCommand('{"do":"watch","who":"sip:a@b\\r\\nX: y"}'), /allowed: a SIP URI/);
});

Deno.test("lines of JSON", () => {
  assert.deepEqual(jsonCommand('{"do":"send","text":"/quit","ref":"7","mode":"pager","to":"sip:b@x"}'), {
    do: "send",
    text: "/quit",
    ref: "7",
    to: "sip:b@x",
    mode: "pager",
  });
  assert.deepEqual(jsonCommand('{"do":"settings","words":"answer=manual visible=no"}'), {
    do: "settings",
    settings: { answerMode: "manual", visible: false },
  });
  assert.deepEqual(jsonCommand('{"do":"refuse"}'), { do: "refuse", text: "" });
  assert.equal(jsonCommand("  "), null);
  assert.throws(() => jsonCommand("hello"), /not a line of JSON: hello/);
  assert.throws(() => jsonCommand("7"), /a command is an object/);
  assert.throws(() => jsonCommand('{"do":"fly"}'), /"do" is "fly"; allowed: send, file/);
  assert.throws(() => jsonCommand('{"do":"send","text":1}'), /"text" of "send" must be text/);
  assert.throws(() => jsonCommand('{"do":"send","text":"x","mode":"loud"}'), /"mode" is "loud"; allowed: session/);
});

Deno.test("settings in words", () => {
  assert.deepEqual(
    settingsOf("barred=no answer=automatic override=yes deferral=push visible=yes recording=session,pager"),
    {
      barred: false,
      answerMode: "automatic",
      manualOverride: true,
      deferral: "push",
      visible: true,
      recording: { session: true, pagerAndLarge: true },
    },
  );
  assert.deepEqual(settingsOf("recording=none"), { recording: { session: false, pagerAndLarge: false } });
  assert.throws(() => settingsOf("barred=maybe"), /barred is "maybe"; allowed: yes, no/);
  assert.throws(() => settingsOf("recording=all"), /recording is "all"; allowed/);
  assert.throws(() => settingsOf("colour=red"), /unknown setting "colour"; allowed: barred/);
});
