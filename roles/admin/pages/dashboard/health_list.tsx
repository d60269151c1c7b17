import {
  ActionForm,
  Button,
  ButtonLink,
  Card,
  Confirm,
  EmptyState,
  Form,
  Icon,
  More,
  Said,
  severityWord,
  Time,
  TONE_ICONS,
  useUi,
} from "../../../../web/ui/mod.ts";
import type { HealthItem } from "../../services/mod.ts";
import { NAV } from "../frame/nav.ts";
import { t } from "../texts/dashboard.ts";
import { t as frame } from "../texts/frame.ts";

/** Everything that is not as it should be, with what to do about it; what is snoozed below, folded. */
export function HealthList({ items, acts }: { items: readonly HealthItem[]; acts: boolean }) {
  const { now } = useUi();
  const open = items.filter(({ snoozed_until }) => snoozed_until <= now);
  const snoozed = items.filter(({ snoozed_until }) => snoozed_until > now);
  return (
    <Card
      title={t("health")}
      id="health"
      live
      actions={acts && (
        <ActionForm action="/admin/health/run">
          <Button kind="quiet" small icon="refresh">{t("health.run")}</Button>
        </ActionForm>
      )}
    >
      {open.length === 0
        ? <EmptyState icon="check" title={t("health.none")}>{t("health.none.text")}</EmptyState>
        : <ul class="items">{open.map((item) => <Item item={item} acts={acts} />)}</ul>}
      {snoozed.length > 0 && (
        <More label={t("snoozed.list", { n: snoozed.length })}>
          <ul class="items">{snoozed.map((item) => <Item item={item} acts={acts} />)}</ul>
        </More>
      )}
    </Card>
  );
}

function Item({ item, acts }: { item: HealthItem; acts: boolean }) {
  const { now, format } = useUi();
  const { code, severity, text, since, repair, snoozed_until } = item;
  const snoozed = snoozed_until > now;
  // A link of ours only: what a check names is a page of the console.
  const page = /^\/admin(?:\/[\w./-]*)?$/.test(repair.page) ? repair.page : "";
  return (
    <li class="item">
      <span class={`sign ${snoozed ? "plain" : severity}`}>
        <Icon name={snoozed ? "snooze" : TONE_ICONS[severity]} />
      </span>
      <div>
        <p class="strong">
          <span class="unseen">{`${severityWord(severity)}: `}</span>
          <Said text={text} />
        </p>
        {repair.text !== "" && (
          <p>
            <Said text={repair.text} />
          </p>
        )}
        <p class="small soft">
          {t("since")} <Time at={since} />
          {snoozed && <>{` · ${t("snoozed", { when: format.dateTime(snoozed_until) })}`}</>}
          {" · "}
          <code>{code}</code>
        </p>
        <div class="actions">
          {acts && repair.action !== "" && (
            <ActionForm action="/admin/health/repair" fields={{ code }}>
              <Button small icon="bolt" label={`${repair.action}: ${text}`}>
                <Said text={repair.action} />
              </Button>
            </ActionForm>
          )}
          {page !== "" && <ButtonLink small href={page} icon="next">{placeName(page)}</ButtonLink>}
          {acts && (snoozed ? <EndSnooze code={code} /> : <Snooze code={code} />)}
        </div>
      </div>
    </li>
  );
}

/** What the navigation calls a page. */
function placeName(page: string): string {
  const item = NAV.flatMap(({ items }) => [...items]).find(({ href }) => href === page);
  return item === undefined ? t("repair.page", { page }) : frame(`nav.${item.text}`);
}

function Snooze({ code }: { code: string }) {
  return (
    <Confirm label={t("snooze")} look={{ kind: "quiet", small: true, icon: "snooze" }} tone="plain">
      <Form action="/admin/health/snooze" class="actions">
        <input type="hidden" name="code" value={code} />
        <Button small name="days" value="1">{t("snooze.day")}</Button>
        <Button small name="days" value="7">{t("snooze.week")}</Button>
        <Button small name="days" value="30">{t("snooze.month")}</Button>
      </Form>
    </Confirm>
  );
}

function EndSnooze({ code }: { code: string }) {
  return (
    <ActionForm action="/admin/health/snooze" fields={{ code, days: "0" }}>
      <Button kind="quiet" small>{t("snooze.end")}</Button>
    </ActionForm>
  );
}
