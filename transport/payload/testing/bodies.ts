/** The example bodies of the RFCs, for tests. */

/** The octets of `testdata/<name>`, line ends as they are there (CRLF). */
export function exampleBody(name: string): Uint8Array {
  return Deno.readFileSync(new URL(`../testdata/${name}`, import.meta.url));
}
