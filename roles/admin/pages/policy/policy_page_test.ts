import assert from "node:assert/strict";
import { Visitor } from "../../testing/page_visitor.ts";
import { filled, formIn } from "../testing/page_form.ts";
import { settingsWorld, valueOf } from "../testing/settings_world.ts";

const HERE = "/admin/policy";

Deno.test("the operator sets sizes of messages, of single types, of sessions, and what new users begin with", async () => {
  const world = await settingsWorld();
  const visitor = await Visitor.as(world, "operator");
  const form = formIn((await visitor.get(HERE)).text, "Message policy");
  const review = await visitor.post(
    HERE,
    filled(form, {
      "pager.max_body": "900",
      "pager.max_body_of": '"image/*" = 500',
      "session.max_message": "4096",
      "session.max_content": "1000000",
      "session.types": "text/plain\nimage/*",
      "session.media_path": "never",
      "session.large_messages": "convert",
      "session.concurrent": "5",
      "deferred.max_days": "14",
      "profile.deferral": "always",
      "do": "review",
    }),
  );
  const done = await visitor.post(HERE, filled(formIn(review.text, "Review changes"), { do: "apply" }));
  assert.equal(done.location, HERE);
  assert.deepEqual(
    [
      "pager.max_body",
      "pager.max_body_of",
      "session.max_message",
      "session.max_content",
      "session.types",
      "session.media_path",
      "session.large_messages",
      "session.concurrent",
      "deferred.max_days",
      "profile.deferral",
    ]
      .map((key) => valueOf(world, key)),
    [900, { "image/*": 500 }, 4096, 1_000_000, ["text/plain", "image/*"], "never", "convert", 5, 14, "always"],
  );
});

Deno.test("every setting of the policy stands on the page once", async () => {
  const visitor = await Visitor.as(await settingsWorld(), "owner");
  const { text } = await visitor.get(HERE);
  const ids = [...text.matchAll(/ id="((?:pager|session|deferred|profile)\.[^"]+)"/g)].map(([, id]) => id);
  assert.equal(ids.length, 27);
  assert.equal(new Set(ids).size, ids.length);
});

Deno.test("everybody is told the policy in words that can be changed", async () => {
  const world = await settingsWorld({ "domain": { value: "example.test" } });
  const visitor = await Visitor.as(world, "operator");
  const form = formIn((await visitor.get(HERE)).text, "Tell everybody");
  const text = String(form.get("text"));
  assert.match(text, /example\.test[\s\S]*1\.3 kB[\s\S]*66 kB, a file 10 MB[\s\S]*7 days/);
  const sent = await visitor.post(HERE, filled(form, { text: `${text}\nGreetings`, do: "tell" }));
  assert.match((await visitor.follow(sent)).text, /On its way to 2 users/);
  const [message] = world.services.systemMessages.list(1);
  assert.equal(message.to, "everybody");
  assert.match(message.text, /Greetings$/);
});

Deno.test("a message that is too long is refused with its text kept", async () => {
  const world = await settingsWorld();
  const visitor = await Visitor.as(world, "owner");
  const page = await visitor.post(HERE, { do: "tell", text: `<i>${"x".repeat(2000)}` });
  assert.equal(page.status, 422);
  assert.match(page.text, /id="f-text-error"/);
  assert.match(page.text, /&lt;i&gt;xxx/);
  assert.equal(world.services.systemMessages.list(1).length, 0);
});
