// The answer to settings that were tried: it is brought into view, clear of the bar below, and goes
// as soon as the settings change, as it says nothing of the new ones.

const RESULT = "#connection-result";

const drop = (event) => {
  const result = event.target.form?.querySelector(RESULT);
  if (!result || "stale" in result.dataset || result.textContent.trim() === "") return;
  const note = document.createElement("p");
  note.className = "muted";
  note.textContent = "The settings have changed since the answer. Try them again.";
  result.dataset.stale = "";
  result.replaceChildren(note);
  document.dispatchEvent(new CustomEvent("announce", { detail: note.textContent }));
};

for (const type of ["input", "change"]) document.addEventListener(type, drop);

document.addEventListener("htmx:load", (event) => {
  if (event.detail.elt.matches?.(RESULT)) event.detail.elt.scrollIntoView({ block: "nearest" });
});
