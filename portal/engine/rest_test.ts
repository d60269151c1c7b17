import { deepEqual, equal, rejects } from "node:assert/strict";
import { RestProblem } from "./doors.ts";
import { HttpRest, type RestParts } from "./rest.ts";

/** REST whose service answers as it is told. */
function rest(answer: (request: Request) => Response | Promise<Response>, more: Partial<RestParts> = {}) {
  const asked: Request[] = [];
  const made = new HttpRest({
    origin: "https://im.example.test:8443",
    fetch: (request) => {
      asked.push(request);
      return Promise.resolve(answer(request));
    },
    ...more,
  });
  return { rest: made, asked };
}

async function problemOf(asked: Promise<unknown>): Promise<RestProblem> {
  return await asked.then(() => {
    throw new Error("it was not refused");
  }, (error) => {
    if (!(error instanceof RestProblem)) throw error;
    return error;
  });
}

Deno.test("questions go below the portal's paths, values of undefined are left out", async () => {
  const { rest: made, asked } = rest(() => Response.json({ a: 1 }));
  deepEqual(await made.get("/me/history", { words: "a b&c", from: 5, until: undefined }), { a: 1 });
  equal(asked[0].url, "https://im.example.test:8443/portal/api/v1/me/history?words=a+b%26c&from=5");
  await made.send("PATCH", "/me", { name: "é" });
  equal(asked[1].method, "PATCH");
  equal(asked[1].headers.get("content-type"), "application/json");
  equal(await asked[1].text(), '{"name":"é"}');
  equal(made.href("/me/history/x/export"), "https://im.example.test:8443/portal/api/v1/me/history/x/export");
});

Deno.test("an answer without a body is undefined, octets come as they are", async () => {
  const { rest: made } = rest(({ method }) =>
    method === "DELETE" ? new Response(null, { status: 204 }) : new Response(new Uint8Array([1, 2, 3]))
  );
  equal(await made.send("DELETE", "/x"), undefined);
  equal((await made.blob("/x")).size, 3);
});

Deno.test("documents go below the XCAP root, with their conditions; what came back tells type and entity-tag", async () => {
  const { rest: made, asked } = rest(() =>
    new Response("<a/>", { status: 201, headers: { "content-type": "application/xml", etag: '"e1"' } })
  );
  const path = "/resource-lists/users/sip:ada@example.test/index";
  const answer = await made.xcap("PUT", path, { body: "<a/>", type: "application/xml", ifNoneMatch: "*" });
  deepEqual(answer, { status: 201, body: "<a/>", type: "application/xml", etag: '"e1"' });
  equal(asked[0].url, `https://im.example.test:8443/portal/xcap${path}`);
  equal(asked[0].headers.get("if-none-match"), "*");
  equal(asked[0].headers.has("if-match"), false);
});

Deno.test("a problem tells its words, its fields, and when to come again", async () => {
  const problem = { title: "Bad", detail: "Too long.", errors: [{ field: "name", message: "30 at most" }] };
  const { rest: made } = rest(() =>
    new Response(JSON.stringify(problem), {
      status: 422,
      headers: { "content-type": "application/problem+json", "retry-after": "7" },
    })
  );
  const { status, text, retryAfter, fields } = await problemOf(made.get("/x"));
  deepEqual({ status, text, retryAfter, fields }, {
    status: 422,
    text: "Too long.",
    retryAfter: 7,
    fields: { name: "30 at most" },
  });
});

Deno.test("refusals of XCAP and of what is no service of ours are told as far as they can be", async () => {
  const answers: readonly (readonly [string, string, string])[] = [
    ["application/xcap-error+xml", '<xcap-error><cannot-insert phrase="no room"/></xcap-error>', "no room"],
    ["text/plain;charset=utf-8", " down \n", "down"],
    ["text/html", "<h1>Bad gateway</h1>", ""],
    ["application/problem+json", "{", ""],
    ["application/problem+json", "[1]", ""],
    ["application/json", '{"detail":7}', ""],
  ];
  for (const [type, body, expected] of answers) {
    const { rest: made } = rest(() => new Response(body, { status: 409, headers: { "content-type": type } }));
    equal((await problemOf(made.xcap("GET", "/x"))).text, expected, type);
  }
});

Deno.test("no answer, none in time, and one that is no JSON are status 0", async () => {
  const { rest: gone } = rest(() => Promise.reject(new TypeError("connection refused")));
  equal((await problemOf(gone.get("/x"))).status, 0);
  const { rest: mute } = rest(
    ({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    { patience_ms: 5 },
  );
  equal((await problemOf(mute.get("/x"))).status, 0);
  const { rest: garbled } = rest(() => new Response("<html>"));
  equal((await problemOf(garbled.get("/x"))).status, 0);
});

Deno.test("401 is told as the end of the session, other refusals are not", async () => {
  let ended = 0;
  let status = 403;
  const { rest: made } = rest(() => new Response("", { status }), { onSignedOut: () => void ended++ });
  await rejects(made.get("/x"), RestProblem);
  equal(ended, 0);
  status = 401;
  await rejects(made.get("/x"), RestProblem);
  equal(ended, 1);
});

Deno.test("elsewhere it goes by a token", async () => {
  const { rest: made, asked } = rest(() => Response.json({}), {
    api: "/api/v1",
    xcap: "/xcap",
    headers: { authorization: "Bearer t" },
  });
  await made.get("/me");
  equal(asked[0].url, "https://im.example.test:8443/api/v1/me");
  equal(asked[0].headers.get("authorization"), "Bearer t");
});
