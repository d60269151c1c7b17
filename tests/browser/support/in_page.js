// deno-lint-ignore-file no-unused-vars -- the functions are called from outside, by name
// What runs inside a page that is looked at. Plain JavaScript of the browser; see in_page.ts.

/** Language, direction, and what stands beyond the edge. */
function seen() {
  const { documentElement: html } = document;
  const wide = html.clientWidth;
  const beyond = html.scrollWidth <= wide ? [] : [...document.querySelectorAll("body *")].filter((element) => {
    const { left, right, width } = element.getBoundingClientRect();
    return width > 0 && (right > wide + 1 || left < -1);
  });
  // What has an ellipsis says so itself; a step of one pixel is rounding.
  const cut = [...document.querySelectorAll("body :not(input, textarea, select)")].filter((element) => {
    const { overflowX, textOverflow, clipPath } = getComputedStyle(element);
    return /hidden|clip/.test(overflowX) && textOverflow !== "ellipsis" && clipPath === "none" &&
      element.clientWidth > 1 && element.scrollWidth > element.clientWidth + 1;
  });
  return {
    lang: html.lang,
    dir: html.dir,
    scrolls: html.scrollWidth - wide,
    beyond: beyond.slice(0, 4).map((element) => element.outerHTML.slice(0, 120)),
    cut: cut.slice(0, 4).map((element) => element.outerHTML.slice(0, 120)),
    title: document.title,
    headings: document.querySelectorAll("h1").length,
  };
}

/** What is loaded, and what stands in the page that should be a file. */
function loaded() {
  return {
    script: [...document.querySelectorAll("script[src]")].map(({ src }) => src),
    style: [...document.querySelectorAll("link[rel=stylesheet]")].map(({ href }) => href),
    inline: document.querySelectorAll("script:not([src]), style, [style], [onclick], [onload], [onerror]").length,
  };
}

/** Texts without the marks of the pseudo-locale that are not inside `data`. */
function unmarked(data) {
  const found = [];
  const plain = (text) => /\p{L}{2}/u.test(text) && !/⟦[^⟧]*⟧/u.test(text);
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    const text = (walker.currentNode.textContent ?? "").trim();
    if (!plain(text) || parent.closest(`script, style, ${data}`) !== null) continue;
    const names = parent.getAttribute("class") ?? "";
    found.push({ place: `<${parent.localName}${names === "" ? "" : ` class="${names}"`}>`, text: text.slice(0, 200) });
  }
  for (const element of document.querySelectorAll("[aria-label], [placeholder], [title], [alt]")) {
    if (element.closest(data) !== null) continue;
    for (const name of ["aria-label", "placeholder", "title", "alt"]) {
      const text = element.getAttribute(name);
      if (text !== null && plain(text)) found.push({ place: `<${element.localName} ${name}>`, text });
    }
  }
  return found;
}

/** What has the focus, as a person finds it: what it is called, and whether one sees where it is. */
function focused() {
  const element = document.activeElement;
  if (element === null || element === document.body) return null;
  const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
  const { width, height, top, bottom, left, right } = element.getBoundingClientRect();
  const label = element.labels?.[0]?.textContent ?? "";
  return {
    tag: element.localName,
    type: element.getAttribute("type") ?? "",
    id: element.id,
    name: element.getAttribute("name") ?? "",
    text: (element.getAttribute("aria-label") ?? (label || element.textContent) ?? "").replace(/\s+/g, " ").trim(),
    href: element.getAttribute("href") ?? "",
    visible: (outlineStyle !== "none" && parseFloat(outlineWidth) >= 1) || boxShadow !== "none",
    inView: width > 0 && height > 0 && bottom > 0 && top < innerHeight && right > 0 && left < innerWidth,
  };
}

/** Elements and attributes that no page of ours has. */
function injected() {
  const all = document.querySelectorAll(
    "script:not([src]), img, iframe, object, embed, [onerror], [onload], [onclick], [href^='javascript:'], [style], style",
  );
  return [...all].map((element) => element.outerHTML.slice(0, 120));
}

/** What is written on the page, also in fields and in what is folded. */
function everything() {
  const fields = [...document.querySelectorAll("input, textarea")].map(({ value }) => value);
  return [document.body.textContent, ...fields].join("\n");
}

const TEXTS =
  "input:not([type=hidden], [type=checkbox], [type=radio], [type=file], [type=date], [type=time]), textarea";

function formsOfText() {
  return [...document.querySelectorAll("main form")].filter((form) => form.querySelector(TEXTS) !== null);
}

/** How many forms take text. */
function forms() {
  return formsOfText().length;
}

/** Fills each text field of one of them and sends it, whatever the browser would check. */
function attack({ at, text }) {
  const form = formsOfText()[at];
  for (const field of form.querySelectorAll(TEXTS)) {
    field.removeAttribute("maxlength");
    if (field.type === "number") field.type = "text";
    field.value = text;
  }
  form.noValidate = true;
  const buttons = [...form.querySelectorAll("button[type=submit], button:not([type])")];
  form.requestSubmit(buttons.find((button) => button.classList.contains("primary")) ?? buttons[0]);
}
