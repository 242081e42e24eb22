// Hides fields that only matter for certain values of another control in the same form.

const valuesOf = (form, name) => {
  const found = form.elements[name];
  if (!found) return [];
  const controls = found instanceof RadioNodeList ? [...found] : [found];
  return controls
    .filter((control) => !["checkbox", "radio"].includes(control.type) || control.checked)
    .map((control) => control.value);
};

const update = (form) => {
  for (const field of form.querySelectorAll("[data-show-when]")) {
    const rule = field.dataset.showWhen;
    const at = rule.indexOf("=");
    const name = rule.slice(0, at);
    const allowed = rule.slice(at + 1).split("|");
    field.hidden = !valuesOf(form, name).some((value) => allowed.includes(value));
  }
};

const updateAll = () => {
  const fields = document.querySelectorAll("form [data-show-when]");
  new Set([...fields].map((field) => field.closest("form"))).forEach(update);
};

updateAll();
document.addEventListener("htmx:load", updateAll);
document.addEventListener("input", (event) => event.target.form && update(event.target.form));
document.addEventListener("change", (event) => event.target.form && update(event.target.form));
