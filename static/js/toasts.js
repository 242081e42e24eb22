// Toasts leave by themselves, except errors and while someone reads them.

const SECONDS = 6;

const start = (toast) => {
  if (toast.dataset.started) return;
  toast.dataset.started = "true";
  if (toast.dataset.toast === "error" || toast.dataset.toast === "warning") return;
  let timer;
  const run = () => {
    timer = setTimeout(() => toast.remove(), SECONDS * 1000);
  };
  const pause = () => clearTimeout(timer);
  toast.addEventListener("pointerenter", pause);
  toast.addEventListener("pointerleave", run);
  toast.addEventListener("focusin", pause);
  toast.addEventListener("focusout", run);
  run();
};

const region = document.getElementById("toasts");
if (region) {
  region.querySelectorAll("[data-toast]").forEach(start);
  new MutationObserver(() => region.querySelectorAll("[data-toast]").forEach(start)).observe(
    region,
    { childList: true },
  );
}

document.addEventListener("click", (event) => {
  event.target.closest("[data-toast-close]")?.closest("[data-toast]").remove();
});

document.addEventListener("toast", (event) => {
  if (!region) return;
  const toast = document.createElement("div");
  toast.className = `toast-note tone-${event.detail.tone}`;
  toast.dataset.toast = event.detail.tone;
  toast.setAttribute("role", event.detail.tone === "error" ? "alert" : "status");
  const text = document.createElement("p");
  text.textContent = event.detail.text;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn btn-ghost btn-sm";
  close.dataset.toastClose = "";
  close.textContent = "Dismiss";
  toast.append(text, close);
  region.append(toast);
});
