import { ActionForm, Button, EmptyState, setFlash, Table, Time } from "../../../../web/ui/mod.ts";
import type { SignUpView } from "../../services/mod.ts";
import { segment } from "../frame/api_client.ts";
import { type ConsoleApp, needs } from "../frame/console.ts";
import { consolePage } from "../frame/page_frame.tsx";
import { t } from "../texts/users.ts";

const PATH = "/admin/sign-ups";

/** Who asked to become a user, where that needs the operator's word (REG-2). */
export function signUpPages(app: ConsoleApp): void {
  app.get(PATH, needs("users.read"), async (c) => {
    const { api, may } = c.get("console");
    const { sign_ups } = await api.need<{ sign_ups: SignUpView[] }>("/sign-ups");
    return await consolePage(
      c,
      { title: t("sign-ups.title"), lead: t("sign-ups.lead"), here: PATH },
      sign_ups.length === 0
        ? (
          <div class="card">
            <EmptyState icon="user-plus" title={t("sign-ups.none")}>{t("sign-ups.none.text")}</EmptyState>
          </div>
        )
        : <Waiting signUps={sign_ups} acts={may("users.write")} />,
    );
  });

  app.post(PATH, needs("users.write"), async (c) => {
    const posted = c.get("posted");
    const { api } = c.get("console");
    const id = segment(posted.text("id"));
    const approve = posted.text("do") === "approve";
    const answer = approve
      ? await api.post<SignUpView>(`/sign-ups/${id}/approve`)
      : await api.delete(`/sign-ups/${id}`);
    if (!answer.ok) setFlash(c, "warning", answer.problem.detail);
    else if (approve) setFlash(c, "ok", t("sign-ups.approved", { uri: (answer.data as SignUpView).uri }));
    else setFlash(c, "ok", t("sign-ups.refused"));
    return c.redirect(PATH, 303);
  });
}

function Waiting({ signUps, acts }: { signUps: readonly SignUpView[]; acts: boolean }) {
  return (
    <Table
      caption={t("sign-ups.caption")}
      quiet
      rows={signUps}
      columns={[
        {
          label: t("sign-ups.who"),
          head: true,
          cell: ({ uri, display_name, e164 }) => (
            <>
              <bdi>{display_name === "" ? uri : display_name}</bdi>
              <bdi dir="ltr" class="sub">{e164 === "" ? uri : `${uri} · ${e164}`}</bdi>
            </>
          ),
        },
        { label: t("sign-ups.when"), cell: ({ at }) => <Time at={at} /> },
        { label: t("sign-ups.from"), cell: ({ source }) => <bdi dir="ltr">{source}</bdi> },
        ...(acts
          ? [{
            label: t("sign-ups.do"),
            bare: true,
            cell: ({ id, uri }: SignUpView) => (
              <ActionForm action={PATH} fields={{ id }}>
                <div class="actions">
                  <Button
                    small
                    name="do"
                    value="approve"
                    icon="check"
                    label={t("sign-ups.approve.what", { what: uri })}
                  >
                    {t("sign-ups.approve")}
                  </Button>
                  <Button
                    small
                    kind="danger"
                    name="do"
                    value="refuse"
                    label={t("sign-ups.refuse.what", { what: uri })}
                  >
                    {t("sign-ups.refuse")}
                  </Button>
                </div>
              </ActionForm>
            ),
          }]
          : []),
      ]}
    />
  );
}
