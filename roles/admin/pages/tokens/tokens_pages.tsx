import { failedForm, type FormState, newForm, setFlash } from "../../../../web/ui/mod.ts";
import { cameSecurely } from "../../api/caller.ts";
import { needed, segment } from "../frame/api_client.ts";
import { type ConsoleApp, type ConsoleContext, needs } from "../frame/console.ts";
import { consolePage } from "../frame/page_frame.tsx";
import { t } from "./texts.ts";
import { TokenList, type TokenRow, TokenShown } from "./token_list.tsx";

const HERE = "/admin/tokens";

/** API tokens: the list, a new one, the end of one. */
export function tokenPages(app: ConsoleApp): void {
  app.get(HERE, needs("tokens.read"), (c) => page(c));
  app.post(
    HERE,
    needs("tokens.write"),
    (c) => c.get("posted").text("do") === "revoke" ? revoke(c) : create(c),
  );
}

async function page(
  c: ConsoleContext,
  form: FormState = newForm({ role: "metrics", days: "365" }),
  status = 200,
): Promise<Response> {
  const { api, may } = c.get("console");
  const { tokens } = await api.need<{ tokens: TokenRow[] }>("/tokens");
  return await consolePage(
    c,
    { title: t("title"), lead: t("lead"), here: HERE, status },
    <TokenList tokens={tokens} mayWrite={may("tokens.write")} form={form} />,
  );
}

async function create(c: ConsoleContext): Promise<Response> {
  const posted = c.get("posted");
  const body = { name: posted.text("name"), role: posted.text("role"), days: posted.number("days") };
  const answer = await c.get("console").api.post<TokenRow & { token: string }>("/tokens", body);
  if (!answer.ok) return await page(c, failedForm(posted, answer.problem), answer.status);
  const { host } = new URL(c.req.url);
  const origin = `${cameSecurely(c.req.raw.headers, c.env) ? "https" : "http"}://${host}`;
  // No redirect: the token must stand in no cookie and no address.
  return await consolePage(
    c,
    { title: t("shown"), here: HERE, crumb: { href: HERE, label: t("title") } },
    <TokenShown token={answer.data.token} row={answer.data} origin={origin} />,
  );
}

async function revoke(c: ConsoleContext): Promise<Response> {
  needed(await c.get("console").api.delete(`/tokens/${segment(c.get("posted").text("id"))}`));
  setFlash(c, "ok", t("revoked"));
  return c.redirect(HERE, 303);
}
