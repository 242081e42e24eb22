// Judges the conditions of fields, sections and suggested rows again while a form is filled in.
// What is shown and what is needed follows at once. Fields and sections move between the main and
// the further ones only when a deciding control has changed, never under somebody's fingers.

const TOKEN = /\{\{[^{}]+\}\}/;

const settingOf = (control) => {
  if (control.type === "checkbox") return control.checked ? "true" : "false";
  if (control.type !== "radio") return control.value;
  if (!control.checked) return null;
  // The third choice of a switch stands for a data element, named already or not.
  const token = control.form.elements[`${control.name}[token]`];
  return control.value === "" && token ? "{{?}}" : control.value;
};

const valuesOf = (form, name) => {
  const found = form.elements[name];
  if (!found) return null;
  const controls = found instanceof RadioNodeList ? [...found] : [found];
  return controls
    .filter((control) => control.type !== "hidden")
    .map(settingOf)
    .filter((value) => value !== null);
};

const holds = (form, condition, ifToken) =>
  JSON.parse(condition || "[]").every((part) => {
    const values = valuesOf(form, part.field);
    if (!values) return true;
    if (values.some((value) => TOKEN.test(value))) return ifToken;
    return values.some((value) => part.in.includes(value.trim()));
  });

export const matters = (form, condition) => holds(form, condition, true);

const need = (root, isNeeded) => {
  const mark = root.querySelector("[data-required]");
  if (mark) mark.hidden = !isNeeded;
  const control = root.querySelector("input:not([data-no-value], [type=hidden]), textarea, select");
  if (isNeeded) control?.setAttribute("aria-required", "true");
  else control?.removeAttribute("aria-required");
};

const judge = (form) => {
  for (const part of form.querySelectorAll("[data-show-if]")) {
    part.toggleAttribute("data-hidden", !matters(form, part.dataset.showIf));
  }
  for (const part of form.querySelectorAll("[data-required-if]")) {
    need(part, holds(form, part.dataset.requiredIf, false));
  }
};

const inOrder = (parts) => [...parts].sort((a, b) => a.dataset.order - b.dataset.order);

// Puts the parts into this order, touching only those that are not in their place.
const arrange = (home, parts) => {
  let next = home.firstElementChild;
  for (const part of parts) {
    if (part === next) {
      next = next.nextElementSibling;
    } else if (home.moveBefore && part.isConnected) {
      home.moveBefore(part, next);
    } else {
      home.insertBefore(part, next);
    }
  }
};

const isMain = (form, field) =>
  !("alwaysFurther" in field.dataset) && matters(form, field.dataset.mattersIf);

const isText = "input:not([type=hidden], [type=radio], [type=checkbox], [data-no-value]), textarea";

const isFilled = (section) =>
  section.querySelector(".has-error") !== null ||
  [...section.querySelectorAll(isText)].some((control) => control.value.trim() !== "");

const sort = (form, section) => {
  const further = section.querySelector("[data-further]");
  if (!further) return;
  const main = section.querySelector("[data-main]");
  const rest = further.querySelector("[data-rest]");
  const fields = inOrder([...main.children, ...rest.children]);
  arrange(main, fields.filter((field) => isMain(form, field)));
  arrange(rest, fields.filter((field) => !isMain(form, field)));
  const count = [...rest.children].filter((field) => !field.hasAttribute("data-hidden")).length;
  further.toggleAttribute("data-hidden", count === 0);
  further.querySelector("[data-count]").textContent = count;
};

const isFirst = (form, section) =>
  matters(form, section.dataset.showIf) &&
  (matters(form, section.dataset.mattersIf) || isFilled(section));

const fold = (form, section) => {
  const before = section.dataset.mattered;
  const now = String(matters(form, section.dataset.mattersIf));
  section.dataset.mattered = now;
  if (before === undefined || before === now || section.tagName !== "DETAILS") return;
  section.open = isFilled(section) || (now === "true" && !("collapsed" in section.dataset));
};

const rearrange = (form) => {
  const focused = document.activeElement;
  for (const home of form.querySelectorAll("[data-sections]")) {
    const sections = inOrder(home.querySelectorAll("[data-section]"));
    for (const section of sections) {
      sort(form, section);
      fold(form, section);
    }
    const first = sections.filter((section) => isFirst(form, section));
    arrange(home, [...first, ...sections.filter((section) => !first.includes(section))]);
  }
  // Where a browser cannot move an element without taking it out, focus has to be given back.
  if (focused !== document.activeElement) focused.focus({ preventScroll: true });
};

// Others may change their rows first; the marks of new rows are judged with the rest.
const update = (form) => {
  form.dispatchEvent(new CustomEvent("judging", { bubbles: true }));
  judge(form);
  rearrange(form);
};

const updateAll = () => {
  const parts = document.querySelectorAll("form [data-show-if], form [data-sections]");
  new Set([...parts].map((part) => part.closest("form"))).forEach(update);
};

const decides = (control) => {
  const conditions = control.form.querySelectorAll("[data-matters-if], [data-keys]");
  const name = JSON.stringify(control.name.replace(/\[token\]$/, ""));
  return [...conditions].some((part) =>
    (part.dataset.mattersIf ?? part.dataset.keys).replaceAll('\\"', '"').includes(`"field": ${name}`),
  );
};

// While a pointer is down nothing may move: the click would land beside its button.
let isDown = false;
let waiting = new Set();

const soon = (form) => {
  waiting.add(form);
  if (isDown) return;
  requestAnimationFrame(() => {
    waiting.forEach(update);
    waiting = new Set();
  });
};

document.addEventListener("pointerdown", () => {
  isDown = true;
}, true);

for (const type of ["pointerup", "pointercancel"]) {
  document.addEventListener(type, () => {
    isDown = false;
    // After the click that follows.
    setTimeout(() => waiting.forEach(soon));
  }, true);
}

document.addEventListener("input", (event) => {
  const { form } = event.target;
  if (!form) return;
  judge(form);
  // A choice from a list of suggestions is complete, as a typed letter is not.
  const isChosen = event.inputType === "insertReplacementText" || event.inputType === undefined;
  if (isChosen && event.target.name && decides(event.target)) soon(form);
});

document.addEventListener("change", (event) => {
  const { form, name } = event.target;
  if (!form) return;
  judge(form);
  if (name && decides(event.target)) soon(form);
});

updateAll();
document.addEventListener("htmx:load", updateAll);
