// Tells people who cannot see the page what changed after a swap, and keeps their place in it.

import "./results.js";

const announce = (text) => {
  const region = document.getElementById("live-region");
  if (!region || !text) return;
  region.textContent = "";
  // A screen reader only notices a text that appears after the region was empty.
  requestAnimationFrame(() => {
    region.textContent = text;
  });
};

const within = (root, selector) =>
  root.matches?.(selector) ? root : root.querySelector?.(selector);

document.addEventListener("announce", (event) => announce(event.detail?.value ?? event.detail));

document.addEventListener("htmx:load", (event) => {
  const root = event.detail.elt;
  if (root === document.body) return;
  announce(within(root, "[data-announce]")?.dataset.announce);
  within(root, "[data-focus]")?.focus();
});

document.querySelector("[data-focus]")?.focus();

// A page that asks every second would say so every second: once per outage is enough.
let isFailing = false;

document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful) isFailing = false;
});

for (const failure of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(failure, () => {
    if (isFailing) return;
    isFailing = true;
    document.dispatchEvent(
      new CustomEvent("toast", {
        detail: { tone: "error", text: "That did not work. Check your connection and try again." },
      }),
    );
  });
}
