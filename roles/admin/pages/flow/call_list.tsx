import {
  Badge,
  Button,
  ButtonLink,
  Card,
  type Column,
  EmptyState,
  Field,
  type FormState,
  SearchForm,
  Table,
  Time,
  type Tone,
} from "../../../../web/ui/mod.ts";
import { segment } from "../frame/api_client.ts";
import { t } from "./texts.ts";

/** One call as `GET /traces` lists it. */
export interface CallRow {
  readonly call_id: string;
  readonly at: number;
  readonly method: string;
  readonly from: string;
  readonly to: string;
  /** 0: no answer was seen. */
  readonly status: number;
  readonly messages: number;
}

/** The latest calls. `capacity` 0: tracing is off. */
export function CallList({ capacity, calls, search, form }: {
  capacity: number;
  calls: readonly CallRow[];
  search: string;
  form: FormState;
}) {
  if (capacity === 0) {
    return (
      <Card>
        <EmptyState
          icon="flow"
          title={t("off")}
          actions={<ButtonLink href="/admin/settings?search=trace" icon="settings">{t("off.settings")}</ButtonLink>}
        >
          {t("off.words")}
        </EmptyState>
      </Card>
    );
  }
  return (
    <>
      <Card>
        <SearchForm action="/admin/flow" label={t("search")}>
          <Field
            form={form}
            name="search"
            label={t("search.label")}
            type="search"
            autocomplete="off"
            maxlength={200}
            required
          />
          <Button icon="search">{t("search.do")}</Button>
          {search !== "" && <ButtonLink kind="quiet" href="/admin/flow">{t("all")}</ButtonLink>}
        </SearchForm>
        <p class="hint">{t("kept", { n: capacity })}</p>
      </Card>
      {calls.length === 0
        ? (
          <Card>
            <EmptyState icon="flow" title={t(search === "" ? "none" : "none.found")}>
              {search === "" ? t("none.words") : t("none.found.words", { search })}
            </EmptyState>
          </Card>
        )
        : <Table caption={t("recent")} quiet columns={columns()} rows={calls} />}
    </>
  );
}

function columns(): Column<CallRow>[] {
  return [
    {
      label: t("parties"),
      head: true,
      cell: ({ method, from, to, call_id }) => (
        <>
          <a href={`/admin/flow/${segment(call_id)}`}>
            <bdi>{method}</bdi>
            <span class="unseen">{` ${call_id}`}</span>
          </a>
          <span class="sub" dir="ltr">
            <bdi>{from}</bdi> <span aria-hidden="true">→</span>
            <span class="unseen">{t("to")}</span> <bdi>{to}</bdi>
          </span>
        </>
      ),
    },
    {
      label: t("status"),
      cell: ({ status }) => <Badge tone={toneOf(status)}>{status === 0 ? t("status.none") : String(status)}</Badge>,
    },
    { label: t("messages"), number: true, cell: ({ messages }) => String(messages) },
    { label: t("when"), cell: ({ at }) => <Time at={at} /> },
    { label: t("call_id"), cell: ({ call_id }) => <code class="break" dir="ltr">{call_id}</code> },
  ];
}

function toneOf(status: number): Tone {
  if (status === 0) return "warning";
  if (status < 200) return "plain";
  if (status < 300) return "ok";
  // A challenge is how a log-in begins.
  return status === 401 || status === 407 ? "info" : "critical";
}
