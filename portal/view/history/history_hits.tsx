import { useEffect } from "preact/hooks";
import type { HistoryHit, PortalModel } from "../../model/mod.ts";
import { isolated } from "../doing/isolated.ts";
import { hrefOf } from "../route.ts";
import { useAsked } from "../doing/use_asked.ts";
import { Notice, ProblemNotice, Spinner, When } from "../kit/mod.ts";
import { type HistoryForm, queryOf } from "./history_form.ts";
import { titleOf } from "./history_row.tsx";
import { t } from "./texts.ts";

/** Messages with the words that are looked for; each leads to its place in the conversation. */
export function HistoryHits({ model, form }: { model: PortalModel; form: HistoryForm }) {
  const found = useAsked<
    { readonly hits: readonly HistoryHit[]; readonly bounded: boolean; readonly more: boolean }
  >();
  useEffect(() => found.ask(() => model.history.search(queryOf(form))), [form]);
  const answer = found.value.value;
  if (found.busy.value) return <Spinner label={t("searching")} />;
  return (
    <>
      <ProblemNotice problem={found.problem.value} onRetry={found.again} />
      {answer !== null && (
        <>
          <p role="status">{answer.hits.length === 0 ? t("no-hits") : t("hits", { n: answer.hits.length })}</p>
          {answer.bounded && <Notice tone="warn">{t("bounded")}</Notice>}
          <ul class="list hits">
            {answer.hits.map(({ item, messageId, at, fromName, snippet }) => (
              <li key={`${item.reference} ${messageId}`}>
                <a class="hit" href={hrefOf({ page: "with", key: item.with, message: messageId })}>
                  <bdi class="contact-name">{fromName}</bdi> <bdi class="hit-text">{snippet}</bdi>{" "}
                  <span class="hint">
                    {t("hit-in", { name: isolated(titleOf(item)) })} · <When at={at} />
                  </span>
                </a>
              </li>
            ))}
          </ul>
          {answer.more && <Notice tone="info">{t("more-hits")}</Notice>}
        </>
      )}
    </>
  );
}
