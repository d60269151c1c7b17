import assert from "node:assert/strict";
import { failedForm, problemOfIssues } from "./form_state.ts";
import { FormError, Posted, readForm } from "./posted.ts";

const post = (body: BodyInit, headers: Record<string, string> = {}) =>
  new Request("http://x/", { method: "POST", body, headers });

Deno.test("a form is read as text and files, each only as what it is", async () => {
  const data = new FormData();
  data.append("name", " Ada \r\n");
  data.append("file", new File(["a,b"], "users.csv"));
  data.append("none", new File([], ""));
  const posted = await readForm(post(data), 10_000);
  assert.equal(posted.text("name"), "Ada");
  assert.equal(posted.text("file"), "");
  assert.equal(posted.file("name"), null);
  assert.equal(posted.file("none"), null);
  assert.equal(await posted.file("file")!.text(), "a,b");
  const plain = await readForm(post(new URLSearchParams("a=1&a=2&b=on&c=+x%0D%0A%0D%0Ay+")), 100);
  assert.deepEqual(plain.list("a"), ["1", "2"]);
  assert.ok(plain.flag("b") && !plain.flag("z") && Number.isNaN(plain.number("z")));
  assert.deepEqual(plain.lines("c"), ["x", "y"]);
});

Deno.test("a form that says it is too large is refused unread, one that turns out so as soon as it does", async () => {
  let pulled = 0;
  const endless = () =>
    new ReadableStream<Uint8Array>({
      pull: (to) => {
        pulled++;
        to.enqueue(new Uint8Array(1000));
      },
    }, { highWaterMark: 0 });
  const type = { "content-type": "application/x-www-form-urlencoded" };
  const tooLarge = (error: unknown) => error instanceof FormError && error.status === 413;
  const said = new Request("http://x/", {
    method: "POST",
    body: endless(),
    headers: { ...type, "content-length": "9999" },
  });
  await assert.rejects(readForm(said, 5000), tooLarge);
  assert.equal(pulled, 0);
  await assert.rejects(
    readForm(new Request("http://x/", { method: "POST", body: endless(), headers: type }), 5000),
    tooLarge,
  );
  assert.equal(pulled, 6);
});

Deno.test("what is no form is refused with its reason", async () => {
  const refused = (status: number) => (error: unknown) => error instanceof FormError && error.status === status;
  await assert.rejects(readForm(post("{}", { "content-type": "application/json" }), 100), refused(415));
  await assert.rejects(
    readForm(post("nonsense", { "content-type": "multipart/form-data; boundary=x" }), 100),
    refused(400),
  );
});

Deno.test("a failed form keeps what was typed and has each error at its field, the rest above", () => {
  const posted = new Posted([["uri", "x"], ["e164", "12"]]);
  const form = failedForm(posted, {
    detail: "The user was not added.",
    errors: [{ field: "uri", message: "no address" }, { field: "number", message: "no number" }, {
      field: "quota",
      message: "odd",
    }],
  }, { number: "e164" });
  assert.deepEqual(form.values, { uri: "x", e164: "12" });
  assert.deepEqual(form.errors, { uri: "no address", e164: "no number" });
  assert.equal(form.alert, "quota: odd");
  assert.equal(failedForm(posted, { detail: "It is late." }).alert, "It is late.");
  assert.deepEqual(problemOfIssues([{ path: ["a", 0], message: "m" }]), { errors: [{ field: "a.0", message: "m" }] });
});
