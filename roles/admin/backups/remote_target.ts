import { createReadStream } from "node:fs";
import { type ClientRequest, type IncomingMessage, request as plainRequest } from "node:http";
import { request as secureRequest } from "node:https";
import { Buffer } from "node:buffer";
import { AwsV4Signer } from "aws4fetch";
import { randomHex } from "../../../foundation/mod.ts";
import type { BackupTarget } from "../services/mod.ts";
import { TargetError } from "./target_error.ts";

/** A target that is somewhere else. */
export type RemoteTarget = Exclude<BackupTarget, { readonly kind: "none" }>;

/** Silence on the connection ends it. */
const SILENCE_MS = 30_000;
const MAX_ANSWER = 64 * 1024;

type Content = { readonly file: string; readonly octets: number } | { readonly text: string } | null;

/** Puts a file at the target. Rejects with TargetError. */
export async function putFile(target: RemoteTarget, secret: string, name: string, file: string): Promise<void> {
  const { size } = await Deno.stat(file);
  await exchange(target, secret, "PUT", name, { file, octets: size });
}

/** Writes a small file, reads it back and deletes it. Rejects with TargetError. */
export async function tryTarget(target: RemoteTarget, secret: string): Promise<void> {
  const name = `parley-test-${randomHex(6)}`;
  await exchange(target, secret, "PUT", name, { text: name });
  const back = await exchange(target, secret, "GET", name, null);
  if (back !== name) throw new TargetError(`what was read back is not what was written (${back.length} octets)`);
  await exchange(target, secret, "DELETE", name, null);
}

async function exchange(
  target: RemoteTarget,
  secret: string,
  method: "PUT" | "GET" | "DELETE",
  name: string,
  content: Content,
): Promise<string> {
  const url = new URL(encodeURIComponent(name), target.url.endsWith("/") ? target.url : `${target.url}/`);
  const headers = target.kind === "webdav" ? basic(target.user, secret) : await signed(target, secret, method, url);
  const { status, text } = await send(url, method, headers, content);
  if (status < 200 || status > 299) {
    const said = text.replace(/<[^>]*>/g, " ").replace(/\s+/g, " ").trim().slice(0, 200);
    throw new TargetError(
      `${method} ${url.origin}${url.pathname}: answered ${status}${said === "" ? "" : `: ${said}`}`,
    );
  }
  return text;
}

/** RFC 7617. */
function basic(user: string, secret: string): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${user}:${secret}`, "utf8").toString("base64")}` };
}

/** AWS Signature Version 4; the body is not signed, TLS guards it. */
async function signed(
  { region, access_key }: Extract<RemoteTarget, { readonly kind: "s3" }>,
  secret: string,
  method: string,
  url: URL,
): Promise<Record<string, string>> {
  const signer = new AwsV4Signer({
    method,
    url: url.href,
    accessKeyId: access_key,
    secretAccessKey: secret,
    service: "s3",
    region: region === "" ? "us-east-1" : region,
  });
  const { headers } = await signer.sign();
  return Object.fromEntries([...headers].filter(([header]) => header !== "host"));
}

/** Not `fetch`: it sends streams in chunks, which S3 refuses, and a database does not belong in memory. */
function send(
  url: URL,
  method: string,
  headers: Record<string, string>,
  content: Content,
): Promise<{ status: number; text: string }> {
  const length = content === null ? 0 : "text" in content ? Buffer.byteLength(content.text) : content.octets;
  const options = { method, headers: { ...headers, "content-length": `${length}` } };
  return new Promise((resolve, reject) => {
    const failed = (error: Error) =>
      reject(new TargetError(`${method} ${url.origin}${url.pathname}: ${error.message}`));
    const answered = (response: IncomingMessage) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
        if (text.length > MAX_ANSWER) response.destroy(new Error("the answer is too long"));
      });
      response.on("error", failed);
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    };
    const request: ClientRequest = url.protocol === "https:"
      ? secureRequest(url, options, answered)
      : plainRequest(url, options, answered);
    request.setTimeout(SILENCE_MS, () => request.destroy(new Error(`no answer within ${SILENCE_MS / 1000} s`)));
    request.on("error", failed);
    if (content !== null && "file" in content) {
      const file = createReadStream(content.file);
      file.on("error", (error) => request.destroy(error));
      file.pipe(request);
    } else request.end(content?.text);
  });
}
