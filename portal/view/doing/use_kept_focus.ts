import { useEffect, useRef } from "preact/hooks";
import type { RefObject } from "preact";

const STOPS = "a[href], button:not([disabled]), input:not([disabled]), select, textarea, [tabindex='0']";

/**
 * Keeps the focus in a part of the page when what had it goes, such as a row that was just removed by its own button: what stands in its place
 * then has it. Without it the focus is nowhere, and the tab key begins at the top.
 */
export function useKeptFocus<E extends HTMLElement>(): RefObject<E | null> {
  const element = useRef<E>(null);
  useEffect(() => {
    const part = element.current!;
    const stops = () =>
      [...part.querySelectorAll<HTMLElement>(STOPS)].filter((one) => one.closest("dialog, [popover]") === null);
    let last = -1;
    const note = ({ target }: FocusEvent) => {
      const at = stops().indexOf(target as HTMLElement);
      if (at >= 0) last = at;
    };
    /** It went elsewhere by itself, not because what had it is gone. */
    const leave = ({ target, relatedTarget }: FocusEvent) => {
      const there = (target as HTMLElement).isConnected;
      if (there && relatedTarget !== null && !part.contains(relatedTarget as Node)) last = -1;
    };
    const observer = new MutationObserver(() => {
      if (last < 0 || document.activeElement !== document.body) return;
      const now = stops();
      now[Math.min(last, now.length - 1)]?.focus();
    });
    part.addEventListener("focusin", note);
    part.addEventListener("focusout", leave);
    observer.observe(part, { childList: true, subtree: true });
    return () => {
      observer.disconnect();
      part.removeEventListener("focusin", note);
      part.removeEventListener("focusout", leave);
    };
  }, []);
  return element;
}
