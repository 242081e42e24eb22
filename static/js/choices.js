// Takes up a choice that was made before the page could: while its scripts were still on their way,
// or by the browser, which fills a form again that is come back to.

const isLate = (select) => {
  const given = [...select.options].find((option) => option.defaultSelected) ?? select.options[0];
  return given !== undefined && select.value !== given.value;
};

// By now htmx listens: its script stands before this one.
document.addEventListener("DOMContentLoaded", () => {
  for (const select of document.querySelectorAll('select[hx-get][hx-trigger="change"]')) {
    if (isLate(select)) select.dispatchEvent(new Event("change", { bubbles: true }));
  }
});
