import { Alert, Badge, Card, Said, Table } from "../../../../web/ui/mod.ts";
import type { BoxStatus } from "../../services/mod.ts";
import type { ApiClient } from "../frame/api_client.ts";
import { holdsPort, portShared } from "./doors.ts";
import { t } from "./texts.ts";

/** What a test button brought. */
export type Tested =
  | {
    readonly kind: "doors";
    readonly results: readonly { readonly entry: string; readonly problem: string | null }[];
    /** Doors of this box that are open now. */
    readonly open: readonly string[];
  }
  | {
    readonly kind: "domain";
    readonly domain: string;
    readonly results: readonly { readonly question: string; readonly answer: string; readonly ok: boolean }[];
  }
  | { readonly kind: "failed"; readonly why: string };

const MOST_ENTRIES = 20;

/** Opens each entry for a moment. */
export async function testDoors(api: ApiClient, entries: readonly string[]): Promise<Tested> {
  const answer = await api.post<{ results: { entry: string; problem: string | null }[] }>("/set-up/test-listen", {
    entries: entries.slice(0, MOST_ENTRIES),
  });
  if (!answer.ok) return { kind: "failed", why: answer.problem.detail };
  const { doors } = await api.need<BoxStatus>("/status");
  return { kind: "doors", results: answer.data.results, open: doors };
}

/** Asks DNS about a domain. */
export async function testDomain(api: ApiClient, domain: string): Promise<Tested> {
  const answer = await api.post<{ results: { question: string; answer: string; ok: boolean }[] }>(
    "/set-up/test-domain",
    { domain },
  );
  if (!answer.ok) return { kind: "failed", why: answer.problem.detail };
  return { kind: "domain", domain, results: answer.data.results };
}

export function TestResults({ tested }: { tested: Tested }) {
  return (
    <Card title={t("test.title")} id="test">
      <Results tested={tested} />
    </Card>
  );
}

function Results({ tested }: { tested: Tested }) {
  if (tested.kind === "failed") return <Alert tone="critical">{t("test.failed", { why: tested.why })}</Alert>;
  if (tested.kind === "domain") {
    return (
      <>
        <p>{t("test.domain.text", { domain: tested.domain })}</p>
        <Table
          caption={t("test.title")}
          quiet
          rows={tested.results}
          columns={[
            { label: t("test.question"), head: true, cell: ({ question }) => <code dir="ltr">{question}</code> },
            { label: t("test.answer"), cell: ({ answer }) => <Said text={answer} /> },
            {
              label: t("test.result"),
              cell: ({ ok }) => (
                <Badge tone={ok ? "ok" : "warning"} icon={ok ? "check" : "warning"}>
                  {t(ok ? "test.right" : "test.wrong")}
                </Badge>
              ),
            },
          ]}
        />
        <p class="hint">{t("test.domain.hint")}</p>
      </>
    );
  }
  return (
    <>
      <p>{t("test.doors.text")}</p>
      <Table
        caption={t("test.title")}
        quiet
        rows={tested.results}
        columns={[
          { label: t("test.entry"), head: true, cell: ({ entry }) => <code dir="ltr">{entry}</code> },
          {
            label: t("test.result"),
            cell: (row) => {
              const others = tested.results.filter((one) => one !== row).map(({ entry }) => entry);
              return <Found {...row} shared={portShared(row.entry, others)} open={tested.open} />;
            },
          },
        ]}
      />
    </>
  );
}

function Found({ entry, problem, shared, open }: {
  entry: string;
  problem: string | null;
  shared: string;
  open: readonly string[];
}) {
  if (shared !== "") {
    return (
      <span class="error">
        <Said text={t("test.shared", { entry: shared })} />
      </span>
    );
  }
  if (problem === null) return <Badge tone="ok" icon="check">{t("test.ok")}</Badge>;
  if (holdsPort(entry, open)) return <span class="soft">{t("test.own")}</span>;
  return (
    <span class="error">
      <Said text={problem} />
    </span>
  );
}
