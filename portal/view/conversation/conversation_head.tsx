import type { Ref } from "preact";
import { type Signal, useSignal } from "@preact/signals";
import type { ConversationModel, Problem, SessionState } from "../../model/mod.ts";
import {
  Avatar,
  Button,
  Dialog,
  Icon,
  kitText,
  Menu,
  type MenuItem,
  plainName,
  presenceText,
  ProblemNotice,
} from "../kit/mod.ts";
import { go, hrefOf } from "../route.ts";
import { addressShown } from "../start/address.ts";
import { closedBecause } from "./compose/closed_because.ts";
import type { Talk } from "./talk.ts";
import { t } from "./texts.ts";

export interface ConversationHeadProps {
  readonly talk: Talk;
  readonly membersShown: boolean;
  readonly membersButton: Ref<HTMLButtonElement>;
  readonly onMembers: () => void;
}

/** Whom one talks with, how they are, and what can be done about the whole conversation. */
export function ConversationHead({ talk, membersShown, membersButton, onMembers }: ConversationHeadProps) {
  const { conversation, model } = talk, { key, kind, room } = conversation;
  const name = plainName(conversation.title.value);
  const contact = model.people.contacts.value.find(({ uri }) => uri === key);
  const presence = contact?.presence.value;
  const problem = useSignal<Problem | null>(null);
  return (
    <header class="talk-head">
      <a class="button quiet round back" href={hrefOf({ page: "list" })} aria-label={t("back")} title={t("back")}>
        <Icon name="back" />
      </a>
      {kind === "person" && <Avatar name={name} uri={key} presence={presence?.status} />}
      <div class="talk-title">
        <h1>
          <bdi>{name}</bdi>
        </h1>
        {room !== null && (
          <p class="hint">
            <bdi>{room.subject.value}</bdi>
          </p>
        )}
        {presence !== undefined && (
          <p class="hint">
            {presenceText(presence.status)}
            {presence.note !== "" && <bdi>{` · ${presence.note}`}</bdi>}
          </p>
        )}
        <p class="hint" role="status">{sessionText(conversation.session.value)}</p>
      </div>
      {kind === "person" && <AddButton talk={talk} problem={problem} />}
      {room !== null && (
        <Button
          look="quiet"
          icon="users"
          label={t("members.n", { n: room.members.value.length })}
          expanded={membersShown}
          elementRef={membersButton}
          onPress={onMembers}
          class="members-button"
        />
      )}
      <Menu label={t("more-of")} items={itemsOf(talk, problem)} />
      <ProblemNotice problem={problem.value} />
      {talk.blocking.value !== null && <BlockDialog talk={talk} who={talk.blocking.value} />}
    </header>
  );
}

function sessionText(state: SessionState): string {
  return state === "none" ? "" : t(`session.${state}`);
}

/** One press makes a contact of whoever is none (USE-1); how they are called, and their lists, can be chosen later. */
function AddButton({ talk, problem }: { talk: Talk; problem: Signal<Problem | null> }) {
  const { conversation: { key, title }, model: { people } } = talk, busy = useSignal(false);
  const known = people.isBlocked(key) || people.contacts.value.some(({ uri }) => uri === key);
  if (known || people.state.value !== "ready") return null;
  const name = plainName(title.value);
  const add = async () => {
    busy.value = true;
    problem.value = await people.add(key, name === addressShown(key) ? "" : name, []);
    busy.value = false;
    // The button is gone with its reason.
    if (problem.peek() === null) talk.focusComposer();
  };
  return (
    <Button
      look="quiet"
      icon="user-plus"
      label={t("add-contact", { name })}
      hideLabel
      busy={busy.value}
      onPress={add}
    />
  );
}

function sessionItem(conversation: ConversationModel): MenuItem {
  const state = conversation.session.value, end = () => conversation.endSession();
  if (state === "asked") return { icon: "cross", label: t("session.take-back"), onPress: end };
  if (state === "open") return { icon: "leave", label: t("session.end"), onPress: end };
  return { icon: "message", label: t("session.invite"), onPress: () => void conversation.invite() };
}

function itemsOf(talk: Talk, problem: Signal<Problem | null>): MenuItem[] {
  const { conversation, model: { people } } = talk, { key, kind, muted, room } = conversation;
  const name = plainName(conversation.title.value);
  const leave = () => {
    conversation.close();
    go({ page: "list" });
  };
  const items: MenuItem[] = [{
    icon: muted.value ? "bell" : "bell-off",
    label: t(muted.value ? "unmute" : "mute"),
    onPress: () => conversation.mute(!muted.peek()),
  }, { icon: "cross", label: t("close"), onPress: leave }];
  if (room !== null && room.state.value !== "out") {
    items.push({ icon: "leave", label: t("leave"), danger: true, onPress: () => room.leave() });
  }
  if (kind !== "person") return items;
  // It would be refused until they agree.
  if (closedBecause(talk) !== "asked") items.push(sessionItem(conversation));
  items.push(
    people.isBlocked(key)
      ? {
        icon: "user",
        label: t("unblock", { name }),
        onPress: async () => void (problem.value = await people.unblock(key)),
      }
      : {
        icon: "block",
        label: t("block", { name }),
        danger: true,
        onPress: () => void (talk.blocking.value = { uri: key, name }),
      },
  );
  return items;
}

/** Asks once more before somebody is blocked. */
function BlockDialog({ talk, who }: { talk: Talk; who: { readonly uri: string; readonly name: string } }) {
  const problem = useSignal<Problem | null>(null), busy = useSignal(false);
  const close = () => void (talk.blocking.value = null);
  const block = async () => {
    busy.value = true;
    problem.value = await talk.model.people.block(who.uri);
    busy.value = false;
    if (problem.value === null) close();
  };
  return (
    <Dialog
      title={t("block.title", { name: who.name })}
      onClose={close}
      actions={
        <>
          <Button label={kitText("cancel")} onPress={close} />
          <Button look="danger" icon="block" label={t("block", { name: who.name })} busy={busy.value} onPress={block} />
        </>
      }
    >
      <p>{t("block.text")}</p>
      <ProblemNotice problem={problem.value} />
    </Dialog>
  );
}
