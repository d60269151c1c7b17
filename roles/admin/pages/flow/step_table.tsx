import { Badge, type Column, Table, type Tone, useUi } from "../../../../web/ui/mod.ts";
import type { LadderStep } from "../../services/mod.ts";
import { BOX_NAME } from "./box_name.ts";
import { type ShownStep, startLine, type StepKind } from "./ladder_steps.ts";
import { t } from "./texts.ts";

const TONES: Readonly<Record<StepKind, Tone>> = {
  request: "info",
  provisional: "plain",
  success: "ok",
  redirect: "warning",
  failure: "critical",
};

/** The flow in words: what the picture shows, and each message's headers. */
export function StepTable({ steps }: { steps: readonly ShownStep[] }) {
  const { format } = useUi();
  const columns: Column<ShownStep>[] = [
    {
      label: t("what"),
      head: true,
      cell: ({ step, number, kind, again }) => (
        <>
          <span class="step-number">{format.number(number)}</span>
          <code class={`start-line ${kind}`} dir="ltr">{startLine(step.start_line)}</code>{" "}
          {again && <Badge tone="warning" icon="refresh">{t("again")}</Badge>}
          <Headers step={step} number={number} />
        </>
      ),
    },
    {
      label: t("offset"),
      cell: ({ step, offset }) => (
        <span class="nowrap num" title={format.full(step.at)}>
          {format.precise(step.at)}
          <span class="sub" dir="ltr">{`+${format.number(offset)} ms`}</span>
        </span>
      ),
    },
    {
      label: t("from_to"),
      cell: ({ step }) => {
        const [from, to] = step.direction === "in" ? [step.remote, step.local] : [step.local, step.remote];
        return (
          <span class="break" dir="ltr">
            <bdi>{named(from)}</bdi> <span aria-hidden="true">→</span>
            <span class="unseen">{t("to")}</span> <bdi>{named(to)}</bdi>
          </span>
        );
      },
    },
    {
      label: t("over"),
      cell: ({ step, kind }) => (
        <>
          <Badge tone={TONES[kind]}>{step.transport.toUpperCase()}</Badge>
          <span class="sub">
            {step.body_octets === 0 ? t("body.none") : t("body", {
              type: step.content_type === "" ? "?" : step.content_type,
              size: format.octets(step.body_octets),
            })}
          </span>
        </>
      ),
    },
  ];
  return <Table caption={t("steps")} quiet columns={columns} rows={steps} />;
}

/** Those of one message; never its body. */
function Headers({ step, number }: { step: LadderStep; number: number }) {
  const lines = [["CSeq", step.cseq], ["From", step.from], ["To", step.to], ...step.headers];
  return (
    <details class="more">
      <summary>
        {t("headers")}
        <span class="unseen">{` (${t("headers.of", { n: number })})`}</span>
      </summary>
      <dl class="header-lines" dir="ltr">
        {[...lines, [t("door"), step.door]].map(([name, value]) => (
          <div>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function named(participant: string): string {
  return participant === BOX_NAME ? `${BOX_NAME} (${t("box")})` : participant;
}
