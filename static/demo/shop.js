// Reports what happens in the shop to the collector, as a site with Adobe's Web SDK would, and
// shows each report in the drawer at the foot of the page.

import { browserIds } from "./identity.js";
import { Drawer } from "./sent.js";

const tracking = JSON.parse(document.getElementById("tracking").textContent);
const drawer = new Drawer(document.getElementById("sent"));

function completed(event) {
  const { xdm, data } = event;
  const web = xdm.web ?? {};
  return {
    xdm: {
      ...xdm,
      timestamp: new Date().toISOString(),
      web: {
        ...web,
        webPageDetails: { ...web.webPageDetails, URL: location.href },
        webReferrer: { URL: document.referrer },
      },
      environment: {
        type: "browser",
        browserDetails: { viewportWidth: innerWidth, viewportHeight: innerHeight },
      },
      implementationDetails: { name: "loam-demo-shop", version: "1", environment: "browser" },
    },
    data: { ...data, user: { ...data.user, ...browserIds() } },
  };
}

async function answer(event) {
  const response = await fetch(tracking.endpoint, {
    method: "POST",
    // As text it is a simple request, which a browser sends without asking first.
    headers: { "Content-Type": "text/plain; charset=UTF-8" },
    body: JSON.stringify({ event }),
    // The page may be left at any moment.
    keepalive: true,
    // The shop shares its host with the admin, whose cookies are nobody else's business. Those
    // that Meta needs are in the event.
    credentials: "omit",
  });
  const body = await response.json();
  if (!response.ok) return { state: "refused", note: body.detail ?? `HTTP ${response.status}` };
  const id = body.events[0].id.replaceAll("-", "");
  return { state: "accepted", id, url: tracking.eventUrl.replace(tracking.noId, id) };
}

async function report(event) {
  const sent = completed(event);
  const entry = drawer.add(sent);
  try {
    drawer.settle(entry, await answer(sent));
  } catch {
    drawer.settle(entry, { state: "unanswered", note: "The collector did not answer." });
  }
}

// One after the other, so that the log has them in the order in which they happened.
for (const event of tracking.events) await report(event);
