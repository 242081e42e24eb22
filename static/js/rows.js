// Adds and removes the values of a list and the rows of a table. Without JavaScript the same
// buttons post the form, and the server does the same.

import { matters } from "./conditional.js";

const BLANK = "__n__";

const rowsOf = (field) => [...field.querySelectorAll("[data-row]")];

const homeOf = (field) => field.querySelector("[data-row-list]") ?? field;

const announce = (detail) => document.dispatchEvent(new CustomEvent("announce", { detail }));

// A number that no row of the page has, so that names and ids stay unique.
const nextNumber = (field) => {
  const numbers = rowsOf(field).map((row) => Number(row.dataset.number ?? -1));
  const counted = Number(field.dataset.next ?? 0);
  const next = Math.max(counted, rowsOf(field).length, ...numbers.map((number) => number + 1));
  field.dataset.next = next + 1;
  return next;
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

const suggest = (field, row, hints) => {
  const value = cell(row, "value");
  row.toggleAttribute("data-suggested", Boolean(hints));
  for (const name of ["mattersIf", "requiredIf"]) {
    if (hints?.[name]) row.dataset[name] = hints[name];
    else delete row.dataset[name];
  }
  const mark = row.querySelector("[data-required]");
  if (mark && !hints?.requiredIf) mark.hidden = true;
  if (hints?.hasOptions) value.setAttribute("list", field.dataset.lists + hints.key);
  else value.removeAttribute("list");
  if (hints && value.value === "") cell(row, "type").value = hints.type;
};

const suggestedRow = (field, hints) => {
  const row = blankRow(field);
  cell(row, "key").value = hints.key;
  suggest(field, row, hints);
  return row;
};

const isBlank = (row) => cell(row, "value").value.trim() === "";

// Rows of keys that came to matter appear; those that no longer do leave, unless they are filled.
const offer = (form, field) => {
  const keys = JSON.parse(field.dataset.keys);
  const inRows = new Map(rowsOf(field).map((row) => [cell(row, "key").value.trim(), row]));
  for (const hints of keys) {
    const row = inRows.get(hints.key);
    const isWanted = matters(form, hints.mattersIf);
    if (isWanted && !row) {
      const free = inRows.get("");
      const made = suggestedRow(field, hints);
      if (free && isBlank(free)) free.before(made);
      else append(field, made);
    } else if (!isWanted && row && isBlank(row) && !row.contains(document.activeElement)) {
      row.remove();
    }
  }
  if (rowsOf(field).length === 0) append(field, blankRow(field));
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
  if (!field || !row || event.target !== cell(row, "key")) return;
  const key = event.target.value.trim();
  suggest(field, row, JSON.parse(field.dataset.keys).find((hints) => hints.key === key));
});
