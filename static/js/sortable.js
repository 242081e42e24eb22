// Dragging for lists that already have Move up and Move down. The library is fetched only where a
// list can be sorted. The new order is the order of the hidden inputs, so the form carries it.

const library = document.querySelector("script[data-sortable-library]").dataset.sortableLibrary;

const refresh = (list) => {
  const cards = [...list.children];
  cards.forEach((card, index) => {
    const up = card.querySelector("[name=move_up]");
    const down = card.querySelector("[name=move_down]");
    if (up) up.disabled = index === 0;
    if (down) down.disabled = index === cards.length - 1;
  });
};

const activate = async (root) => {
  const lists = [...root.querySelectorAll("[data-sortable]:not([data-sortable-on])")];
  if (lists.length === 0) return;
  lists.forEach((list) => {
    list.dataset.sortableOn = "";
  });
  await import(library);
  for (const list of lists) {
    window.Sortable.create(list, {
      animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 120,
      ghostClass: "is-ghost",
      handle: "[data-sortable-handle]",
      onUpdate: (event) => {
        refresh(list);
        event.item.dispatchEvent(new Event("change", { bubbles: true }));
        const place = `${event.newIndex + 1} of ${list.children.length}`;
        document.dispatchEvent(new CustomEvent("announce", { detail: `Moved to ${place}` }));
      },
    });
  }
};

// Move up and Move down bring a new page or part of one; the focus goes on with the card.
const KEY = "moved-card";

const remember = (button) => {
  try {
    sessionStorage.setItem(KEY, JSON.stringify([button.name, button.value]));
  } catch {
    // Storage is blocked: the focus begins at the top, as without JavaScript.
  }
};

const forget = () => {
  try {
    const held = JSON.parse(sessionStorage.getItem(KEY));
    sessionStorage.removeItem(KEY);
    return held;
  } catch {
    return null;
  }
};

const buttonsOf = (card) =>
  [...document.querySelectorAll("[name=move_up], [name=move_down]")].filter(
    (button) => button.value === card,
  );

const refocus = () => {
  const [name, card] = forget() ?? [];
  if (!card) return;
  const usable = buttonsOf(card).filter((button) => !button.disabled);
  // At either end of the list only the other way is left.
  (usable.find((button) => button.name === name) ?? usable[0])?.focus();
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("[name=move_up], [name=move_down]");
  if (button) remember(button);
});

const activateAll = (root) => {
  activate(root);
  refocus();
};

activateAll(document);
document.addEventListener("htmx:load", (event) =>
  activateAll(event.detail.elt.parentElement ?? document),
);
