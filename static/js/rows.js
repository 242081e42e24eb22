// Adds and removes the values of a list and the rows of a table. Without JavaScript the same
// buttons post the form, and the server does the same.

import { matters } from "./conditional.js";

const BLANK = "__n__";

const rowsOf = (field) => [...field.querySelectorAll("[data-row]")];

const homeOf = (field) => field.querySelector("[data-row-list]") ?? field;

const announce = (detail) => document.dispatchEvent(new CustomEvent("announce", { detail }));

const LAST = 9999; // the server reads no number above it

// A number that no row of the page has, so that names and ids stay unique.
const nextNumber = (field) => {
  const numbers = rowsOf(field).map((row) => Number(row.dataset.number ?? -1));
  const counted = Number(field.dataset.next ?? 0);
  const next = Math.max(counted, rowsOf(field).length, ...numbers.map((number) => number + 1));
  field.dataset.next = next + 1;
  if (next <= LAST) return next;
  let free = 0;
  while (numbers.includes(free)) free += 1;
  return free;
};

const relabel = (field) => {
  rowsOf(field).forEach((row, index) => {
    for (const control of row.querySelectorAll("[data-label][aria-label]")) {
      control.setAttribute("aria-label", `${control.dataset.label} ${index + 1}`);
    }
  });
};

const blankRow = (field) => {
  const row = field.querySelector("[data-row-template]").content.firstElementChild.cloneNode(true);
  const number = nextNumber(field);
  for (const element of [row, ...row.querySelectorAll("*")]) {
    for (const { name, value } of [...element.attributes]) {
      if (value.includes(BLANK)) element.setAttribute(name, value.replaceAll(BLANK, number));
    }
  }
  return row;
};

const append = (field, row) => {
  const last = rowsOf(field).at(-1);
  if (last) last.after(row);
  else homeOf(field).prepend(row);
  relabel(field);
  return row;
};

const firstControl = (row) => row.querySelector("input, textarea, select");

const changed = (field) => field.dispatchEvent(new Event("change", { bubbles: true }));

const add = (field) => {
  const row = append(field, blankRow(field));
  firstControl(row).focus();
  changed(field);
};

const remove = (field, row) => {
  const rows = rowsOf(field);
  const at = rows.indexOf(row);
  row.remove();
  if (rows.length === 1) append(field, blankRow(field));
  relabel(field);
  const left = rowsOf(field);
  firstControl(left[Math.min(at, left.length - 1)]).focus();
  changed(field);
  announce("Removed");
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-row-add], [data-row-remove]");
  const field = button?.closest("[data-rows]");
  if (!field) return;
  event.preventDefault();
  if ("rowAdd" in button.dataset) add(field);
  else remove(field, button.closest("[data-row]"));
});

// --- Keys that are suggested for an object ------------------------------------------------------

const cell = (row, column) => row.querySelector(`[name$="].${column}"]`);

// The type follows a key that was just entered, and stays once it was chosen.
const suggest = (field, row, hints, changed = cell(row, "key")) => {
  const value = cell(row, "value");
  row.toggleAttribute("data-suggested", Boolean(hints));
  for (const name of ["mattersIf", "requiredIf"]) {
    if (hints?.[name]) row.dataset[name] = hints[name];
    else delete row.dataset[name];
  }
  const mark = row.querySelector("[data-required]");
  if (mark && !hints?.requiredIf) mark.hidden = true;
  if (hints && value.value === "" && changed === cell(row, "key")) {
    cell(row, "type").value = hints.type;
  }
  const { value: type } = cell(row, "type");
  value.placeholder = JSON.parse(field.dataset.hints)[type] ?? "";
  if (hints?.hasOptions) value.setAttribute("list", `${field.id}_options_${hints.key}`);
  else if (type === "boolean") value.setAttribute("list", `${field.id}_boolean`);
  else value.removeAttribute("list");
};

const hintsFor = (field, row) => {
  const key = cell(row, "key").value.trim();
  return JSON.parse(field.dataset.keys).find((hints) => hints.key === key);
};

const suggestedRow = (field, hints) => {
  const row = blankRow(field);
  cell(row, "key").value = hints.key;
  suggest(field, row, hints);
  return row;
};

const isBlank = (row) => cell(row, "value").value.trim() === "";

const isFree = (row) => isBlank(row) && cell(row, "key").value.trim() === "";

// One free row stands last, so that the next value can be typed at once.
const leaveFree = (field) => {
  if (!rowsOf(field).some(isFree)) append(field, blankRow(field));
};

// Rows of keys that came to matter appear; those that no longer do leave, unless they are filled.
const offer = (form, field) => {
  const keys = JSON.parse(field.dataset.keys);
  const inRows = new Map(rowsOf(field).map((row) => [cell(row, "key").value.trim(), row]));
  for (const hints of keys) {
    const row = inRows.get(hints.key);
    const isWanted = matters(form, hints.mattersIf);
    if (isWanted && !row) {
      const free = rowsOf(field).find(isFree);
      const made = suggestedRow(field, hints);
      if (free) free.before(made);
      else append(field, made);
    } else if (!isWanted && row && isBlank(row) && !row.contains(document.activeElement)) {
      row.remove();
    }
  }
  leaveFree(field);
  relabel(field);
};

const offerAll = (form) => {
  if (!(form instanceof HTMLFormElement)) return;
  form.querySelectorAll("[data-rows][data-keys]").forEach((field) => offer(form, field));
};

document.addEventListener("judging", (event) => offerAll(event.target));

document.addEventListener("change", (event) => {
  const field = event.target.closest("[data-rows][data-keys]");
  const row = event.target.closest("[data-row]");
  if (!field) return;
  if (row && event.target !== cell(row, "value")) {
    suggest(field, row, hintsFor(field, row), event.target);
  }
  leaveFree(field);
});
