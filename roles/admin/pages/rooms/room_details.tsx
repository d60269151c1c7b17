import { ActionForm, Button, Card, Confirm, Facts, Time, useUi } from "../../../../web/ui/mod.ts";
import type { RoomDetail } from "../../services/mod.ts";
import { LastSaid, peopleCounts } from "./room_lists.tsx";
import { Party } from "./room_words.tsx";
import { t } from "./texts.ts";

/** What there is to know of a room. */
export function RoomFacts({ room, domains }: { room: RoomDetail; domains: readonly string[] }) {
  const { format } = useUi();
  const { name, subject, group, owner, uri, kind, creator, messages, octets, since, said_at, waiting, recorders } =
    room;
  const kept = t("kept.messages", { n: messages });
  return (
    <Card title={t("facts")} id="room">
      <Facts
        of={[
          subject === "" || subject === name ? null : [t("subject"), <bdi>{subject}</bdi>],
          group === "" ? null : [t("group"), <bdi dir="ltr">{group}</bdi>],
          kind === "ad-hoc"
            ? null
            : [t("owner"), owner === "" ? t("owner.operator") : <Party uri={owner} domains={domains} />],
          [t("address"), <bdi dir="ltr">{uri}</bdi>],
          [t("creator"), creator === "" ? t("creator.hidden") : <Party uri={creator} domains={domains} />],
          [t("since"), <Time at={since} />],
          [t("said"), <LastSaid at={said_at} />],
          [t("people"), format.list(peopleCounts(room))],
          [t("kept"), messages === 0 ? kept : `${kept}, ${format.octets(octets)}`],
          [t("waiting"), waiting === 0 ? t("waiting.none") : t("waiting.some", { n: waiting })],
          [t("recorders"), recorders === 0 ? t("recorders.none") : t("recorders.some", { n: recorders })],
        ]}
      />
      <p class="hint">{t("recorders.hint")}</p>
    </Card>
  );
}

/** What holds in it, by its document and the settings. */
export function RoomRulesCard({ room: { kind, hides_identity, rules } }: { room: RoomDetail }) {
  const { format } = useUi();
  const { minimum_age, max_participants, min_participants, required, ends_at, history } = rules;
  const { message_bytes, rejoin_seconds, empty_seconds, idle_seconds } = rules;
  const allowed = (is: boolean) => t(is ? "rule.allowed" : "rule.refused");
  const time = (seconds: number) => format.duration(seconds * 1000);
  const isGroup = kind !== "ad-hoc";
  // Where a room needs people it ends when it is empty, whatever the settings say.
  const stays = isGroup && min_participants === 0 && empty_seconds > 0;
  return (
    <Card title={t("rules")} id="rules">
      <Facts
        of={[
          [t("rule.identity"), t(hides_identity ? "rule.identity.hidden" : "rule.identity.shown")],
          [t("rule.nicknames"), allowed(rules.nicknames)],
          [t("rule.private"), allowed(rules.private_messages)],
          isGroup ? [t("rule.invites"), t(rules.invites_members ? "rule.invites.yes" : "rule.invites.no")] : null,
          minimum_age === 0 ? null : [t("rule.age"), t("rule.age.years", { n: minimum_age })],
          [t("rule.people"), t("rule.people.most", { n: max_participants })],
          min_participants === 0 ? null : [t("rule.least"), t("rule.least.ends", { n: min_participants })],
          required === 0 ? null : [t("rule.required"), t("rule.required.some", { n: required })],
          ends_at === 0 ? null : [t("rule.ends"), <Time at={ends_at} />],
          [t("rule.history"), history === 0 ? t("rule.history.none") : t("rule.history.some", { n: history })],
          [t("rule.size"), format.octets(message_bytes)],
          [t("rule.rejoin"), t("rule.rejoin.within", { time: time(rejoin_seconds) })],
          [t("rule.empty"), stays ? t("rule.empty.stays", { time: time(empty_seconds) }) : t("rule.empty.ends")],
          [
            t("rule.idle"),
            idle_seconds === 0 ? t("rule.idle.never") : t("rule.idle.stays", { time: time(idle_seconds) }),
          ],
        ]}
      />
    </Card>
  );
}

/** Ends it, after a question. */
export function EndRoom({ room: { kind }, action }: { room: RoomDetail; action: string }) {
  return (
    <Card title={t("end")} id="end" tone="danger">
      <Confirm label={t("end")}>
        <p>{t("end.text")}</p>
        {kind !== "ad-hoc" && <p>{t("end.text.group")}</p>}
        <ActionForm action={action} fields={{ do: "end" }}>
          <Button kind="danger-primary">{t("end.what")}</Button>
        </ActionForm>
      </Confirm>
    </Card>
  );
}
