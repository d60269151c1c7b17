import assert from "node:assert/strict";
import { LOCALES } from "../../../../web/ui/mod.ts";
import { withEverybody } from "../../testing/fake_services.ts";
import { PageReader } from "../../testing/page_reader.ts";

const HERE = "/admin/messages";

Deno.test("a message to one user goes at once and is listed, as text", async () => {
  const world = await withEverybody();
  const visitor = await PageReader.of(world, "operator");
  assert.match((await visitor.get(HERE)).text, /Nothing sent yet/);
  const text = "Maintenance <b>tonight</b>";
  const done = await visitor.done(HERE, { who: "one", uri: "alice@example.test", text, ask_read: "on" });
  assert.match(done.text, /It is on its way/);
  assert.ok(!done.html.includes("<b>tonight") && done.text.includes(text));
  const [{ to, ask_read }] = world.services.systemMessages.list(10);
  assert.deepEqual([to, ask_read], ["sip:alice@example.test", true]);
});

Deno.test("everybody is asked about first, with their number, and nothing is sent until then", async () => {
  const world = await withEverybody();
  const visitor = await PageReader.of(world, "owner");
  await visitor.get(HERE);
  const fields = { who: "everybody", uri: "", text: "Noon." };
  const asked = await visitor.post(HERE, fields);
  assert.equal(asked.status, 200);
  assert.match(asked.text, /Send this to all 2 users\?.*Noon\./);
  assert.equal(world.services.systemMessages.list(10).length, 0);
  const back = await visitor.post(HERE, { ...fields, do: "back" });
  assert.match(back.html, /value="everybody"\s+checked/);
  assert.match(back.html, />\s*Noon\.<\/textarea>/);
  await visitor.done(HERE, { ...fields, do: "confirmed" });
  assert.equal(world.services.systemMessages.list(10)[0].recipients, 2);
});

