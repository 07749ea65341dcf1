// Runs before the first paint, so that a chosen theme does not flash. Only the words "light" and
// "dark" are ever stored on this device.
(() => {
  try {
    const stored = localStorage.getItem("gatehouse.theme");
    if (stored === "light" || stored === "dark") document.documentElement.dataset.theme = stored;
  } catch {
    // Storage is switched off: the system's theme is used.
  }
})();
