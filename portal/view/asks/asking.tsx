import { useEffect } from "preact/hooks";
import { useSignal } from "@preact/signals";
import type { PortalModel } from "../../model/mod.ts";
import { Button } from "../kit/mod.ts";
import { BlockingQuestion } from "./blocking_question.tsx";
import { InvitationCard } from "./invitation_card.tsx";
import { QuestionCard } from "./question_card.tsx";
import { t } from "./texts.ts";

/**
 * What waits for the user's word: the first question that closes the service as a dialog, everything else as cards. Cards can be folded while
 * they wait; a new one unfolds them.
 */
export function Asking({ model }: { model: PortalModel }) {
  const folded = useSignal(false);
  const { questions, invitations } = model.asks;
  const blocking = questions.value.find((question) => question.blocking);
  const others = questions.value.filter((question) => !question.blocking);
  const waiting = [...others, ...invitations.value].map(({ id }) => id);
  const newest = waiting.join(" ");
  useEffect(() => void (folded.value = false), [newest]);
  return (
    <>
      {blocking !== undefined && <BlockingQuestion key={blocking.id} question={blocking} />}
      {waiting.length > 0 && (
        <section class="asks" aria-label={t("waiting")} data-region="asks" tabIndex={-1}>
          {!folded.value && (
            <div class="asks-all">
              {others.map((question) => <QuestionCard key={question.id} question={question} />)}
              {invitations.value.map((invitation) => <InvitationCard key={invitation.id} invitation={invitation} />)}
            </div>
          )}
          <Button
            icon={folded.value ? "bell" : "clock"}
            label={folded.value ? t("wait", { n: waiting.length }) : t("later")}
            expanded={!folded.value}
            onPress={() => void (folded.value = !folded.value)}
          />
        </section>
      )}
    </>
  );
}
