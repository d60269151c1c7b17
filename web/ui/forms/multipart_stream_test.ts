import assert from "node:assert/strict";
import fc from "fast-check";
import { FormError } from "./posted.ts";
import { readStreamedForm } from "./multipart_stream.ts";

/** A form as a browser sends it, in pieces of `size` octets. */
async function sent(form: FormData, size: number): Promise<Request> {
  const whole = new Request("http://box/", { method: "POST", body: form });
  const body = new Uint8Array(await whole.arrayBuffer());
  return inPieces(body, whole.headers.get("content-type")!, size);
}

function inPieces(body: Uint8Array, type: string, size: number): Request {
  let at = 0;
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at >= body.length) return controller.close();
      controller.enqueue(body.slice(at, at += size));
    },
  });
  return new Request("http://box/", { method: "POST", headers: { "content-type": type }, body: stream });
}

async function octetsOf(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

Deno.test("fields and file come out as they went in, however the body is cut", async () => {
  const octets = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    // What looks like a delimiter and is none.
    fc.array(fc.constantFrom(13, 10, 45, 45, 65), { maxLength: 200 }).map((all) => new Uint8Array(all)),
  );
  await fc.assert(
    fc.asyncProperty(
      octets,
      fc.string({ maxLength: 40 }),
      fc.integer({ min: 1, max: 90 }),
      async (file, text, size) => {
        const form = new FormData();
        form.set("recovery_key", text);
        form.set("empty", "");
        form.set("file", new File([new Uint8Array(file)], 'a "b".parley'));
        const read = await readStreamedForm(await sent(form, size));
        // A form's line ends are CR LF on the way.
        assert.equal(read.posted.raw("recovery_key"), text.replace(/\r\n|\r|\n/g, "\n"));
        assert.equal(read.posted.raw("empty"), "");
        assert.equal(read.file?.name, 'a "b".parley');
        assert.deepEqual(await octetsOf(read.file!.stream), new Uint8Array(file));
      },
    ),
  );
});

Deno.test("no file chosen is no file", async () => {
  const form = new FormData();
  form.set("file", new File([], ""));
  form.set("key", "after it");
  const read = await readStreamedForm(await sent(form, 7));
  assert.equal(read.file, null);
  assert.equal(read.posted.raw("key"), "after it");
});

Deno.test("what is left can be thrown away, so that an early answer is seen", async () => {
  const form = new FormData();
  form.set("key", "k");
  form.set("file", new File([new Uint8Array(50_000)], "big"));
  const request = await sent(form, 1000);
  const read = await readStreamedForm(request);
  await read.file!.stream.cancel();
  await read.discard(1_000_000);
  assert.equal(request.bodyUsed, true);
});

Deno.test("broken forms are refused: no boundary, cut off, no name, too much text", async () => {
  const type = "multipart/form-data; boundary=B";
  const read = (text: string, contentType = type) =>
    readStreamedForm(inPieces(new TextEncoder().encode(text), contentType, 10));
  const refused = (status: number) => (error: unknown) => error instanceof FormError && error.status === status;
  await assert.rejects(read("x", "text/plain"), refused(415));
  await assert.rejects(read('--B\r\nContent-Disposition: form-data; name="a"\r\n\r\nno end'), refused(400));
  await assert.rejects(read("--B\r\nContent-Type: text/plain\r\n\r\nx\r\n--B--\r\n"), refused(400));
  const long = "x".repeat(70_000);
  await assert.rejects(read(`--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n${long}\r\n--B--`), refused(413));
  const cut = await read('--B\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\nhalf');
  await assert.rejects(octetsOf(cut.file!.stream), refused(400));
});
