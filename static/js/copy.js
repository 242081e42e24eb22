// Buttons that copy an identifier or the block of code they stand above.

const textFor = (button) =>
  "copy" in button.dataset
    ? button.dataset.copy
    : button.closest("figure").querySelector("pre").textContent;

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-copy-from]");
  if (!button) return;
  try {
    await navigator.clipboard.writeText(textFor(button));
  } catch {
    const detail = { tone: "error", text: "The browser did not allow copying." };
    document.dispatchEvent(new CustomEvent("toast", { detail }));
    return;
  }
  button.classList.add("is-copied");
  const word = button.querySelector("[data-copy-word]");
  if (word) word.textContent = "Copied";
  document.dispatchEvent(new CustomEvent("announce", { detail: "Copied" }));
  setTimeout(() => {
    button.classList.remove("is-copied");
    if (word) word.textContent = "Copy";
  }, 1600);
});
