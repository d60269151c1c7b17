/** An error answer as RFC 9457 has it. */
export function problem(status: number, title: string, detail: string, headers: Record<string, string> = {}): Response {
  const body = JSON.stringify({ type: "about:blank", title, status, detail });
  return new Response(`${body}\n`, { status, headers: { "content-type": "application/problem+json", ...headers } });
}
