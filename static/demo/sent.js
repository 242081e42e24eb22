// The drawer "What was just sent". It remembers the last events of this tab, because most of the
// shop's buttons lead to another page.

const STORE = "demo-sent";
const MOST = 20;

const TITLES = {
  "web.webpagedetails.pageViews": "Page view",
  "commerce.productListAdds": "Add to cart",
  "commerce.purchases": "Purchase",
};
const STATES = {
  sending: "Sending",
  accepted: "Accepted",
  refused: "Refused",
  unanswered: "No answer",
  left: "Page left before the answer",
};

function stored() {
  try {
    return JSON.parse(sessionStorage.getItem(STORE)) ?? [];
  } catch {
    return []; // storage is blocked, or holds something else
  }
}

function store(entries) {
  try {
    sessionStorage.setItem(STORE, JSON.stringify(entries));
  } catch {
    // The drawer then forgets at the next page.
  }
}

function detail({ xdm }) {
  const order = xdm.commerce?.order;
  if (order) return `${order.purchaseID}, ${order.priceTotal} ${order.currencyCode}`;
  const [item] = xdm.productListItems ?? [];
  return item ? `${item.quantity} × ${item.name}` : xdm.web.webPageDetails.name;
}

export class Drawer {
  constructor(root) {
    this.list = root.querySelector("[data-list]");
    this.status = root.querySelector("[data-status]");
    this.count = root.querySelector("[data-count]");
    this.empty = root.querySelector("[data-empty]");
    this.template = root.querySelector("template");
    this.announced = document.getElementById("sent-announced");
    this.rows = new Map();
    this.entries = stored().map((entry) =>
      entry.state === "sending" ? { ...entry, state: "left" } : entry,
    );
    for (const entry of this.entries) this.list.append(this.draw(entry));
    this.refresh();
    root.hidden = false;
  }

  add(event) {
    const entry = { event, state: "sending" };
    this.entries = [entry, ...this.entries].slice(0, MOST);
    this.list.prepend(this.draw(entry));
    this.list.children[MOST]?.remove();
    this.refresh();
    return entry;
  }

  settle(entry, outcome) {
    Object.assign(entry, outcome);
    this.rows.get(entry).replaceWith(this.draw(entry));
    this.announced.textContent = `${this.title(entry)}: ${STATES[entry.state]}`;
    this.refresh();
  }

  refresh() {
    const [last] = this.entries;
    this.count.textContent = this.entries.length;
    this.empty.hidden = this.entries.length > 0;
    this.status.textContent = last ? `${this.title(last)}: ${STATES[last.state]}` : "";
    this.status.dataset.state = last?.state ?? "";
    store(this.entries);
  }

  title({ event }) {
    return TITLES[event.xdm.eventType] ?? event.xdm.eventType;
  }

  draw(entry) {
    const row = this.template.content.firstElementChild.cloneNode(true);
    const put = (name, text) => (row.querySelector(`[data-${name}]`).textContent = text);
    const time = row.querySelector("[data-time]");
    time.dateTime = entry.event.xdm.timestamp;
    time.textContent = new Date(entry.event.xdm.timestamp).toLocaleTimeString();
    put("title", this.title(entry));
    put("detail", detail(entry.event));
    put("state", STATES[entry.state]);
    put("note", entry.note ?? "");
    put("json", JSON.stringify(entry.event, null, 2));
    row.dataset.state = entry.state;
    this.link(row.querySelector("a"), entry);
    // What was opened stays open when the answer comes.
    row.querySelector("details").open = this.rows.get(entry)?.querySelector("details").open ?? false;
    this.rows.set(entry, row);
    return row;
  }

  link(anchor, { id, url }) {
    anchor.hidden = !url;
    if (!url) return;
    anchor.href = url;
    anchor.querySelector("[data-id]").textContent = `…${id.slice(-8)}`;
  }
}
