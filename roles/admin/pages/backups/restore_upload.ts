import { FormError, PageError, readStreamedForm, type StreamedForm } from "../../../../web/ui/mod.ts";
import { type Answer, answerOf, type ApiClient } from "../frame/api_client.ts";

/** What REST says of a backup that the box restarts on. */
export interface Restored {
  readonly created_at: number;
  readonly users: number;
  readonly deferred_messages: number;
}

/** Octets that are still read after a refusal, so that the browser comes to show it. */
const MOST_DISCARDED = 256 * 1_048_576;

/** The form up to its file. Throws PageError. */
export async function uploadForm(request: Request): Promise<StreamedForm> {
  try {
    return await readStreamedForm(request);
  } catch (error) {
    if (error instanceof FormError) throw new PageError(error.status, error.message, { cause: error });
    throw error;
  }
}

/** Hands the file on to REST as it comes. */
export async function restoreUpload(
  api: ApiClient,
  path: "/restore" | "/set-up/restore",
  { file, discard }: StreamedForm,
  headers: Readonly<Record<string, string>>,
): Promise<Answer<Restored>> {
  const answer = await answerOf<Restored>(
    await api.raw("POST", path, {
      body: file?.stream ?? null,
      headers: { "content-type": "application/octet-stream", ...headers },
    }),
  );
  if (!answer.ok) await discard(MOST_DISCARDED);
  return answer;
}

/** A key as a header line carries it: what is no key's sign would not get through, and is wrong anyway. */
export function keyHeader(typed: string): string {
  return typed.replace(/\p{Pd}/gu, "-").replace(/[^\x20-\x7e]/g, "?").slice(0, 200);
}
