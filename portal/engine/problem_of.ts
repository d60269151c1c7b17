import { RestProblem } from "./doors.ts";

const MOST_TEXT = 500;

/** What the answer says of the refusal: a problem (RFC 9457), an XCAP error (RFC 4825 §11), or plain text. */
export async function problemOf(answer: Response): Promise<RestProblem> {
  const type = answer.headers.get("content-type") ?? "";
  // Its head said what counts, even where the rest is lost.
  const body = await answer.text().catch(() => "");
  const fields: Record<string, string> = {};
  let text = "";
  if (type.includes("json")) {
    const said = objectOf(body);
    text = textOf(said.detail) || textOf(said.title);
    for (const fault of Array.isArray(said.errors) ? said.errors : []) {
      if (typeof fault?.field === "string") fields[fault.field] = textOf(fault.message);
    }
  } else if (type.includes("xml")) text = / phrase="([^"]*)"/.exec(body)?.[1] ?? "";
  else if (type.startsWith("text/plain")) text = body.trim();
  const seconds = Number(answer.headers.get("retry-after") ?? 0);
  return new RestProblem({
    status: answer.status,
    text: text.slice(0, MOST_TEXT),
    retryAfter: seconds > 0 ? Math.ceil(seconds) : 0,
    fields,
  });
}

function objectOf(json: string): Record<string, unknown> {
  try {
    const value = JSON.parse(json);
    return typeof value === "object" && value !== null ? value : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
