// The data element selector. Without JavaScript its button sends the form and the server answers
// with the same choice as a page; here a dialog inserts the token where the caret is.

const dialog = document.getElementById("picker-dialog");
const touched = new WeakSet();
let target = null;
let picks = ""; // what the control takes: anything, only a secret, or a single data element

document.addEventListener("focusin", (event) => touched.add(event.target));

const entries = [...(dialog?.querySelectorAll("li") ?? [])];
const isSecretEntry = (entry) => "secret" in entry.dataset;

// For a field that holds a secret, the elements that give one stand first.
const offer = () => {
  const wantsSecret = picks === "secret";
  const others = entries.filter((entry) => !isSecretEntry(entry));
  const sorted = wantsSecret ? [...entries.filter(isSecretEntry), ...others] : entries;
  dialog.querySelector("#picker-list").append(...sorted);
  dialog.querySelector("[data-secrets-first]").hidden = !wantsSecret;
};

const open = (input, kind) => {
  target = input;
  picks = kind;
  offer();
  dialog.showModal();
  const search = dialog.querySelector("input[type=search]");
  search.value = "";
  search.dispatchEvent(new Event("input", { bubbles: true }));
  search.focus();
};

// A token is not a secret: a password field that holds nothing else shows it.
const reveal = (input) => {
  if (!("secret" in input.dataset) && input.type !== "password") return;
  input.dataset.secret = "";
  input.type = /^\{\{[^{}]*\}\}$/.test(input.value) ? "text" : "password";
};

const place = (input) => {
  const end = input.value.length;
  if (picks) return [0, end];
  return touched.has(input) ? [input.selectionStart ?? end, input.selectionEnd ?? end] : [end, end];
};

const insert = (input, token) => {
  // A code editor stands in for its textarea and inserts at its own caret.
  const asked = new CustomEvent("insert-token", { detail: token, cancelable: true });
  if (!input.dispatchEvent(asked)) return;
  input.setRangeText(token, ...place(input), "end");
  reveal(input);
  input.dispatchEvent(new Event("input", { bubbles: true }));
  input.dispatchEvent(new Event("change", { bubbles: true }));
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-picker-for]");
  const input = button && dialog && document.getElementById(button.dataset.pickerFor);
  if (input) {
    event.preventDefault();
    open(input, button.dataset.picks ?? "");
    return;
  }
  const choice = event.target.closest("[data-token]");
  if (!choice || !target) return;
  insert(target, `{{${choice.dataset.token}}}`);
  dialog.close();
});

document.addEventListener("input", (event) => {
  if (event.target.matches("input[data-secret]")) reveal(event.target);
});

// The dialog gives focus back to the button; the text that was just changed is the better place.
dialog?.addEventListener("close", () => {
  target?.focus();
  target = null;
});

dialog?.addEventListener("keydown", (event) => {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp" && event.key !== "Enter") return;
  const items = [...dialog.querySelectorAll("li:not([hidden]) [data-token]")];
  if (items.length === 0) return;
  const at = items.indexOf(document.activeElement);
  if (event.key === "Enter") {
    if (at === -1 && event.target.matches("input")) items[0].click();
    return;
  }
  event.preventDefault();
  const next = at + (event.key === "ArrowDown" ? 1 : -1);
  (items[next] ?? dialog.querySelector("input[type=search]")).focus();
});