Deno.test("what is missing, unknown or too long stands beside its field, with what was typed", async () => {
  const world = await withEverybody();
  const visitor = await PageReader.of(world, "owner");
  await visitor.get(HERE);
  const refused = async (fields: Record<string, string>, field: string, words: RegExp) => {
    const page = await visitor.post(HERE, { who: "one", uri: "sip:bob@example.test", text: "Hello", ...fields });
    assert.ok(page.status >= 400, `${page.status}`);
    const error = new RegExp(`id="f-${field}-error">.*?</svg>([^<]*)`, "s").exec(page.html)?.[1] ?? "";
    assert.match(error, words);
    return page.html;
  };
  await refused({ text: " " }, "text", /nothing in it/);
  await refused({ uri: "" }, "uri", /Whom\?/);
  await refused({ uri: "tel:+1" }, "uri", /is not a user&#39;s address/);
  assert.match(await refused({ uri: "sip:nobody@example.test" }, "uri", /no user/), />\s*Hello<\/textarea>/);
  await refused({ text: "x".repeat(2001) }, "text", /2,?000/);
  assert.equal(world.services.systemMessages.list(10).length, 0);
});

Deno.test("owners and operators write, in every language", async () => {
  const world = await withEverybody();
  for (const role of ["help-desk", "auditor"]) {
    assert.equal((await (await PageReader.of(world, role)).get(HERE)).status, 403);
  }
  for (const locale of LOCALES) {
    assert.equal((await (await PageReader.of(world, "operator", locale)).get(HERE)).status, 200);
  }
});

Deno.test("options, who they are for and what closes the service are asked about first, and sent as they were typed", async () => {
  const world = await withEverybody();
  const visitor = await PageReader.of(world, "owner");
  await visitor.get(HERE);
  const fields = {
    who: "condition",
    uri: "",
    client: "Linphone/5*",
    incomplete: "on",
    text: "Do you <agree>?",
    label0: "Yes",
    grants0: "full",
    label2: "No",
    grants2: "none",
    blocking: "on",
    minutes: "1.5",
    on_timeout: "receive",
    days: "2",
  };
  const more = await visitor.post(HERE, { ...fields, do: "more" });
  assert.match(more.html, /name="label9"/);
  assert.match(more.html, /name="label0"[^>]*value="Yes"/);
  const asked = await visitor.post(HERE, fields);
  assert.match(asked.text, /all of whom the condition is true.*Do you <agree>\?.*service closes to its recipients/);
  assert.equal(world.systemMessages.list(10).length, 0);
  assert.match((await visitor.post(HERE, { ...fields, do: "back" })).html, /name="client"[^>]*value="Linphone\/5\*"/);
  const done = await visitor.done(HERE, { ...fields, do: "confirmed" });
  assert.match(done.text, /Client Linphone\/5\* · Mandatory fields of the profile are missing.*closes the service/);
  const [sent] = world.systemMessages.list(1);
  assert.deepEqual(sent.condition, { client: "Linphone/5*", profile: "incomplete" });
  assert.deepEqual(sent.options.map(({ label, grants }) => [label, grants]), [["Yes", "full"], ["No", "none"]]);
  assert.deepEqual([sent.blocking, sent.answer_within, sent.on_timeout], [true, 90, "receive"]);
  assert.equal(sent.expires_at, world.time.now() + 2 * 86_400_000);
});

Deno.test("what REST refuses of options and limits stands beside its field", async () => {
  const world = await withEverybody();
  const visitor = await PageReader.of(world, "owner");
  await visitor.get(HERE);
  const cases: readonly (readonly [Record<string, string>, string, RegExp])[] = [
    [{ label0: "Yes", grants0: "full" }, "label0", /1 options/],
    [{ label0: "Yes", grants0: "everything", label1: "No", grants1: "none" }, "", /grants/],
    [{ blocking: "on", do: "confirmed" }, "blocking", /needs options/],
    [{ minutes: "-3", label0: "Yes", grants0: "full", label1: "No", grants1: "none" }, "minutes", /./],
    [{ days: "x" }, "days", /./],
    [{ who: "condition", client: "", do: "confirmed", label0: "x".repeat(101), grants0: "full" }, "label0", /100/],
  ];
  for (const [more, field, words] of cases) {
    const fields = { who: "one", uri: "sip:bob@example.test", text: "Hello", on_timeout: "none", ...more };
    const page = await visitor.post(HERE, fields);
    assert.equal(page.status, 422, JSON.stringify(more));
    const error = field === ""
      ? page.text
      : new RegExp(`id="f-${field}-error">.*?</svg>([^<]*)`, "s").exec(page.html)?.[1] ?? "";
    assert.match(error, words, JSON.stringify(more));
    assert.match(page.html, />\s*Hello<\/textarea>/);
  }
  assert.equal(world.systemMessages.list(10).length, 0);
});

Deno.test("one message shows who has answered what, and can be withdrawn", async () => {
  const world = await withEverybody();
  const service = world.systemMessages;
  const options = [{ label: "<i>Yes" }, { label: "No", grants: "none" as const }];
  const { id } = await service.send({ to: "everybody", text: "Agree?", options, blocking: true }, "admin:owner");
  service.answered(id, "sip:alice@example.test", "2");
  for (const locale of LOCALES) {
    const read = await (await PageReader.of(world, "operator", locale)).get(`${HERE}/${id}`);
    assert.equal(read.status, 200, locale);
  }
  const visitor = await PageReader.of(world, "operator");
  const shown = await visitor.get(`${HERE}/${id}`);
  assert.match(shown.text, /Agree\?/);
  assert.match(shown.text, /<i>Yes everything 0 0 ?%.*No nothing 1 100 ?%/);
  assert.match(shown.text, /sip:alice@example\.test answered .* No sip:bob@example\.test delivered/);
  assert.match(shown.text, /Read 1 /, "who answers has read it");
  const withdrawn = await visitor.done(`${HERE}/${id}`, { do: "withdraw" });
  assert.match(withdrawn.text, /withdrawn/);
  assert.equal(service.get(id)!.state, "withdrawn");
  assert.ok(!withdrawn.html.includes('value="withdraw"'));
  assert.equal((await visitor.get(`${HERE}/no-such`)).status, 404);
});
