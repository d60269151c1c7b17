import { Alert, Button, ButtonLink, Card, Countdown, Form, Table, useUi } from "../../../../web/ui/mod.ts";
import type { CandidateView, SettingChange, SettingDiff, SettingRow } from "../../services/mod.ts";
import { settingLabel } from "./names.ts";
import { SettingValue } from "./setting_field.tsx";
import { CHANGES, DO, ETAG } from "./settings_form.ts";
import { t } from "./texts.ts";

/** The difference before it is made, and the way on or back. The form posts to the page's own path. */
export function ChangeReview({ rows, changes, next, etag, confirmSeconds }: {
  rows: readonly SettingRow[];
  changes: readonly SettingChange[];
  next: "nothing" | "restart" | "confirm";
  etag: string;
  confirmSeconds: number;
}) {
  const { format } = useUi();
  const byKey = new Map(rows.map((row) => [row.key, row]));
  const diffs = changes.flatMap(({ key, value }) => {
    const row = byKey.get(key);
    return row === undefined ? [] : [{ row, key, from: row.value, to: value ?? row.default }];
  });
  return (
    <Card>
      {next === "confirm" && (
        <Alert tone="warning" title={t("review.risky")}>
          {t("review.risky.text", { time: format.duration(confirmSeconds * 1000) })}
        </Alert>
      )}
      {next === "restart" && <Alert tone="info">{t("review.restart")}</Alert>}
      <Table
        caption={t("review.list")}
        quiet
        rows={diffs}
        columns={[
          {
            label: t("review.setting"),
            head: true,
            cell: ({ key }) => (
              <>
                {settingLabel(key)}
                <code class="sub" dir="ltr">{key}</code>
              </>
            ),
          },
          {
            label: t("review.from"),
            cell: ({ row, from }) => (
              <del>
                <SettingValue row={row} value={from} />
              </del>
            ),
          },
          {
            label: t("review.to"),
            cell: ({ row, to }) => (
              <ins>
                <SettingValue row={row} value={to} />
              </ins>
            ),
          },
          {
            label: t("review.effect"),
            cell: ({ row }) => t(`effect.${row.risky ? "confirm" : row.apply}`),
          },
        ]}
      />
      <Form class="actions" label={t("review")}>
        <input type="hidden" name={CHANGES} value={JSON.stringify(changes)} />
        <input type="hidden" name={ETAG} value={etag} />
        <Button kind="primary" name={DO} value="apply" icon="check">{t("apply")}</Button>
        <Button name={DO} value="edit" icon="edit">{t("edit")}</Button>
      </Form>
    </Card>
  );
}

/** What was done and must now be confirmed: where, and until when. */
export function ChangeApplied({ candidate, addresses, path }: {
  candidate: CandidateView;
  /** Where the console will be; empty: no door that is known. */
  addresses: readonly string[];
  /** The page to go on with. */
  path: string;
}) {
  return (
    <Card>
      <Alert tone="warning" title={t("applied.lead")}>{t("applied.text")}</Alert>
      <p>
        {t("applied.left")} <Countdown until={candidate.confirm_before} stay />
      </p>
      {addresses.length === 0 && <p>{t("applied.none")}</p>}
      <div class="stack tight">
        {addresses.map((address, at) => (
          <p>
            <ButtonLink href={`${address}${path}`} kind={at === 0 ? "primary" : "secondary"} icon="next">
              <bdi>{t("applied.open", { address })}</bdi>
            </ButtonLink>
          </p>
        ))}
      </div>
    </Card>
  );
}

/** One change of the past as a line. */
export function DiffLine({ diff: { key, from, to }, row }: { diff: SettingDiff; row: SettingRow | undefined }) {
  const shape = row ?? { key, kind: "text" as const, unit: "" };
  return (
    <li class="diff-line">
      <span class="strong">{settingLabel(key)}</span>
      <del>
        <SettingValue row={shape} value={row === undefined ? JSON.stringify(from) : from} />
      </del>
      <span aria-hidden="true">→</span>
      <ins>
        <SettingValue row={shape} value={row === undefined ? JSON.stringify(to) : to} />
      </ins>
    </li>
  );
}
