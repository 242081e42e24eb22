// Runs before the first paint, so that a chosen theme never flashes. Without a choice nothing is
// set and the stylesheet follows the system by itself, as it does without JavaScript.
(() => {
  const root = document.documentElement;
  const key = "theme";

  const stored = () => {
    try {
      return localStorage.getItem(key) ?? "system";
    } catch {
      return "system"; // storage is blocked
    }
  };

  const apply = (theme) => {
    if (theme === "light" || theme === "dark") {
      root.dataset.bsTheme = theme;
    } else {
      delete root.dataset.bsTheme;
    }
    document.querySelectorAll("[data-theme-choice] button").forEach((button) => {
      button.setAttribute("aria-pressed", String(button.value === theme));
    });
  };

  root.classList.add("js");
  apply(stored());

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-theme-choice]").forEach((group) => {
      group.hidden = false;
    });
    apply(stored());
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-choice] button");
    if (!button) return;
    try {
      localStorage.setItem(key, button.value);
    } catch {
      // The choice then holds for this page only.
    }
    apply(button.value);
  });
})();
