/** The walk of RFC 4825 §13, by plain curl: a client we did not write. */
import { equal, match } from "node:assert/strict";
import { Child } from "../support/process.ts";
import { ParleyProcess, passwordOf, users } from "../support/parley.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
let parley: ParleyProcess;
Deno.test.beforeAll(async () => {
  parley = await ParleyProcess.start({ domain: "example.com", users: users("bill", "bob") });
});
Deno.test.afterAll(async () => {
  await parley[Symbol.asyncDispose]();
});

interface Answer {
  readonly status: number;
  readonly etag: string;
  readonly type: string;
  readonly body: string;
}

/** One request with digest; `path` goes out as it stands. */
async function curl(method: string, path: string, type = "", body = "", user = "bill"): Promise<Answer> {
  const send = body === "" ? [] : ["-H", `Content-Type: ${type}`, "--data-binary", body];
  const child = new Child("curl", "curl", {
    args: [
      ...["-sS", "--globoff", "--path-as-is", "--max-time", "20", "--digest", "-u", `${user}:${passwordOf(user)}`],
      ...["-X", method, "-w", "\n%{http_code} %header{etag} %header{content-type}", ...send],
      `http://127.0.0.1:${parley.webPort}/xcap${path}`,
    ],
  });
  const { code } = await child.finished(30_000);
  equal(code, 0, child.output);
  const end = child.output.trimEnd().lastIndexOf("\n");
  const [status, etag, mediaType = ""] = child.output.slice(end + 1).trim().split(" ");
  return {
    status: Number(status),
    etag,
    type: mediaType.replace(";", ""),
    body: child.output.slice(0, Math.max(0, end)),
  };
}

const INDEX = "/resource-lists/users/sip:bill@example.com/index";
const SERVICES = "/rls-services/users/sip:bill@example.com/index";

Deno.test(
  "the walk of RFC 4825 §13 by curl: create, refer, put in, fetch, take out, fetch an attribute [rp:XDM-3] [rp:XDM-4]",
  options,
  async (t) => {
    await t.step("figure 24: a new document", async () => {
      const list = `<?xml version="1.0" encoding="UTF-8"?>
<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists">
  <list name="friends">
  </list>
</resource-lists>`;
      equal((await curl("PUT", INDEX, "application/resource-lists+xml", list)).status, 201);
    });
    await t.step("figure 25: a service whose list is that one", async () => {
      const root = `http://127.0.0.1:${parley.webPort}/xcap`;
      const services = `<?xml version="1.0" encoding="UTF-8"?>
<rls-services xmlns="urn:ietf:params:xml:ns:rls-services">
<service uri="sip:myfriends@example.com">
  <resource-list>${root}${INDEX}/~~/resource-lists/list%5b@name=%22friends%22%5d</resource-list>
  <packages>
   <package>presence</package>
  </packages>
 </service>
</rls-services>`;
      const answer = await curl("PUT", SERVICES, "application/rls-services+xml", services);
      equal(answer.status, 201, answer.body);
    });
    await t.step("figure 26: an element is created", async () => {
      const entry = `<entry uri="sip:bob@example.com">
      <display-name>Bob Jones</display-name>
    </entry>`;
      const target = `${INDEX}/~~/resource-lists/list%5b@name=%22friends%22%5d/entry`;
      const answer = await curl("PUT", target, "application/xcap-el+xml", entry);
      equal(answer.status, 201, answer.body);
      match(answer.etag, /^".+"$/);
    });
    await t.step("figures 27 and 28: the document is fetched, with what was there as it was", async () => {
      const answer = await curl("GET", INDEX);
      equal(answer.status, 200);
      match(answer.type, /^application\/resource-lists\+xml/);
      match(
        answer.body,
        /<list name="friends">\s*<entry uri="sip:bob@example\.com">\n {6}<display-name>Bob Jones<\/display-name>\n {4}<\/entry>\s*<\/list>/,
      );
    });
    await t.step("figure 29: a list in the list", async () => {
      const list = `<list name="close-friends">
   <entry uri="sip:joe@example.com">
     <display-name>Joe Smith</display-name>
   </entry>
   <entry uri="sip:nancy@example.com">
     <display-name>Nancy Gross</display-name>
   </entry>
   <entry uri="sip:petri@example.com">
     <display-name>Petri Aukia</display-name>
   </entry>
</list>`;
      const target = `${INDEX}/~~/resource-lists/list%5b@name=%22friends%22%5d/list%5b@name=%22close-friends%22%5d`;
      const answer = await curl("PUT", target, "application/xcap-el+xml", list);
      equal(answer.status, 201, answer.body);
      const again = await curl("GET", target);
      equal(again.body, list);
      equal(again.etag, answer.etag, "all nodes of a document share one tag");
    });
    await t.step("figure 30: an element is deleted", async () => {
      const target = `${INDEX}/~~/resource-lists/list/list/entry%5b@uri=%22sip:petri@example.com%22%5d`;
      equal((await curl("DELETE", target)).status, 200);
      equal((await curl("GET", target)).status, 404);
    });
    await t.step("figures 31 and 32: an attribute is fetched", async () => {
      const answer = await curl("GET", `${INDEX}/~~/resource-lists/list/list/entry%5b2%5d/@uri`);
      equal(answer.status, 200);
      match(answer.type, /^application\/xcap-att\+xml/);
      equal(answer.body, '"sip:nancy@example.com"');
    });
    await t.step("nobody else may do any of it: 403, whether there is such a document or not", async () => {
      for (const path of [INDEX, SERVICES, INDEX.replace("index", "none"), INDEX.replace("bill", "nobody")]) {
        for (const method of ["GET", "DELETE"]) equal((await curl(method, path, "", "", "bob")).status, 403);
      }
    });
  },
);
