import { equal } from "node:assert/strict";

/** Asks to become a user as a stranger's browser does, with the form's token. */
export async function signUp(origin: string, fields: { name: string; display_name: string }): Promise<void> {
  const opened = await fetch(`${origin}/join`);
  const token = /name="_csrf" value="([^"]+)"/.exec(await opened.text())![1];
  const sent = await fetch(`${origin}/join`, {
    method: "POST",
    headers: { "sec-fetch-site": "same-origin", cookie: opened.headers.getSetCookie()[0].split(";")[0] },
    body: new URLSearchParams({ _csrf: token, ...fields, password: "long enough 1", again: "long enough 1" }),
  });
  const text = await sent.text();
  equal(sent.status, 200, text);
}
