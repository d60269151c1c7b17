import { useSignal } from "@preact/signals";
import type { Problem, RoomModel } from "../../../model/mod.ts";
import { Button, Notice, ProblemNotice, Spinner } from "../../kit/mod.ts";
import { AliasCard } from "../room/alias_card.tsx";
import type { Talk } from "../talk.ts";
import { t } from "../texts.ts";
import { closedBecause } from "./closed_because.ts";
import { AskedNotice } from "./contact_consent.tsx";

/** In the place of the composer: why nothing can be written, and what helps. Nothing where it can. */
export function ClosedNotice({ talk }: { talk: Talk }) {
  const reason = closedBecause(talk), { room } = talk.conversation;
  if (reason === "service") return <p class="hint middle">{t("service-only")}</p>;
  if (reason === "question") {
    return (
      <Notice tone="warn" live>
        <p>{t("blocked-by-question")}</p>
      </Notice>
    );
  }
  if (reason === "asked") return <AskedNotice talk={talk} />;
  if (room === null || reason === "") return null;
  if (reason === "joining") return <Spinner label={t("room-joining")} />;
  if (reason === "alias") return <AliasCard room={room} onChosen={() => talk.focusComposer()} />;
  if (reason === "lost") {
    return (
      <Notice tone="warn" live>
        <p>{t("room-lost")}</p>
      </Notice>
    );
  }
  return <OutOfRoom room={room} />;
}

function OutOfRoom({ room }: { room: RoomModel }) {
  const problem = useSignal<Problem | null>(null), busy = useSignal(false), reason = room.reason.value;
  const join = async () => {
    busy.value = true;
    problem.value = await room.join();
    busy.value = false;
  };
  return (
    <>
      <Notice tone="info" live action={<Button look="primary" label={t("join")} busy={busy.value} onPress={join} />}>
        <p dir="auto">{reason === "" ? t("room-out") : t("room-out-why", { reason })}</p>
      </Notice>
      <ProblemNotice problem={problem.value} />
    </>
  );
}
