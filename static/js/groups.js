// Drags conditions into groups and out of them. The menu of each card does the same without
// JavaScript: dragging only chooses in it, so the form carries where a condition stands now.

const library = document.querySelector("script[data-sortable-library]").dataset.sortableLibrary;

const announce = (detail) => document.dispatchEvent(new CustomEvent("announce", { detail }));

const refresh = (list) => {
  const cards = [...list.children];
  cards.forEach((card, index) => {
    const [up, down] = ["move_up", "move_down"].map((name) =>
      [...card.querySelectorAll(`[name=${name}]`)].find((button) => button.closest("li") === card),
    );
    if (up) up.disabled = index === 0;
    if (down) down.disabled = index === cards.length - 1;
  });
};

const nameOf = (list) => list.closest("[data-group]")?.querySelector("legend").textContent ?? "no group";

const dropped = ({ item, from, to, newIndex }) => {
  const choice = item.querySelector("[data-group-of]");
  if (choice && !("group" in item.dataset)) choice.value = to.dataset.grouped;
  refresh(from);
  if (to !== from) refresh(to);
  item.dispatchEvent(new Event("change", { bubbles: true }));
  announce(`Moved to ${newIndex + 1} of ${to.children.length}, ${nameOf(to)}`);
};

const activate = async () => {
  const lists = [...document.querySelectorAll("[data-grouped]")];
  if (lists.length === 0) return;
  await import(library);
  for (const list of lists) {
    window.Sortable.create(list, {
      animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 120,
      ghostClass: "is-ghost",
      handle: "[data-sortable-handle]",
      fallbackOnBody: true,
      swapThreshold: 0.6,
      // Groups do not stand in groups.
      group: {
        name: "conditions",
        put: (to, _from, item) => !("group" in item.dataset && to.el.dataset.grouped),
      },
      onEnd: dropped,
    });
  }
};

document.addEventListener("change", (event) => {
  const { joins } = event.target.dataset;
  if (joins === undefined) return;
  const list = document.querySelector(`[data-grouped="${CSS.escape(joins)}"]`);
  if (list) list.dataset.joint = event.target.value;
});

activate();
