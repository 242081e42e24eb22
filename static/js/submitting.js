// A form that was sent is not sent twice: its button rests until the answer has come.

const PATIENCE_MS = 10_000; // an answer that is a download, or a stopped load, says nothing

const sent = new Map();

const rest = (button) => {
  if (button) button.disabled = true;
};

const wake = (form) => {
  const button = sent.get(form);
  if (button) button.disabled = false;
  sent.delete(form);
};

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method === "dialog" || form.target === "_blank") return;
  if (form.method === "get") return;
  if (sent.has(form)) {
    event.preventDefault();
    return;
  }
  sent.set(form, event.submitter);
  // Afterwards: a disabled button would not be part of what is sent.
  setTimeout(() => rest(event.submitter));
  setTimeout(() => wake(form), PATIENCE_MS);
});

// A page that the browser shows again from memory has had its answer.
window.addEventListener("pageshow", () => [...sent.keys()].forEach(wake));
