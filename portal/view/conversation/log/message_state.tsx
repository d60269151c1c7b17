import type { MessageModel, MessageState } from "../../../model/mod.ts";
import { Icon, type IconName } from "../../kit/mod.ts";
import { t } from "../texts.ts";

const ICONS: Readonly<Record<Exclude<MessageState, "received">, IconName>> = {
  queued: "clock",
  sending: "clock",
  sent: "check",
  stored: "folder",
  delivered: "checks",
  displayed: "eye",
  failed: "warning",
};

/** How far a message of ours has come: a mark, and its words. */
export function StateMark({ message }: { message: MessageModel }) {
  const state = message.state.value;
  if (state === "received") return null;
  const words = t(`state.${state}`);
  return (
    <span class={`state ${state}`} title={words}>
      <Icon name={ICONS[state]} />
      <span class="unseen">{words}</span>
    </span>
  );
}
