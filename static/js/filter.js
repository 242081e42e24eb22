// Narrows a list, a table or a grid of cards to the entries that hold every typed word.

const wordsOf = (entry) => (entry.dataset.filter ?? entry.textContent).toLowerCase();

const entriesOf = (list) => (list.matches("table") ? list.tBodies[0].rows : list.children);

const narrow = (input) => {
  const list = document.getElementById(input.dataset.filterList);
  if (!list) return;
  const wanted = input.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const entry of entriesOf(list)) {
    const text = wordsOf(entry);
    entry.hidden = "withheld" in entry.dataset || !wanted.every((word) => text.includes(word));
    if (!entry.hidden) shown += 1;
  }
  const empty = document.querySelector(`[data-filter-empty="${CSS.escape(list.id)}"]`);
  if (empty) empty.hidden = shown > 0;
  const detail = shown === 1 ? "1 entry shown" : `${shown} entries shown`;
  document.dispatchEvent(new CustomEvent("announce", { detail }));
};

document.addEventListener("input", (event) => {
  if (event.target.matches("[data-filter-list]")) narrow(event.target);
});

document.addEventListener("keydown", (event) => {
  // Enter in a filter must not send the form around it.
  if (event.key === "Enter" && event.target.matches("[data-filter-list]")) event.preventDefault();
});
