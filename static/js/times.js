// The server writes UTC. Here each time is shown in the reader's own zone; UTC stays in the title.

const formats = {
  datetime: new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" }),
  time: new Intl.DateTimeFormat(undefined, { timeStyle: "medium" }),
  date: new Intl.DateTimeFormat(undefined, { dateStyle: "medium" }),
};
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
const units = [
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];

const ago = (at) => {
  const seconds = Math.round((at - Date.now()) / 1000);
  const [unit, size] = units.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
  return relative.format(Math.round(seconds / size), unit);
};

const show = (root) => {
  for (const time of root.querySelectorAll("time[data-local]")) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    const style = time.dataset.local;
    time.textContent =
      style === "relative" ? ago(at) : (formats[style] ?? formats.datetime).format(at);
  }
};

show(document);
document.addEventListener("htmx:load", (event) => {
  if (event.detail.elt !== document.body) show(event.detail.elt.parentElement ?? document);
});
