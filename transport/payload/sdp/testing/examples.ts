/** The session descriptions of the RFCs, for tests: `testdata/rfcNNNN/NN.sdp`, in the order of the document. */
import { fromLatin1, toLatin1 } from "../../../../foundation/mod.ts";
import { parseSdp, type SessionDescription } from "../session_description.ts";

/** The octets of an example, lines with CRLF; `name` as in `rfc5547/02`. */
export function exampleOctets(name: string): Uint8Array {
  const text = toLatin1(Deno.readFileSync(new URL(`../testdata/${name}.sdp`, import.meta.url)));
  return fromLatin1(text.replace(/\r?\n/g, "\r\n"));
}

export function example(name: string): SessionDescription {
  return parseSdp(exampleOctets(name));
}

/** The names of all of them. */
export function exampleNames(): string[] {
  const root = new URL("../testdata/", import.meta.url);
  const names: string[] = [];
  for (const folder of Deno.readDirSync(root)) {
    for (const file of Deno.readDirSync(new URL(`${folder.name}/`, root))) {
      names.push(`${folder.name}/${file.name.replace(/\.sdp$/, "")}`);
    }
  }
  return names.sort();
}

/** A description from lines. */
export function sdpOf(...lines: readonly string[]): SessionDescription {
  return parseSdp(fromLatin1(lines.join("\r\n")));
}

export const SESSION = ["v=0", "o=- 1 1 IN IP4 192.0.2.1", "s=-", "c=IN IP4 192.0.2.1", "t=0 0"] as const;
