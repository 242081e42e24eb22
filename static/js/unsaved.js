// Shows the bar as soon as something changed and asks before the change is lost.

const changed = new WeakSet();
let leaving = false;

const watched = (element) => element.closest?.("form[data-warn-unsaved]");

const isDirty = (form) => changed.has(form) || form.querySelector("[data-unsaved]") !== null;

const mark = (form) => {
  changed.add(form);
  const bar = form.querySelector("[data-unsaved-bar]");
  if (bar) bar.hidden = false;
};

for (const type of ["input", "change"]) {
  document.addEventListener(type, (event) => {
    const form = watched(event.target);
    if (form && !event.target.closest("[data-no-dirty], dialog")) mark(form);
  });
}

document.addEventListener("submit", () => {
  leaving = true;
  // A submit that another script stopped leaves nothing.
  setTimeout(() => {
    leaving = false;
  }, 2000);
});

document.addEventListener("click", (event) => {
  if (event.target.closest("a[data-keeps-draft]")) leaving = true;
});

window.addEventListener("beforeunload", (event) => {
  if (leaving) return;
  const forms = [...document.querySelectorAll("form[data-warn-unsaved]")];
  if (forms.some(isDirty)) event.preventDefault();
});
