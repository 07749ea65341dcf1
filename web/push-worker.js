// Shows what was pushed, and opens the page that asks for the number. It intercepts no request, and
// knows no number: that stands on the screen which wants the proof. Anybody reads a locked screen, so
// the rows of what is approved are on the page alone.
const PAGE = "/push";
const TITLE = "Please confirm";

function told(data) {
  try {
    const { id, binding } = data.json();
    return { id: String(id), body: String(binding) };
  } catch {
    return { id: "", body: "" };
  }
}

async function show(data) {
  const { id, body } = told(data);
  const options = { body, tag: id, data: { id }, icon: "/assets/mark.svg", requireInteraction: true };
  await self.registration.showNotification(TITLE, options);
  for (const page of await self.clients.matchAll({ type: "window", includeUncontrolled: true }))
    page.postMessage({ pushed: id });
}

async function open(id) {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const there = pages.find(({ url }) => new URL(url).pathname === PAGE);
  if (!there) return self.clients.openWindow(`${PAGE}#${id}`);
  there.postMessage({ pushed: id });
  return there.focus();
}

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("push", (event) => event.waitUntil(show(event.data)));
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data?.id ?? ""));
});
