import { useEffect, useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import type { Problem, RoomMember, RoomModel } from "../../../model/mod.ts";
import {
  Avatar,
  Button,
  Dialog,
  Field,
  kitText,
  Menu,
  type MenuItem,
  Notice,
  plainName,
  ProblemNotice,
} from "../../kit/mod.ts";
import type { Talk } from "../talk.ts";
import { t } from "../texts.ts";

export interface MembersPanelProps {
  readonly talk: Talk;
  readonly room: RoomModel;
  readonly onClose: () => void;
}

/** Who is in a room, with what they may, and what can be done about them. */
export function MembersPanel({ talk, room, onClose }: MembersPanelProps) {
  const panel = useRef<HTMLElement>(null), asked = useSignal<RoomMember | "add" | null>(null);
  const members = room.members.value, mine = members.find(({ me }) => me);
  useEffect(() => panel.current?.querySelector("h2")?.focus(), []);
  const close = () => void (asked.value = null);
  return (
    <section
      ref={panel}
      class="members"
      aria-label={t("members")}
      onKeyDown={(event) => {
        if (event.key === "Escape" && asked.peek() === null) onClose();
      }}
    >
      <header>
        <h2 tabIndex={-1}>{t("members.n", { n: members.length })}</h2>
        <Button look="quiet" icon="cross" label={t("close-members")} hideLabel onPress={onClose} />
      </header>
      {members.some(({ blocked, here }) => blocked && here) && (
        <Notice tone="warn">
          <p>{t("someone-blocked")}</p>
        </Notice>
      )}
      <ul class="list">
        {members.map((member) => (
          <li key={member.uri} class={member.here ? "member" : "member away"}>
            <Avatar name={member.name} uri={member.uri} />
            <p>
              <bdi>{plainName(member.name)}</bdi>
              <span class="hint">{rolesOf(member)}</span>
            </p>
            {!member.me && (
              <Menu
                label={t("member.actions", { name: plainName(member.name) })}
                items={itemsOf(talk, member, mine?.moderates === true, () => void (asked.value = member))}
              />
            )}
          </li>
        ))}
      </ul>
      {room.state.value === "in" && (
        <Button
          icon="user-plus"
          label={t("member.add")}
          onPress={() => void (asked.value = "add")}
        />
      )}
      {asked.value === "add" && <AddDialog room={room} onClose={close} />}
      {asked.value !== null && asked.value !== "add" && (
        <ExpelDialog
          room={room}
          member={asked.value}
          onClose={close}
        />
      )}
    </section>
  );
}

function rolesOf({ me, moderates, here, blocked }: RoomMember): string {
  return [
    me && t("member.me"),
    moderates && t("member.moderates"),
    !here && t("member.away"),
    blocked && t("member.blocked"),
  ].filter(Boolean).join(" · ");
}

function itemsOf(talk: Talk, member: RoomMember, mayExpel: boolean, expel: () => void): MenuItem[] {
  const { uri, here, blocked } = member, name = plainName(member.name);
  const items: MenuItem[] = [];
  if (here) items.push({ icon: "whisper", label: t("whisper", { name }), onPress: () => talk.whisper(uri, name) });
  if (!blocked) {
    items.push({
      icon: "block",
      label: t("block", { name }),
      danger: true,
      onPress: () => void (talk.blocking.value = { uri, name }),
    });
  }
  if (mayExpel) items.push({ icon: "leave", label: t("expel", { name }), danger: true, onPress: expel });
  return items;
}

function AddDialog({ room, onClose }: { room: RoomModel; onClose: () => void }) {
  const address = useSignal(""), problem = useSignal<Problem | null>(null), busy = useSignal(false);
  const add = async () => {
    if (address.peek().trim() === "" || busy.peek()) return;
    busy.value = true;
    problem.value = await room.add(address.peek().trim());
    busy.value = false;
    if (problem.value === null) onClose();
  };
  return (
    <Dialog
      title={t("member.add")}
      onClose={onClose}
      onSubmit={add}
      actions={
        <>
          <Button label={kitText("cancel")} onPress={onClose} />
          <Button look="primary" type="submit" label={t("member.add")} busy={busy.value} />
        </>
      }
    >
      <Field
        label={t("member.address")}
        value={address.value}
        required
        onInput={(value) => void (address.value = value)}
      />
      <ProblemNotice problem={problem.value} />
    </Dialog>
  );
}

function ExpelDialog({ room, member, onClose }: { room: RoomModel; member: RoomMember; onClose: () => void }) {
  const problem = useSignal<Problem | null>(null), busy = useSignal(false), name = plainName(member.name);
  const expel = async () => {
    busy.value = true;
    problem.value = await room.expel(member.uri);
    busy.value = false;
    if (problem.value === null) onClose();
  };
  return (
    <Dialog
      title={t("expel.title", { name })}
      onClose={onClose}
      actions={
        <>
          <Button label={kitText("cancel")} onPress={onClose} />
          <Button look="danger" icon="leave" label={t("expel", { name })} busy={busy.value} onPress={expel} />
        </>
      }
    >
      <p>{t("expel.text")}</p>
      <ProblemNotice problem={problem.value} />
    </Dialog>
  );
}
