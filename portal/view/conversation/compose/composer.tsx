import { useEffect, useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { Button, Icon, Notice, plainName } from "../../kit/mod.ts";
import { lazyPage } from "../../frame/lazy_page.tsx";
import type { Talk } from "../talk.ts";
import { t } from "../texts.ts";
import { closedBecause } from "./closed_because.ts";
import { ClosedNotice } from "./closed_notice.tsx";
import { AsksNotice } from "./contact_consent.tsx";
import { EmoticonPicker } from "./emoticon_picker.tsx";
import { answersFor, QuickAnswerList } from "./quick_answers.tsx";
import { TextLimit, textSize } from "./text_limit.tsx";

const LocationDialog = lazyPage(async () => (await import("../../later_pages.ts")).LocationDialog, false);

/** Where one writes. What is typed stays until it is taken for sending. */
export function Composer({ talk }: { talk: Talk }) {
  const reason = closedBecause(talk);
  // A draft is not lost while nothing can be written: it shows again afterwards.
  return (
    <footer class="composer">
      <AsksNotice talk={talk} />
      <ClosedNotice talk={talk} />
      {reason === "" && <OpenComposer talk={talk} />}
    </footer>
  );
}

function OpenComposer({ talk }: { talk: Talk }) {
  const { conversation, model, preferences } = talk, { draft } = conversation;
  const field = useRef<HTMLTextAreaElement>(null), files = useRef<HTMLInputElement>(null);
  const locating = useSignal(false), noAnswers = useSignal(false);
  const limit = model.limits.value.message, size = textSize(draft.value);
  const tooLong = limit > 0 && size > limit;
  const answers = noAnswers.value ? [] : answersFor(draft.value, model.settings.quickAnswers.list.value);

  useEffect(() => {
    talk.focusComposer = () => field.current?.focus();
    // With a keyboard one writes at once; on a phone its keyboard would cover what one came to read.
    const from = document.activeElement;
    const free = from === null || from === document.body || from.matches(".talk");
    if (free && matchMedia("(hover: hover) and (pointer: fine)").matches) field.current?.focus();
  }, [talk]);

  const write = (text: string) => {
    draft.value = text;
    talk.refused.value = "";
    field.current?.focus();
  };
  const send = () => {
    if (draft.peek().trim() === "" || tooLong) return;
    if (talk.send(draft.peek())) draft.value = "";
    field.current?.focus();
  };
  const insert = (text: string) => {
    const element = field.current!, { selectionStart: from, selectionEnd: until, value } = element;
    const before = value.slice(0, from), spaced = `${before === "" || /\s$/.test(before) ? "" : " "}${text} `;
    write(before + spaced + value.slice(until));
    element.value = draft.peek();
    element.setSelectionRange(from + spaced.length, from + spaced.length);
  };
  const onKey = (event: KeyboardEvent) => {
    // The enter key that ends the choice of an input method sends nothing.
    if (event.isComposing || event.keyCode === 229) return;
    if (answers.length > 0 && event.key === "Escape") noAnswers.value = true;
    else if (answers.length > 0 && event.key === "ArrowUp") {
      event.preventDefault();
      const all = document.querySelectorAll<HTMLElement>("[data-quick] [data-roving]");
      all[all.length - 1]?.focus();
    } else if (event.key === "Enter") {
      const sends = event.ctrlKey || event.metaKey || preferences.enterSends.value && !event.shiftKey && !event.altKey;
      if (!sends) return;
      event.preventDefault();
      if (answers.length > 0) write(answers[0]);
      else send();
    } else if (event.key === "Escape" && talk.whisperTo.peek() !== null) talk.whisperTo.value = null;
  };
  const title = plainName(conversation.title.value);
  return (
    <>
      {talk.refused.value !== "" && (
        <Notice tone="danger">
          <p dir="auto">{talk.refused.value}</p>
        </Notice>
      )}
      <WhisperBar talk={talk} />
      {answers.length > 0 && <QuickAnswerList answers={answers} onPick={write} />}
      <div class="composer-field">
        <textarea
          ref={field}
          data-entry=""
          rows={1}
          dir="auto"
          value={draft.value}
          aria-label={t("write", { name: title })}
          placeholder={t("write.place")}
          enterkeyhint={preferences.enterSends.value ? "send" : "enter"}
          onInput={(event) => {
            draft.value = event.currentTarget.value;
            noAnswers.value = false;
            talk.refused.value = "";
            conversation.typed();
          }}
          onKeyDown={onKey}
          onPaste={(event) => {
            const pasted = [...event.clipboardData?.files ?? []];
            if (pasted.length === 0) return;
            event.preventDefault();
            talk.sendFiles(pasted);
          }}
        />
        <Button
          look="primary"
          icon="send"
          label={t("send")}
          hideLabel
          disabled={size === 0 || tooLong}
          onPress={send}
        />
      </div>
      <div class="composer-tools">
        <EmoticonPicker onPick={insert} disabled={false} />
        <Button look="quiet" icon="attach" label={t("attach")} hideLabel onPress={() => files.current?.click()} />
        <Button
          look="quiet"
          icon="place"
          label={t("location.send")}
          hideLabel
          onPress={() => void (locating.value = true)}
        />
        <span class="hint grows">{t("quick.hint")}</span>
        <TextLimit size={size} limit={limit} />
      </div>
      <input
        ref={files}
        type="file"
        multiple
        hidden
        accept={model.limits.value.fileTypes.join(",")}
        onChange={(event) => {
          talk.sendFiles([...event.currentTarget.files ?? []]);
          event.currentTarget.value = "";
        }}
      />
      {locating.value && (
        <LocationDialog
          onSend={(location) => talk.sendLocation(location)}
          onClose={() => void (locating.value = false)}
        />
      )}
    </>
  );
}

function WhisperBar({ talk }: { talk: Talk }) {
  const to = talk.whisperTo.value;
  if (to === null) return null;
  return (
    <div class="whisper-bar" role="status">
      <Icon name="whisper" />
      <p dir="auto">{t("whisper.to", { name: to.name })}</p>
      <Button
        look="quiet"
        icon="cross"
        label={t("whisper.end")}
        hideLabel
        onPress={() => {
          talk.whisperTo.value = null;
          talk.focusComposer();
        }}
      />
    </div>
  );
}
