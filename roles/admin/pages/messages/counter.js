// Says how many characters are left in a text: `<output data-counts="id" data-most="2000" data-words="{n} left">`.
for (const output of document.querySelectorAll("output[data-counts]")) {
  const area = document.getElementById(output.getAttribute("data-counts") ?? "");
  if (!(area instanceof HTMLTextAreaElement)) continue;
  const most = Number(output.getAttribute("data-most"));
  const words = output.getAttribute("data-words") ?? "{n}";
  const numbers = new Intl.NumberFormat(document.documentElement.lang.slice(0, 2));
  const count = () => output.textContent = words.replace("{n}", numbers.format(most - area.value.length));
  area.addEventListener("input", count);
  count();
}
