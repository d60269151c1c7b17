import { Button, ButtonLink, EmptyState, Field, newForm, SearchForm, setFlash, useUi } from "../../../../web/ui/mod.ts";
import type { BoxStatus, ChatSessionView } from "../../services/mod.ts";
import { type ApiClient, segment } from "../frame/api_client.ts";
import { type ConsoleApp, type ConsoleContext, needs } from "../frame/console.ts";
import { consolePage } from "../frame/page_frame.tsx";
import { ChatSessionTable } from "./chat_session_table.tsx";
import { t } from "./texts.ts";

const HERE = "/admin/chat-sessions";
/** Rows on the page; the search finds the others. */
const SHOWN = 200;

/** What GET /chat-sessions gives. */
interface ChatSessionList {
  readonly sessions: readonly ChatSessionView[];
  readonly total: number;
}

/** The sessions that go on (IM-7, IM-8): who with whom, never what. */
export function chatSessionPages(app: ConsoleApp): void {
  app.get(HERE, needs("users.read"), async (c) => {
    const { api, may } = c.get("console");
    const search = (c.req.query("search") ?? "").trim().slice(0, 200);
    const [{ sessions, total }, { domains }] = await Promise.all([
      readChatSessions(api, { search, limit: String(SHOWN) }),
      api.need<BoxStatus>("/status"),
    ]);
    const here = addressOf(search);
    return await consolePage(
      c,
      {
        title: t("title"),
        lead: t("lead"),
        here: HERE,
        actions: <ButtonLink href={here} small icon="refresh">{t("refresh")}</ButtonLink>,
      },
      <>
        <Search search={search} />
        {sessions.length === 0 ? <None search={search} /> : (
          <>
            <Shown n={sessions.length} total={total} />
            <ChatSessionTable sessions={sessions} domains={domains} action={here} mayEnd={may("users.help")} />
          </>
        )}
      </>,
    );
  });

  app.post(HERE, needs("users.help"), (c) => endChatSession(c, addressOf((c.req.query("search") ?? "").slice(0, 200))));
}

/** Sessions by a filter: `search`, `user`, `limit`. */
export async function readChatSessions(
  api: ApiClient,
  filter: Readonly<Record<string, string>>,
): Promise<ChatSessionList> {
  return await api.need<ChatSessionList>(`/chat-sessions?${new URLSearchParams(filter)}`);
}

/** Ends the session of the posted form and leads to `next`. One that ended by itself meanwhile is told so. */
export async function endChatSession(c: ConsoleContext, next: string): Promise<Response> {
  const answer = await c.get("console").api.delete(`/chat-sessions/${segment(c.get("posted").text("id"))}`);
  if (answer.ok) setFlash(c, "ok", t("ended"));
  else setFlash(c, "warning", answer.problem.detail);
  return c.redirect(next, 303);
}

function addressOf(search: string): string {
  return search === "" ? HERE : `${HERE}?search=${encodeURIComponent(search)}`;
}

function Search({ search }: { search: string }) {
  return (
    <SearchForm action={HERE} label={t("search")}>
      <Field
        form={newForm({ search })}
        name="search"
        label={t("search")}
        type="search"
        placeholder={t("search.hint")}
        autocomplete="off"
        maxlength={200}
        bare
      />
      <Button icon="search">{t("search.do")}</Button>
    </SearchForm>
  );
}

function None({ search }: { search: string }) {
  return (
    <div class="card">
      {search === "" ? <EmptyState icon="link" title={t("none")}>{t("none.text")}</EmptyState> : (
        <EmptyState
          icon="search"
          title={t("none.found")}
          actions={<ButtonLink href={HERE}>{t("none.all")}</ButtonLink>}
        >
          {t("none.found.text", { search })}
        </EmptyState>
      )}
    </div>
  );
}

function Shown({ n, total }: { n: number; total: number }) {
  const { format } = useUi();
  return (
    <p class="soft" role="status">
      {t("shown", { n, total: format.number(total) })} {n >= SHOWN && total > n && t("shown.more")}
    </p>
  );
}
