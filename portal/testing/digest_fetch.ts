import { toLatin1, utf8 } from "../../foundation/mod.ts";
import { DigestClient } from "../../transport/sip/mod.ts";
import { nobleHash } from "../engine/link/noble_hash.ts";

export type Ask = (request: Request) => Promise<Response>;

/** A `fetch` that answers digest challenges (RFC 7616), as XCAP makes them. */
export function digestFetch(username: string, password: string, ask: Ask = fetch): Ask {
  const octets = (text: string) => toLatin1(utf8(text));
  const account = { username: octets(username), password: octets(password) };
  let known = new DigestClient(nobleHash, account);
  return async (request) => {
    const { pathname, search } = new URL(request.url);
    const again = request.clone();
    const first = known.authorize(request.method, pathname + search)[0];
    if (first !== undefined) request.headers.set("authorization", first);
    const answer = await ask(request);
    const challenge = answer.headers.get("www-authenticate") ?? "";
    if (answer.status !== 401 || !/^digest/i.test(challenge)) {
      await again.body?.cancel();
      return answer;
    }
    // One of its own: others that were sent at the same time have a challenge each.
    const digest = new DigestClient(nobleHash, account);
    if (!digest.challenged(challenge.split(/,\s*(?=Digest )/i))) return answer;
    known = digest;
    const value = digest.authorize(request.method, pathname + search)[0];
    if (value === undefined) return answer;
    await answer.body?.cancel();
    again.headers.set("authorization", value);
    return await ask(again);
  };
}
