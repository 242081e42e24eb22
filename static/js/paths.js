// The panel with a recent event: a chosen value's path goes into the field of the form. Without
// JavaScript the panel is a page of its own, whose buttons post the path back to the editor.

const announce = (detail) => document.dispatchEvent(new CustomEvent("announce", { detail }));

const close = (panel) => {
  const opener = panel.closest("form")?.querySelector("[hx-target='#recent-events']");
  const place = Object.assign(document.createElement("div"), {
    id: panel.id,
    className: "recent-place",
  });
  panel.replaceWith(place);
  opener?.focus();
};

const take = (button, field) => {
  field.value = button.value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.dispatchEvent(new Event("change", { bubbles: true }));
  const panel = button.closest("[data-recent]");
  const taken = panel.querySelector("[data-recent-taken]");
  taken.hidden = false;
  taken.textContent = `${button.value} – on this event: ${button.dataset.gives}`;
  for (const other of panel.querySelectorAll("[data-path][aria-pressed]")) {
    other.removeAttribute("aria-pressed");
  }
  button.setAttribute("aria-pressed", "true");
};

document.addEventListener("click", (event) => {
  const closer = event.target.closest("[data-recent-close]");
  if (closer) {
    close(closer.closest("[data-recent]"));
    return;
  }
  const button = event.target.closest("[data-path]");
  const field = button?.form?.querySelector(`[name="${CSS.escape(button.name)}"]:not([type=hidden], button)`);
  if (!field) return;
  event.preventDefault();
  take(button, field);
});

// What matches is shown with all that leads to it; what was open before is open again afterwards.
const narrow = (input) => {
  const panel = input.closest("[data-recent]");
  const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
  const tree = panel.querySelector("[data-tree]");
  const shown = sift(tree, words, "");
  panel.querySelector("[data-tree-empty]").hidden = shown > 0;
  if (words.length > 0) announce(shown === 1 ? "1 value found" : `${shown} values found`);
};

const sift = (list, words, above) => {
  let shown = 0;
  for (const entry of list.children) {
    const details = entry.querySelector(":scope > details");
    const own = entry.querySelector(":scope > details > summary, :scope > .tree-row > .tree-leaf");
    const text = `${above} ${own?.textContent ?? ""}`.toLowerCase();
    const found = details ? sift(details.lastElementChild, words, text) : Number(matches(words, text));
    entry.hidden = found === 0;
    if (details) unfold(details, words.length > 0);
    shown += found;
  }
  return shown;
};

const matches = (words, text) => words.every((word) => text.includes(word));

const unfold = (details, isSearching) => {
  details.dataset.wasOpen ??= String(details.open);
  details.open = isSearching || details.dataset.wasOpen === "true";
  if (!isSearching) delete details.dataset.wasOpen;
};

document.addEventListener("input", (event) => {
  if (event.target.matches("[data-tree-search]")) narrow(event.target);
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches("[data-tree-search]")) event.preventDefault();
});

// The panel may come in below what one sees.
document.addEventListener("htmx:afterSwap", (event) => {
  const panel = document.getElementById("recent-events");
  if (!panel?.matches("[data-recent]") || event.detail.target?.id !== "recent-events") return;
  const choice = panel.querySelector("[name=recent_event]");
  if (event.detail.requestConfig?.elt?.name === "recent_event") choice?.focus();
  else panel.focus({ preventScroll: true });
  panel.scrollIntoView({ block: "nearest" });
});
