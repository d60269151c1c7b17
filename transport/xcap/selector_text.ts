import { qName } from "./names.ts";
import type { Step } from "./selector.ts";

/** Steps as a node selector has them (RFC 4825 §6.3), not percent-encoded: `list[@name="friends"]/entry[2]`. */
export function selectorText(steps: readonly Step[]): string {
  return steps.map(stepText).join("/");
}

function stepText(step: Step): string {
  let text = qName(step);
  if (step.position !== 0) text += `[${step.position}]`;
  if (step.attribute !== null) text += `[@${qName(step.attribute)}=${quoted(step.attribute.value)}]`;
  return text;
}

/** An AttValue (XML 1.0 §2.3) with white space that normalisation would change written as references. */
function quoted(value: string): string {
  const escaped = value.replace(/[&<"\t\n\r]/g, (character) => {
    if (character === "&") return "&amp;";
    if (character === "<") return "&lt;";
    return character === '"' ? "&quot;" : `&#${character.charCodeAt(0)};`;
  });
  return `"${escaped}"`;
}
