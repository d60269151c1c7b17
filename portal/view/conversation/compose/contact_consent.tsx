import { useLayoutEffect, useRef } from "preact/hooks";
import { useDoing } from "../../doing/use_doing.ts";
import { isolated } from "../../doing/isolated.ts";
import { Button, Notice, plainName, ProblemNotice } from "../../kit/mod.ts";
import type { Talk } from "../talk.ts";
import { t } from "../texts.ts";

/** We have asked them, and they have not agreed: nothing reaches them until they do, unless we take the request back. */
export function AskedNotice({ talk }: { talk: Talk }) {
  const { conversation, model } = talk, doing = useDoing(), button = useRef<HTMLButtonElement>(null);
  // There before whoever asked them looks for a place for the focus: their button is gone.
  useLayoutEffect(() => void (talk.focusComposer = () => button.current?.focus()), [talk]);
  const name = isolated(plainName(conversation.title.value));
  return (
    <>
      <Notice
        tone="info"
        live
        action={
          <Button
            label={t("asked.take-back")}
            busy={doing.busy.value}
            elementRef={button}
            onPress={() => doing.run(() => model.people.remove(conversation.key))}
          />
        }
      >
        <p dir="auto">{t("asked", { name })}</p>
      </Notice>
      <ProblemNotice problem={doing.problem.value} onRetry={doing.again} />
    </>
  );
}

/** They ask to have us as a contact: answered where one talks with them. Nothing where they do not. */
export function AsksNotice({ talk }: { talk: Talk }) {
  const { conversation: { key }, model: { people } } = talk, doing = useDoing();
  const request = people.requests.value.find(({ incoming, uri }) => incoming && uri === key);
  if (request === undefined) return null;
  const { id, name, message = "" } = request, done = () => talk.focusComposer();
  return (
    <>
      <Notice
        tone="info"
        live
        action={
          <>
            <Button
              icon="check"
              label={t("accept")}
              busy={doing.busy.value}
              onPress={() => doing.run(() => people.agree(id), done)}
            />
            <Button label={t("decline")} onPress={() => doing.run(() => people.decline(id), done)} />
          </>
        }
      >
        <p dir="auto">{t("asks", { name: isolated(plainName(name)) })}</p>
        {message !== "" && <bdi class="request-message">{message}</bdi>}
      </Notice>
      <ProblemNotice problem={doing.problem.value} onRetry={doing.again} />
    </>
  );
}
