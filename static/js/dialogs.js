// A trigger is a link to a page that asks the same question; here the dialog asks instead.

document.addEventListener("click", (event) => {
  const closer = event.target.closest("[data-dialog-close]");
  if (closer) {
    closer.closest("dialog").close();
    return;
  }
  const trigger = event.target.closest("[data-dialog]");
  const dialog = trigger && document.getElementById(trigger.dataset.dialog);
  if (dialog) {
    event.preventDefault();
    trigger.closest("details.menu")?.removeAttribute("open");
    dialog.showModal();
    return;
  }
  // A click on the dialog itself, not on its content, is a click on the backdrop.
  if (event.target instanceof HTMLDialogElement) event.target.close();
});
