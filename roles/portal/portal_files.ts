import { Buffer } from "node:buffer";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import built from "../../dist/portal/portal.json" with { type: "json" };

/** A file of the page as tools/portal_build.mjs leaves it: text, or octets in base64. */
type Built = { readonly type: string } & ({ readonly text: string } | { readonly base64: string });

/** What the page is made of; URLs are paths of this host. */
export interface PortalBuild {
  readonly version: string;
  readonly entry: string;
  /** What the entry imports at once. */
  readonly preload: readonly string[];
  readonly style: string;
  readonly mark: string;
  readonly icons: readonly { readonly size: number; readonly url: string }[];
  /** Where the texts of each language are, and the drawings of icons. */
  readonly texts: Readonly<Record<string, string>>;
  readonly drawings: string;
  /** The service worker. */
  readonly worker: string;
  readonly files: Readonly<Record<string, Built>>;
}

/** The page that was built last. */
export const PORTAL_BUILD: PortalBuild = built as unknown as PortalBuild;

/** Squeezes better than gzip at about the same cost; the highest level would take a second for the whole page. */
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 8 } };
type Encoding = "br" | "gzip" | "";

/** Serves the files of a page, compressed as the browser likes; each is compressed once. */
export class PortalFiles {
  readonly #build: PortalBuild;
  readonly #packed = new Map<string, Uint8Array<ArrayBuffer>>();

  constructor(build: PortalBuild) {
    this.#build = build;
  }

  /** The answer for a path below `/portal/assets/`; null where there is no such file. Names change with what is in them. */
  answer(path: string, acceptEncoding: string): Response | null {
    const file = Object.hasOwn(this.#build.files, path) ? this.#build.files[path] : undefined;
    if (file === undefined) return null;
    return this.#response(path, file, acceptEncoding, "public, max-age=31536000, immutable");
  }

  /** The service worker: always asked for again, so that an update is seen. It may look after all of `/portal`. */
  worker(acceptEncoding: string): Response {
    const file = { type: "text/javascript; charset=utf-8", text: this.#build.worker };
    const response = this.#response("worker", file, acceptEncoding, "no-cache");
    response.headers.set("service-worker-allowed", "/portal");
    response.headers.set("content-security-policy", "default-src 'none'; connect-src 'self'");
    return response;
  }

  #response(name: string, file: Built, acceptEncoding: string, cache: string): Response {
    const encoding = "text" in file ? preferred(acceptEncoding) : "";
    const headers = new Headers({
      "content-type": file.type,
      "cache-control": cache,
      "vary": "accept-encoding",
      "x-content-type-options": "nosniff",
      "cross-origin-resource-policy": "same-origin",
    });
    if (encoding !== "") headers.set("content-encoding", encoding);
    return new Response(this.#octets(name, file, encoding), { headers });
  }

  #octets(name: string, file: Built, encoding: Encoding): Uint8Array<ArrayBuffer> {
    const key = `${encoding} ${name}`;
    const known = this.#packed.get(key);
    if (known !== undefined) return known;
    const plain = "text" in file ? Buffer.from(file.text, "utf8") : Buffer.from(file.base64, "base64");
    const octets = new Uint8Array(
      encoding === "br" ? brotliCompressSync(plain, BROTLI) : encoding === "gzip" ? gzipSync(plain) : plain,
    );
    this.#packed.set(key, octets);
    return octets;
  }
}

/** The best that is accepted (RFC 9110 §12.5.3), as far as browsers write it. */
function preferred(acceptEncoding: string): Encoding {
  const accepts = (name: string) =>
    new RegExp(`(?:^|[\\s,])${name}(?!\\s*;\\s*q=0(?:[,\\s]|$))`, "i").test(acceptEncoding);
  return accepts("br") ? "br" : accepts("gzip") ? "gzip" : "";
}
